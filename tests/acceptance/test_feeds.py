"""Feeds on the command line: the newest entry, one by its number, or all of them."""

from __future__ import annotations

import pytest
from fakes.feeds import FeedServer, Item, items
from pytest_httpserver import HTTPServer

from .conftest import EXAMPLE, REPOSITORY, CommandLine

pytestmark = pytest.mark.processes

EXAMPLE_FEED = REPOSITORY / "examples" / "feed.xml"


@pytest.fixture
def feed(cli: CommandLine, httpserver: HTTPServer) -> FeedServer:
    cli.environment["NO_PROXY"] = "*"
    return FeedServer(httpserver)


def test_a_file_that_is_a_feed_gives_its_newest_entry(cli: CommandLine) -> None:
    [run] = cli("process", str(EXAMPLE_FEED), "--json").objects

    assert run["status"] == "completed"
    assert run["payload_snapshot"]["scraped"]["title"] == "The tide mill grinds again"


def test_all_entries_are_processed_one_after_the_other_each_once(
    cli: CommandLine, feed: FeedServer, httpserver: HTTPServer
) -> None:
    gone = Item("Gone", httpserver.url_for("/gone"), "gone", html=None, summary="It was here.")
    feed.publish([*items(2), gone])

    done = cli("process", feed.url, "--all", "--if-exists", "skip", "--json")

    assert done.code == 1
    assert [(run["source_url"], run["status"]) for run in done.objects] == [
        ("https://news.example/1", "completed"),
        (gone.link, "failed"),
        ("https://news.example/2", "completed"),
    ]

    feed.publish(items(3))
    again = cli("process", feed.url, "--all", "--if-exists", "skip", "--json")

    assert again.code == 0
    assert [run["id"] for run in again.objects] == [1, 3, 4]

    second = cli("process", feed.url, "--source", "feed", "--entry", "2", "--json").objects
    assert [run["source_url"] for run in second] == ["https://news.example/2"]


def test_of_a_feed_only_an_entry_that_is_new_is_processed_whatever_it_was_processed_as(
    cli: CommandLine, feed: FeedServer
) -> None:
    feed.publish(items(1))
    cli("process", feed.url, "--all")

    known = cli("process", feed.url, "--if-exists", "skip")
    feed.publish(items(2))
    new = cli("process", feed.url, "--if-exists", "skip", "--json")
    again = cli("process", feed.url, "--if-exists", "skip")

    assert (known.code, new.code, again.code) == (0, 0, 0)
    assert "Nothing to do" in known.out
    assert "Nothing to do" in again.out
    assert [run["payload_snapshot"]["draft"]["title"] for run in new.objects] == ["Story 2"]
    runs = cli("runs", "--json").objects
    assert [run["status"] for run in runs] == ["completed", "completed"]
    assert len({run["article_id"] for run in runs}) == 2


def test_what_cannot_be_done_is_told_before_anything_is_begun(
    cli: CommandLine, feed: FeedServer
) -> None:
    feed.publish(items(2))

    for arguments, reason in [
        ([feed.url, "--entry", "3"], "has 2 entries"),
        ([feed.url, "--entry", "1", "--all"], "Give either --entry or --all"),
        ([str(EXAMPLE), "--all"], "is a web page, not a feed"),
        (["--text", "Just a text.", "--all"], "are for feeds"),
        (["mailto:a@b.example", "--source", "feed"], "mailto is not supported"),
    ]:
        refused = cli("process", *arguments)
        assert refused.code == 2, arguments
        assert reason in refused.err
        assert "Traceback" not in refused.err
    assert cli("runs", "--json").objects == []
