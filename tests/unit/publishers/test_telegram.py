"""Telegram: photos, captions, texts, and how long to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fakes.api_server import Reply, serving
from fakes.telegram_server import FakeTelegram, too_many_requests
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.telegram import TelegramChannel
from scribe_dagster.errors import CannotTell, ErrorKind, PublishError

ArticleFactory = Callable[..., Article]
LINK = "https://example.org/the-keepers"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with serving(FakeTelegram()) as server:
        yield server


@pytest.fixture
def channel(telegram: FakeTelegram) -> TelegramChannel:
    return TelegramChannel.from_settings(Settings(_env_file=None, **telegram.settings))


def test_the_cover_is_sent_with_title_summary_and_link(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    receipt = channel.publish(Post(an_article(), b"image", link=LINK))

    [message] = telegram.messages
    assert message["photo"] == b"image"
    assert message["caption"] == f"<b>The keepers</b>\n\nA century of ledgers.\n\n{LINK}"
    assert receipt.url == "https://t.me/keepers/1"


def test_without_a_cover_a_text_is_sent(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    channel.publish(Post(an_article(), link=LINK))

    assert telegram.messages[0]["text"].startswith("<b>The keepers</b>\n\nA century of ledgers.")


def test_with_no_page_to_link_to_the_text_is_the_whole_article_and_its_source(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    channel.publish(Post(an_article()))

    assert telegram.messages[0]["seen"] == (
        "The keepers\n\nLight\n\nIt was kept.\n\n"
        "Source: The Review (https://www.example.org/keepers)"
    )


@pytest.mark.parametrize("why", ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED"])
def test_a_cover_that_is_refused_does_not_keep_the_article_back(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory, why: str
) -> None:
    telegram.refuses_photos = why

    channel.publish(Post(an_article(), b"image", link=LINK))

    assert [list(message)[1] for message in telegram.messages] == ["text"]


def test_a_cover_that_is_too_large_is_not_even_sent(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    channel.publish(Post(an_article(), bytes(10 * 1024 * 1024 + 1), link=LINK))

    assert telegram.calls_of("POST", "sendPhoto") == []
    assert len(telegram.messages) == 1


@pytest.mark.parametrize("image", [b"image", None], ids=["caption", "text"])
def test_what_is_too_long_is_cut_and_keeps_its_link(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory, image: bytes
) -> None:
    channel.publish(Post(an_article(description="word 😀 " * 2_000), image, link=LINK))

    assert telegram.messages[0]["seen"].endswith(f"…\n\n{LINK}")


def test_signs_that_look_like_markup_are_shown_as_they_are(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    article = an_article(title='1 < 2 & "so" on', description="</b> &amp; <script>")

    channel.publish(Post(article, link="https://example.org/?a=1&b=2"))

    assert telegram.messages[0]["seen"] == (
        '1 < 2 & "so" on\n\n</b> &amp; <script>\n\nhttps://example.org/?a=1&b=2'
    )


def test_it_waits_as_long_as_telegram_says(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    telegram.fail_next(too_many_requests(37))

    with pytest.raises(PublishError, match="retry after 37") as failure:
        channel.publish(Post(an_article()))

    now = datetime.now(UTC)
    assert failure.value.kind is ErrorKind.TRANSIENT
    assert failure.value.resume_after is not None
    assert now < failure.value.resume_after <= now + timedelta(seconds=37)


def test_a_group_that_has_moved_says_where_to(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    moved = "Bad Request: group chat was upgraded to a supergroup chat"
    told = {"ok": False, "description": moved, "parameters": {"migrate_to_chat_id": -100123}}
    telegram.fail_next(Reply(told, 400))

    with pytest.raises(PublishError, match="Set TELEGRAM_CHAT_ID to -100123"):
        channel.publish(Post(an_article()))


def test_a_group_that_is_not_public_is_linked_to_for_its_members(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    telegram.username = None

    assert channel.publish(Post(an_article())).url == "https://t.me/c/1234567890/1"


def test_an_answer_without_a_message_is_not_taken_for_a_success(
    telegram: FakeTelegram, channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    telegram.fail_next(Reply({"ok": True}))

    with pytest.raises(PublishError, match="cannot be understood"):
        channel.publish(Post(an_article()))


def test_a_bot_cannot_be_asked_what_it_has_sent(
    channel: TelegramChannel, an_article: ArticleFactory
) -> None:
    with pytest.raises(CannotTell):
        channel.find(an_article())


@given(title=st.text(min_size=1), description=st.text(), content=st.text(), tagged=st.booleans())
def test_whatever_an_article_holds_telegram_takes_it(
    title: str, description: str, content: str, tagged: bool
) -> None:
    article = Article.model_validate(
        {
            "id": 1,
            "slug": "a",
            "title": title,
            "description": description * (50 if tagged else 1),
            "content": f"<p>{content}</p>" if tagged else content,
            "source_url": "https://example.org/",
            "written_by": "x",
            "created_at": datetime(2026, 3, 12, tzinfo=UTC),
        }
    )
    channel = TelegramChannel.from_settings(
        Settings(_env_file=None, telegram_bot_token="1:a", telegram_chat_id="@keepers")
    )

    shown = channel.dry_run(Post(article, link=LINK))

    assert 0 < len(str(shown["text"])) <= 4_096 * 5
