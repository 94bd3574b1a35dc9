"""Webhooks: one's own, signed; Slack's; Discord's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fakes.api_server import Reply, serving
from fakes.webhook_servers import FakeDiscord, FakeReceiver, FakeSlack

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers.discord import DiscordChannel
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.slack import SlackChannel
from scribe_dagster.drivers.publishers.webhook import WebhookChannel
from scribe_dagster.errors import ConfigurationError, ErrorKind, PublishError

ArticleFactory = Callable[..., Article]
LINK = "https://example.org/the-keepers"


def told(server: FakeReceiver | FakeSlack | FakeDiscord, **settings: str) -> Settings:
    return Settings(_env_file=None, **{**server.settings, **settings})


# -- One's own ---------------------------------------------------------------------------------


def test_a_receiver_gets_the_article_under_a_signature_it_can_verify(
    an_article: ArticleFactory,
) -> None:
    with serving(FakeReceiver()) as server:
        channel = WebhookChannel.from_settings(told(server))

        channel.publish(Post(an_article(), b"image", "scribe-1-webhook", LINK))

    [(message_id, message)] = server.received.items()
    assert message_id.startswith("scribe-1-webhook-")
    assert message["type"] == "article.published"
    assert message["timestamp"] == "2026-03-12T09:30:00+00:00"
    assert message["data"]["title"] == "The keepers"
    assert message["data"]["content_html"].startswith("<h2>Light</h2>")
    assert message["data"]["url"] == LINK
    assert message["data"]["source"] == {
        "name": "The Review",
        "url": "https://www.example.org/keepers",
        "author": "Morag Sinclair",
    }
    assert "author" not in message["data"]
    assert message["data"]["image"]["alt"] == "A lighthouse at night"


def test_a_message_keeps_its_id_until_the_article_is_changed(an_article: ArticleFactory) -> None:
    with serving(FakeReceiver()) as server:
        channel = WebhookChannel.from_settings(told(server))

        for article in (an_article(), an_article(), an_article(title="Corrected")):
            channel.publish(Post(article, idempotency_key="scribe-1-webhook"))

    assert [m["data"]["title"] for m in server.received.values()] == ["The keepers", "Corrected"]


def test_a_receiver_that_puts_the_article_on_the_web_may_say_where(
    an_article: ArticleFactory,
) -> None:
    with serving(FakeReceiver(address=LINK)) as server:
        receipt = WebhookChannel.from_settings(told(server)).publish(Post(an_article()))

    assert receipt.url == LINK


def test_a_receiver_with_another_secret_refuses_and_the_error_says_where_to_look(
    an_article: ArticleFactory,
) -> None:
    with serving(FakeReceiver()) as server:
        channel = WebhookChannel.from_settings(told(server, webhook_secret="whsec_b3RoZXI="))

        with pytest.raises(PublishError, match=r"does not match\. Check that WEBHOOK_SECRET"):
            channel.publish(Post(an_article()))


def test_a_secret_that_is_no_base64_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="WEBHOOK_SECRET is not base64") as refused:
        WebhookChannel.from_settings(
            Settings(_env_file=None, webhook_url="https://example.org", webhook_secret="hunter2!")
        )

    assert "hunter2" not in str(refused.value)


def test_the_private_part_of_a_source_is_not_told(an_article: ArticleFactory) -> None:
    with serving(FakeReceiver()) as server:
        channel = WebhookChannel.from_settings(told(server))
        channel.publish(Post(an_article(source_url="file:///home/ida/notes.html")))

    assert b"/home/ida" not in server.calls[0].body


# -- Slack -------------------------------------------------------------------------------------


def test_slack_shows_the_title_as_a_link_and_the_summary(an_article: ArticleFactory) -> None:
    with serving(FakeSlack()) as server:
        SlackChannel.from_settings(told(server)).publish(Post(an_article(), link=LINK))

    [message] = server.messages
    assert message["blocks"][0]["text"]["text"] == (
        f"*<{LINK}|The keepers>*\nA century of ledgers."
    )
    assert message["text"] == f"The keepers {LINK}"


def test_slack_without_a_link_tells_the_source(an_article: ArticleFactory) -> None:
    with serving(FakeSlack()) as server:
        SlackChannel.from_settings(told(server)).publish(Post(an_article()))

    assert server.messages[0]["blocks"][0]["text"]["text"] == (
        "*The keepers*\nA century of ledgers.\nSource: <https://www.example.org/keepers|The Review>"
    )


def test_slack_is_told_nothing_it_would_take_for_markup(an_article: ArticleFactory) -> None:
    article = an_article(title="<!channel> A|B & C", description="<@U123> > all")

    with serving(FakeSlack()) as server:
        SlackChannel.from_settings(told(server)).publish(Post(article, link=f"{LINK}?a|b"))

    assert server.messages[0]["blocks"][0]["text"]["text"] == (
        f"*<{LINK}?a%7Cb|&lt;!channel&gt; A¦B &amp; C>*\n&lt;@U123&gt; &gt; all"
    )


def test_slack_makes_no_mention_of_what_only_reads_like_one(an_article: ArticleFactory) -> None:
    with serving(FakeSlack()) as server:
        SlackChannel.from_settings(told(server)).publish(Post(an_article(title="@channel #all")))

    assert server.messages[0]["blocks"][0]["text"]["verbatim"] is True


def test_slack_takes_what_is_cut_to_its_limit(an_article: ArticleFactory) -> None:
    article = an_article(title="&" * 5_000, description="& " * 5_000)

    with serving(FakeSlack()) as server:
        SlackChannel.from_settings(told(server)).publish(Post(article, link=LINK))

    assert len(server.messages) == 1


def test_slack_refuses_in_plain_words(an_article: ArticleFactory) -> None:
    with serving(FakeSlack()) as server:
        server.fail_next(Reply(b"channel_is_archived", 410))

        with pytest.raises(PublishError, match=r"channel_is_archived\. Make a new incoming"):
            SlackChannel.from_settings(told(server)).publish(Post(an_article()))


# -- Discord -----------------------------------------------------------------------------------


def test_discord_shows_an_embed_with_the_cover(an_article: ArticleFactory) -> None:
    with serving(FakeDiscord()) as server:
        receipt = DiscordChannel.from_settings(told(server)).publish(
            Post(an_article(), b"image", link=LINK)
        )

    [message] = server.messages
    [embed] = message["embeds"]
    assert (embed["title"], embed["url"]) == ("The keepers", LINK)
    assert embed["description"] == "A century of ledgers."
    assert embed["image"] == {"url": "attachment://abc123.webp"}
    assert message["attachments"][0]["description"] == "A lighthouse at night"
    assert message["allowed_mentions"] == {"parse": []}
    assert server.files == [b"image"]
    assert receipt.external_id == "1"


def test_discord_may_be_told_a_thread_in_its_address(an_article: ArticleFactory) -> None:
    with serving(FakeDiscord(query="?thread_id=33")) as server:
        DiscordChannel.from_settings(told(server)).publish(Post(an_article()))

    assert server.calls[0].query == {"thread_id": "33", "wait": "true"}


def test_discord_says_how_long_to_wait_in_its_body(an_article: ArticleFactory) -> None:
    with serving(FakeDiscord()) as server:
        server.fail_next(
            Reply({"message": "You are being rate limited.", "retry_after": 64.57}, 429)
        )

        with pytest.raises(PublishError) as failure:
            DiscordChannel.from_settings(told(server)).publish(Post(an_article()))

    now = datetime.now(UTC)
    assert failure.value.kind is ErrorKind.TRANSIENT
    assert failure.value.resume_after is not None
    assert now < failure.value.resume_after <= now + timedelta(seconds=65)


def test_discord_takes_what_is_cut_to_its_limit(an_article: ArticleFactory) -> None:
    article = an_article(title="word " * 1_000, description="", content="<p>😀 word</p>" * 5_000)

    with serving(FakeDiscord()) as server:
        DiscordChannel.from_settings(told(server)).publish(Post(article))

    assert server.messages[0]["embeds"][0]["description"].endswith("…")


def test_discord_takes_a_source_and_a_description_of_any_length(an_article: ArticleFactory) -> None:
    article = an_article(
        title="😀" * 250, content="word " * 5_000, source_url=f"https://e.org/{'x' * 3_000}"
    )
    article = article.evolve(image=article.image.evolve(alt="alt " * 1_000))

    with serving(FakeDiscord()) as server:
        DiscordChannel.from_settings(told(server)).publish(Post(article, b"image"))

    assert len(server.messages) == 1
