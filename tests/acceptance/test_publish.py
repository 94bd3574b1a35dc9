"""`scribe-dagster publish`: a stored article, sent to the channels that do not have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.api_server import HANG_UP, Reply, serving
from fakes.telegram_server import TOKEN, FakeTelegram, too_many_requests
from fakes.wordpress_server import FakeWordPress

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


def environment_of(settings: dict[str, Any]) -> dict[str, str]:
    return {name.upper(): str(value) for name, value in settings.items()}


@pytest.fixture
def telegram(cli: CommandLine) -> Iterator[FakeTelegram]:
    with serving(FakeTelegram()) as server:
        cli.environment |= environment_of(server.settings)
        yield server


@pytest.fixture
def wordpress(cli: CommandLine) -> Iterator[FakeWordPress]:
    with serving(FakeWordPress()) as server:
        cli.environment |= environment_of(server.settings)
        yield server


@pytest.fixture
def article(cli: CommandLine) -> str:
    """An article that was published to the default channels."""
    [run] = cli("process", str(EXAMPLE), "--json").objects
    return str(run["article_id"])


def test_an_article_is_sent_to_more_channels_and_each_is_told_of_the_one_before(
    cli: CommandLine, article: str, wordpress: FakeWordPress, telegram: FakeTelegram
) -> None:
    done = cli("publish", article, "--channels", "wordpress,telegram")

    assert done.code == 0, done.err
    [post] = wordpress.posts
    [message] = telegram.messages
    assert message["caption"].endswith(post["link"])
    assert f"✓ wordpress — published: {post['link']}" in done.out
    assert "✓ telegram — published: https://t.me/keepers/1" in done.out


def test_a_channel_that_is_added_later_is_told_where_the_article_is(
    cli: CommandLine, article: str, wordpress: FakeWordPress, telegram: FakeTelegram
) -> None:
    cli("publish", article, "--channels", "wordpress")
    link = wordpress.posts[0]["link"]

    shown = cli("publish", article, "--channels", "telegram", "--dry-run", "--json")
    cli("publish", article, "--channels", "telegram")

    assert shown.objects[0]["dry_run"]["caption"].endswith(link)
    assert telegram.messages[0]["caption"].endswith(link)


def test_publishing_once_more_sends_nothing_twice(
    cli: CommandLine, article: str, telegram: FakeTelegram
) -> None:
    cli("publish", article, "--channels", "telegram")

    done = cli("publish", article, "--channels", "telegram")

    assert (done.code, len(telegram.messages)) == (0, 1)
    assert "✓ telegram — had it already: https://t.me/keepers/1" in done.out


def test_a_channel_that_failed_says_when_to_come_back_and_is_completed_later(
    cli: CommandLine, article: str, wordpress: FakeWordPress, telegram: FakeTelegram
) -> None:
    telegram.fail_next(too_many_requests(30))
    failed = cli("publish", article, "--channels", "telegram,wordpress", "--json")

    assert failed.code == 1
    busy, fine = failed.objects
    assert (busy["channel"], busy["status"], busy["error_kind"]) == (
        "telegram", "failure", "transient",
    )  # fmt: skip
    assert busy["resume_after"]
    assert (fine["channel"], fine["status"], fine["error_message"]) == (
        "wordpress", "success", None,
    )  # fmt: skip

    done = cli("publish", article, "--channels", "telegram,wordpress", "--json")

    assert (done.code, len(telegram.messages), len(wordpress.posts)) == (0, 1, 1)


def test_an_article_can_be_brought_up_to_date_where_it_is(
    cli: CommandLine, article: str, wordpress: FakeWordPress
) -> None:
    cli("publish", article, "--channels", "wordpress")
    wordpress.posts[0]["title"] = "Somebody else's"

    done = cli("publish", article, "--channels", "wordpress", "--again")

    assert (done.code, len(wordpress.posts)) == (0, 1)
    assert wordpress.posts[0]["title"] != "Somebody else's"


def test_a_failed_run_whose_article_was_published_by_hand_has_nothing_left_to_send(
    cli: CommandLine, telegram: FakeTelegram
) -> None:
    telegram.fail_next(Reply({"ok": False, "description": "Forbidden"}, 403))
    [failed] = cli("process", str(EXAMPLE), "--json", PUBLISHER_CHANNELS="telegram").objects
    assert failed["error_stage"] == "Publish"
    telegram.messages.clear()
    published = cli("publish", "1", "--channels", "telegram")
    assert published.code == 0, published.err

    resumed = cli("resume", str(failed["id"]), PUBLISHER_CHANNELS="telegram")

    assert (resumed.code, len(telegram.messages)) == (0, 1)


def test_a_dry_run_shows_what_would_be_sent(
    cli: CommandLine, article: str, wordpress: FakeWordPress, telegram: FakeTelegram
) -> None:
    done = cli("publish", article, "--channels", "wordpress,telegram", "--dry-run", "--json")

    assert done.code == 0, done.err
    assert [shown["channel"] for shown in done.objects] == ["wordpress", "telegram"]
    assert done.objects[0]["dry_run"]["slug"] in done.out
    assert wordpress.calls == telegram.calls == []


def test_a_run_can_be_a_dry_run_as_well(cli: CommandLine, telegram: FakeTelegram) -> None:
    done = cli("process", str(EXAMPLE), PUBLISHER_CHANNELS="telegram", PUBLISHER_DRY_RUN="true")

    assert done.code == 0, done.err
    assert "a dry run: nothing was sent to telegram" in done.out
    assert telegram.calls == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["99"], "Article #99 does not exist"),
        (["1", "--channels", "pigeon"], "Unknown channel 'pigeon'"),
        (["1", "--channels", "slack"], "needs SLACK_WEBHOOK_URL"),
        (["1", "--channels", " , "], "No channel is named"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(
    cli: CommandLine, arguments: list[str], told: str
) -> None:
    done = cli("publish", *arguments)

    assert done.code == 2
    assert told in done.err


def test_no_key_is_printed_or_stored(
    cli: CommandLine, article: str, telegram: FakeTelegram
) -> None:
    telegram.fail_next(Reply({"ok": False, "description": f"bad token {TOKEN}"}, 401))

    failed = cli("publish", article, "--channels", "telegram")

    assert failed.code == 1
    assert TOKEN not in failed.out + failed.err


def test_what_somebody_has_seen_on_a_channel_that_cannot_be_asked_is_noted(
    cli: CommandLine, article: str, telegram: FakeTelegram
) -> None:
    telegram.fail_next(HANG_UP, done=True)
    lost = cli("publish", article, "--channels", "telegram")
    in_doubt = cli("publish", article, "--channels", "telegram")

    noted = cli("publish", article, "--channels", "telegram", "--arrived")

    assert (lost.code, in_doubt.code, noted.code) == (1, 1, 0)
    assert f"publish {article} --channels telegram --arrived" in in_doubt.err
    assert "✓ telegram — noted as published" in noted.out
    assert cli("publish", article, "--channels", "telegram").code == 0
    assert len(telegram.messages) == 1


def test_what_was_never_sent_cannot_have_arrived(
    cli: CommandLine, article: str, telegram: FakeTelegram
) -> None:
    refused = cli("publish", article, "--channels", "telegram", "--arrived")

    assert refused.code == 2
    assert "was never sent to telegram" in refused.err
    assert telegram.calls == []


def test_to_note_what_has_arrived_somebody_has_to_say_where(cli: CommandLine, article: str) -> None:
    assert cli("publish", article, "--arrived").code == 2
