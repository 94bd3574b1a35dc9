from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.redaction import MASK, redact

SECRET = "hUnter2-9xQ_tail"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql+psycopg2://scribe:{SECRET}@db/articles does not answer",
        f"https://:{SECRET}@example.org",
        f"https://user:p@{SECRET}@example.org/page",
        f"Authorization: Bearer {SECRET}",
        f"{{'authorization': 'Token {SECRET}'}}",
        f"the header bearer {SECRET} was refused",
        f"Basic {SECRET}==",
        f"https://example.org/?page=2&api_key={SECRET}&sort=asc",
        f"https://example.org/?access_token={SECRET}",
        f"https://example.org/?X-Amz-Signature={SECRET}",
        f"?sig={SECRET}",
        f"api_key={SECRET} is not valid",
        f"x-api-key: {SECRET}",
        f"client_secret={SECRET}",
        f'{{"password": "{SECRET}"}}',
        f"Incorrect API key provided: sk-{SECRET}. Find yours at https://platform.example",
        f"key sk-proj-{SECRET}",
    ],
)
def test_what_has_the_form_of_a_credential_is_masked(text: str) -> None:
    redacted = redact(text)

    assert MASK in redacted
    assert "hUnter2" not in redacted
    assert "tail" not in redacted


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (
            "postgresql://scribe:hunter2@db:5432/articles",
            f"postgresql://{MASK}@db:5432/articles",
        ),
        ("GET /?token=abcdef123&page=2 failed", f"GET /?token={MASK}&page=2 failed"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9 expired", f"Bearer {MASK} expired"),
        ("the key sk-abc123def456 is wrong", f"the key {MASK} is wrong"),
    ],
)
def test_what_stands_around_a_credential_is_kept(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "OpenAI image API error [429]: rate limited",
        "https://example.org:8080/a/b?page=2#top answered 404",
        "https://example.org/@harbour/clock, by ida@example.org",
        "Basic understanding of HTTP Basic authentication is required",
        "the bearer of this letter; a Bearer Authentication scheme",
        "max_tokens: 4096, and the token limit is 128000",
        "a risk-averse secretary kept the secret, as designed: well",
        "C:\\Users\\ida\\clock.html cannot be read",
        "東京の時計: 12:30",
        "",
    ],
)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_a_given_secret_is_masked_wherever_it_stands() -> None:
    assert redact("correct horse; xcorrect horsey", ["correct horse"]) == f"{MASK}; x{MASK}y"


def test_of_two_secrets_the_longer_one_is_masked_first() -> None:
    assert redact("battery-staple", ["battery", "battery-staple"]) == MASK


def test_a_given_secret_too_short_to_be_one_masks_nothing() -> None:
    assert redact("a page at a time", ["a", "", "page"]) == "a page at a time"


@given(st.text(), st.text(st.characters(categories=["L", "N"]), min_size=12), st.text())
def test_no_given_secret_is_left_in_any_text(before: str, secret: str, after: str) -> None:
    assert secret not in redact(before + secret + after, [secret])


@given(st.text("abk-_:=/@?& .9Z") | st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)
