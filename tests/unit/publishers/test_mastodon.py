"""Mastodon: statuses, covers, and what it is not told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fakes.api_server import serving
from fakes.mastodon_server import FakeMastodon, too_many_requests

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers import mastodon as module
from scribe_dagster.drivers.publishers.mastodon import MastodonChannel
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import ErrorKind, PublishError

ArticleFactory = Callable[..., Article]
LINK = "https://example.org/the-keepers"


@pytest.fixture
def mastodon(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMastodon]:
    monkeypatch.setattr(module, "_SECONDS_BETWEEN", 0)
    with serving(FakeMastodon()) as server:
        yield server


@pytest.fixture
def channel(mastodon: FakeMastodon) -> MastodonChannel:
    return MastodonChannel.from_settings(Settings(_env_file=None, **mastodon.settings))


def test_a_status_has_title_summary_link_and_the_described_cover(
    mastodon: FakeMastodon, channel: MastodonChannel, an_article: ArticleFactory
) -> None:
    receipt = channel.publish(Post(an_article(), b"image", link=LINK))

    [status], [upload] = mastodon.statuses, mastodon.uploads
    assert status["status"] == f"The keepers\n\nA century of ledgers.\n\n{LINK}"
    assert (status["visibility"], status["language"]) == ("public", "en")
    assert status["media_ids"] == ["1"]
    assert (upload["file"], upload["description"]) == (b"image", "A lighthouse at night")
    assert receipt.url == f"{mastodon.url}/@keepers/1"


def test_a_key_is_handed_on_so_that_a_second_try_is_the_first(
    mastodon: FakeMastodon, channel: MastodonChannel, an_article: ArticleFactory
) -> None:
    post = Post(an_article(), idempotency_key="scribe-1-mastodon")

    assert channel.publish(post) == channel.publish(post)

    assert list(mastodon.keys) == ["scribe-1-mastodon"]


def test_a_cover_that_takes_its_time_is_waited_for(
    mastodon: FakeMastodon, channel: MastodonChannel, an_article: ArticleFactory
) -> None:
    mastodon.looks_before_it_is_ready = 3

    channel.publish(Post(an_article(), b"image"))

    assert mastodon.statuses[0]["media_ids"] == ["1"]


def test_a_cover_that_is_never_ready_is_not_waited_for_for_ever(
    mastodon: FakeMastodon, channel: MastodonChannel, an_article: ArticleFactory
) -> None:
    mastodon.looks_before_it_is_ready = 1_000

    with pytest.raises(PublishError, match="still not done") as failure:
        channel.publish(Post(an_article(), b"image"))

    assert failure.value.kind is ErrorKind.TRANSIENT
    assert mastodon.statuses == []


@pytest.mark.parametrize(
    "text", ["word " * 1_000, "😀" * 2_000, "@a " * 1_000, "é:http://a.io " * 90]
)
@pytest.mark.parametrize("page", [LINK, "http://127.0.0.1:8080/keepers", "http://intranet/keepers"])
def test_a_status_is_cut_to_its_limit_and_keeps_its_link(
    mastodon: FakeMastodon,
    channel: MastodonChannel,
    an_article: ArticleFactory,
    text: str,
    page: str,
) -> None:
    link = f"{page}?{'x' * 400}"

    channel.publish(Post(an_article(description=text), link=link))

    assert mastodon.statuses[0]["status"].endswith(f"…\n\n{link}")


def test_an_article_calls_nobody(
    mastodon: FakeMastodon, channel: MastodonChannel, an_article: ArticleFactory
) -> None:
    article = an_article(title="Hello @ida", description="and (@ole@example.org)")
    receipt = channel.publish(Post(article, link="https://example.org/@keepers/1"))

    status = mastodon.statuses[0]["status"]
    assert "@ida" not in status
    assert "@ole" not in status
    assert status.endswith("https://example.org/@keepers/1")
    assert channel.find(article) == receipt


def test_a_status_is_found_by_its_title_and_no_other_that_begins_like_it(
    channel: MastodonChannel, an_article: ArticleFactory
) -> None:
    channel.publish(Post(an_article(title="The keepers & the <sea>")))

    assert channel.find(an_article(title="The keepers & the <sea>")) is not None
    assert channel.find(an_article(title="The keepers")) is None


def test_it_waits_until_mastodons_limit_ends(
    mastodon: FakeMastodon, channel: MastodonChannel, an_article: ArticleFactory
) -> None:
    ends = datetime.now(UTC) + timedelta(minutes=4)
    mastodon.fail_next(too_many_requests(ends))

    with pytest.raises(PublishError) as failure:
        channel.publish(Post(an_article()))

    assert (failure.value.kind, failure.value.resume_after) == (ErrorKind.TRANSIENT, ends)


def test_it_waits_no_longer_than_a_month(
    mastodon: FakeMastodon, channel: MastodonChannel, an_article: ArticleFactory
) -> None:
    mastodon.fail_next(too_many_requests(datetime(9999, 12, 31, 23, 59, tzinfo=UTC)))

    with pytest.raises(PublishError) as failure:
        channel.publish(Post(an_article()))

    assert failure.value.resume_after is not None
    assert failure.value.resume_after - datetime.now(UTC) <= timedelta(days=30)


@pytest.mark.parametrize(("tag", "code"), [("pt-BR", "pt"), ("fil", "fil"), ("zh_Hant", "zh")])
def test_a_language_is_told_by_its_own_code(
    mastodon: FakeMastodon,
    channel: MastodonChannel,
    an_article: ArticleFactory,
    tag: str,
    code: str,
) -> None:
    channel.publish(Post(an_article(language=tag)))

    assert mastodon.statuses[0]["language"] == code
