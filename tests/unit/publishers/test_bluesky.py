"""Bluesky: records, their keys, and what is embedded in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fakes.api_server import Reply, serving
from fakes.bluesky_server import DID, FakeBluesky

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers.bluesky import BlueskyChannel
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import PublishError

ArticleFactory = Callable[..., Article]
LINK = "https://example.org/the-keepers"


@pytest.fixture
def bluesky() -> Iterator[FakeBluesky]:
    with serving(FakeBluesky()) as server:
        yield server


def channel_of(bluesky: FakeBluesky, **settings: str) -> BlueskyChannel:
    return BlueskyChannel.from_settings(
        Settings(_env_file=None, **{**bluesky.settings, **settings})
    )


@pytest.mark.parametrize(
    ("tag", "langs"), [("pt_BR", ["pt"]), ("zh-Hant", ["zh"]), ("fil", ["fil"]), ("English", None)]
)
def test_a_language_is_told_by_its_own_code_or_not_at_all(
    bluesky: FakeBluesky, an_article: ArticleFactory, tag: str, langs: list[str] | None
) -> None:
    channel_of(bluesky).publish(Post(an_article(language=tag)))

    [record] = bluesky.records.values()
    assert record.get("langs") == langs


def test_a_post_has_title_and_summary_and_a_card_of_the_page(
    bluesky: FakeBluesky, an_article: ArticleFactory
) -> None:
    receipt = channel_of(bluesky).publish(Post(an_article(), b"image", link=LINK))

    [(key, record)] = bluesky.records.items()
    assert record["text"] == "The keepers\n\nA century of ledgers."
    assert record["langs"] == ["en"]
    card = record["embed"]["external"]
    assert (card["uri"], card["title"]) == (LINK, "The keepers")
    assert card["thumb"]["mimeType"] == "image/webp"
    assert bluesky.blobs == [("image/webp", b"image")]
    assert receipt.url == f"https://bsky.app/profile/keepers.example.org/post/{key}"
    assert receipt.external_id == f"at://{DID}/app.bsky.feed.post/{key}"


def test_without_a_page_the_cover_is_shown_and_the_source_told(
    bluesky: FakeBluesky, an_article: ArticleFactory
) -> None:
    channel_of(bluesky).publish(Post(an_article(), b"image"))

    [record] = bluesky.records.values()
    [image] = record["embed"]["images"]
    assert image["alt"] == "A lighthouse at night"
    assert record["text"].endswith("\n\nSource: The Review")


def test_a_cover_that_is_too_large_is_left_out(
    bluesky: FakeBluesky, an_article: ArticleFactory
) -> None:
    channel_of(bluesky).publish(Post(an_article(), bytes(1_000_001)))

    [record] = bluesky.records.values()
    assert "embed" not in record
    assert bluesky.blobs == []


def test_two_articles_have_two_keys_and_those_of_later_ones_sort_after(
    bluesky: FakeBluesky, an_article: ArticleFactory
) -> None:
    channel, moment = channel_of(bluesky), datetime(2026, 3, 12, tzinfo=UTC)
    for number in range(3):
        channel.publish(Post(an_article(id=number, created_at=moment)))
    channel.publish(Post(an_article(created_at=moment + timedelta(microseconds=1))))

    assert len(bluesky.records) == 4
    assert sorted(bluesky.records) == list(bluesky.records)


@pytest.mark.parametrize("title", ["word " * 100, "Short"])
def test_a_text_is_cut_to_its_limit(
    bluesky: FakeBluesky, an_article: ArticleFactory, title: str
) -> None:
    channel_of(bluesky).publish(Post(an_article(title=title, description="word " * 200)))

    [record] = bluesky.records.values()
    assert len(record["text"]) <= 300


def test_a_wrong_password_is_refused_with_advice(
    bluesky: FakeBluesky, an_article: ArticleFactory
) -> None:
    channel = channel_of(bluesky, bluesky_app_password="wrong-wrong-wrong")

    with pytest.raises(PublishError, match="Check BLUESKY_HANDLE and BLUESKY_APP_PASSWORD"):
        channel.publish(Post(an_article()))


def test_it_waits_until_its_limit_is_lifted(
    bluesky: FakeBluesky, an_article: ArticleFactory
) -> None:
    lifted = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    headers = {"ratelimit-reset": str(int(lifted.timestamp()))}
    bluesky.fail_next(Reply({"error": "RateLimitExceeded"}, 429, headers))

    with pytest.raises(PublishError) as failure:
        channel_of(bluesky).publish(Post(an_article()))

    assert failure.value.resume_after == lifted
