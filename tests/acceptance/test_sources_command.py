"""`scribe-dagster sources`: feeds are added, shown, paused and removed."""

from __future__ import annotations

import pytest
from fakes.feeds import FeedServer, items
from pytest_httpserver import HTTPServer

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


@pytest.fixture
def feed(cli: CommandLine, httpserver: HTTPServer) -> FeedServer:
    cli.environment["NO_PROXY"] = "*"
    server = FeedServer(httpserver)
    server.publish(items(3))
    return server


def test_a_feed_is_added_listed_paused_resumed_and_removed(
    cli: CommandLine, feed: FeedServer
) -> None:
    assert "No sources. Add one" in cli("sources", "list").out

    added = cli("sources", "add", feed.url, "--every", "90m", "--categories", "1:Town")
    assert added.code == 0, added.err
    assert "Source #1: Harbour News, 3 entries now" in added.out
    assert "every 90m" in added.out

    [listed] = cli("sources", "list", "--json").objects
    assert (listed["id"], listed["url"], listed["status"]) == (1, feed.url, "active")
    assert (listed["interval_seconds"], listed["categories"]) == (5400, "1:Town")

    assert cli("sources", "pause", "1").out == "✓ Source #1 is paused: Harbour News\n"
    assert "paused" in cli("sources", "list").out
    [resumed] = cli("sources", "resume", "1", "--json").objects
    assert resumed["status"] == "active"
    assert cli("sources", "remove", "1").code == 0
    assert cli("sources", "list", "--json").objects == []


def test_what_is_wrong_is_told_and_nothing_is_added(cli: CommandLine, feed: FeedServer) -> None:
    cli("sources", "add", feed.url, "--json")

    for arguments, reason in [
        (["add", feed.url], "is there already, as source #1"),
        (["add", str(EXAMPLE)], "is a web page, not a feed"),
        (["add", "http://127.0.0.1:1/feed"], "its server cannot be reached"),
        (["add", "example.com/feed"], "did you mean https://example.com/feed?"),
        (["add", feed.url, "--every", "soon"], "is not a valid interval"),
        (["add", feed.url, "--every", "0m"], "at most once a minute"),
        (["add", feed.url, "--categories", "Tech"], "categories cannot be read"),
        (["pause", "7"], "There is no source #7"),
        (["remove", "0"], "Invalid value"),
    ]:
        refused = cli("sources", *arguments)
        assert refused.code == 2, (arguments, refused.out)
        assert reason in " ".join(refused.err.replace("│", " ").split()), refused.err
        assert "Traceback" not in refused.err
    assert len(cli("sources", "list", "--json").objects) == 1


def test_a_key_in_an_address_is_not_shown(cli: CommandLine, feed: FeedServer) -> None:
    private = f"{feed.url}?api_key=hunter2hunter2"

    shown = [
        cli("sources", "add", private),
        cli("sources", "list"),
        cli("sources", "list", "--json"),
    ]

    assert [done.code for done in shown] == [0, 0, 0]
    assert "hunter2" not in "".join(done.out + done.err for done in shown)


def test_a_feed_that_cannot_be_read_now_can_be_added_all_the_same(
    cli: CommandLine, feed: FeedServer
) -> None:
    feed.status = 503

    refused = cli("sources", "add", feed.url)
    added = cli("sources", "add", feed.url, "--no-check")

    assert (refused.code, added.code) == (2, 0)
    assert "HTTP 503" in refused.err
    assert refused.err.endswith("Try again later.\n")
