"""What every provider gives out is masked, in every place it turns up in."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from scribe_dagster.domain.redaction import MASK, redact, redact_urls, without_credentials

A, B = "aB3dE5gH7jK9mN1pQ3sT5vX7zA2cD4fG6hJ8kL0", "Zy9Xw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe"

# Put together here, so that nobody who scans the repository takes them for real ones.
CREDENTIALS = {
    "OpenAI": "sk-" + A,
    "OpenAI, of a project": "sk-proj-" + A + "_" + B + "-T3BlbkFJ" + B,
    "OpenAI, of a service account": "sk-svcacct-" + A,
    "Anthropic": "sk-ant-api03-" + A + "-" + B + "AA",
    "OpenRouter": "sk-or-v1-" + "0a1b2c3d" * 8,
    "Cerebras": "csk-" + A,
    "Together": "tgp_v1_" + A,
    "Fireworks": "fw_" + A[:22],
    "Ollama": "0a1b2c3d" * 4 + "." + B[:24],
    "Google": "AIza" + A[:35],
    "Gemini": "AQ." + "Ab8R" + A,
    "Google, refresh token": "1//0" + A,
    "Google, OAuth": "ya29." + A,
    "Google, client secret": "GOCSPX-" + A[:28],
    "Google, service account": "-----BEGIN PRIVATE KEY-----\n" + A + "\n-----END PRIVATE KEY-----",
    "Telegram": "1234567890:AA" + B + "x",
    "Slack, bot": "xoxb-" + "123456789012-1234567890123-" + A[:24],
    "Slack, app": "xapp-1-" + "A0123-" + "123456-" + "0a1b2c3d" * 4,
    "Discord, bot": "M" + A[:25] + "." + "GaBcDe" + "." + B + "123456",
    "GitHub": "ghp_" + A[:36],
    "GitHub, fine-grained": "github_pat_11" + A[:20] + "_" + A,
    "GitLab": "glpat-" + A[:20],
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "Facebook": "EAA" + A + B,
    "Ghost": "0123456789abcdef01234567" + ":" + "0a1b2c3d" * 8,
    "Bluesky": "ab2d-efgh-i3kl-mnop",
    "WordPress": "abCD eF1h IjkL m2No PqRs 7uVw",
    "Stripe": "sk_live_" + A[:24],
    "Hugging Face": "hf_" + A[:34],
    "Groq": "gsk_" + A,
    "a JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + A,
}
SURROUNDINGS = (
    "{}",
    "the key {} was refused",
    "Incorrect API key provided: {}. Find yours elsewhere.",
    'headers={{"x-api-key": "{}"}}',
    "ValueError('{}')",
)


@pytest.mark.parametrize("provider", CREDENTIALS)
@pytest.mark.parametrize("around", SURROUNDINGS)
def test_what_a_provider_gives_out_is_masked_without_being_known(
    provider: str, around: str
) -> None:
    credential = CREDENTIALS[provider]

    redacted = redact(around.format(credential))

    assert MASK in redacted
    for part in credential.split("-----")[2:3] or (credential,):
        assert part.strip() not in redacted


@pytest.mark.parametrize(
    "address",
    [
        "https://api.telegram.org/bot1234567890:AA" + B + "x/sendMessage",
        "https://hooks.slack.com/services/T00000000/B00000000/" + A[:24],
        "https://discord.com/api/webhooks/123456789012345678/" + A + B,
        "https://discordapp.com/api/v10/webhooks/123456789012345678/" + A + B,
        "https://someone:" + A + "@example.com/a",
        "https://" + A + "@github.com/a/b.git",
        "https://example.com/a?key=" + A,
        "https://example.com/a?b=c&access_token=" + A + "&d=e",
        "https://example.com/a?X-Amz-Credential=" + A + "&X-Amz-Signature=" + A,
        "https://example.com/a?X-Amz-Security-Token=" + A,
        "https://example.com/a?sig=" + A + "&sp=r",
        "https://example.com/a?Expires=1&Signature=" + A,
        "https://example.com/a?auth=" + A,
        "https://example.com/a?jwt=" + A,
    ],
)
def test_an_address_that_is_or_holds_a_credential_is_masked(address: str) -> None:
    redacted = redact(f"POST {address} failed")

    assert MASK in redacted
    assert A[:20] not in redacted
    assert B[:20] not in redacted
    assert redacted.startswith("POST https://")
    assert redacted.endswith(" failed")


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Bearer " + A,
        "Authorization: Basic " + base64.b64encode(b"ida:abCD eF1h IjkL").decode(),
        "Authorization: Ghost " + A,
        "Authorization: Bot " + A,
        "x-goog-api-key: " + A,
        "api-key: " + A,
        "PRIVATE-TOKEN: " + A,
        "Cookie: wordpress_logged_in=" + A + "; other=1",
        "Set-Cookie: session=" + A + "; HttpOnly",
    ],
)
def test_a_header_that_lets_somebody_in_is_masked(header: str) -> None:
    assert A[:12] not in redact(header)
    assert "=" not in redact(header).partition("Basic")[2]
    assert MASK in redact(header)


def test_a_known_secret_is_masked_as_urls_and_json_write_it() -> None:
    secret = 'a"b/c d+e&f@gé'

    for spelling in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
        assert redact(f"before {spelling} after", [secret]) == f"before {MASK} after"


def test_of_a_url_that_is_a_secret_its_password_is_one_as_well() -> None:
    secret = "postgresql://scribe:p%40ssw0rd-of-ours@db/articles"

    assert "p@ssw0rd-of-ours" not in redact('role "p@ssw0rd-of-ours" does not exist', [secret])


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/authors/ida?page=2&author=ida&keyword=clocks",
        "https://example.com/blog/that-this-once-upon/2025-01-02",
        "they said that this clock must have been here when some were sold",
        "this text that will make more than 6 words of an iPhone's manual",
        "3fa85f64-5717-4562-b3fc-2c963f66afa6 is a run of Dagster's",
        "12:30 to 14:45, 10:20:30",
        "run 1234567: failed",
        "sha256:0123456789abcdef",
        "The cookie: a history",
        "scikit-learn, sk-learn and task-force",
    ],
)
def test_what_only_looks_a_little_like_it_is_left(text: str) -> None:
    assert redact(text) == text


def test_of_a_json_value_only_its_addresses_are_redacted() -> None:
    value = {"source_url": "https://a.example/?token=" + A, "text": "token: the word", "n": [1]}

    assert redact_urls(value) == {
        "source_url": f"https://a.example/?token={MASK}",
        "text": "token: the word",
        "n": [1],
    }


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://example.com/a?page=2", "https://example.com/a?page=2"),
        ("https://example.com/a?page=2&token=" + A, "https://example.com/a"),
        ("https://ida:" + A + "@example.com/a?page=2", "https://example.com/a"),
        ("https://api.telegram.org/bot1234567890:AA" + B + "x/a", "https://api.telegram.org"),
        ("file:///home/ida/article.html", "file:///home/ida/article.html"),
        ("text:0123456789abcdef", "text:0123456789abcdef"),
    ],
)
def test_a_url_that_is_published_lets_nobody_in(url: str, public: str) -> None:
    assert without_credentials(url) == public
