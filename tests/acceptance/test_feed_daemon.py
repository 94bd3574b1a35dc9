"""What a running Dagster daemon does for feeds, with nobody watching."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from fakes.command_line import PROGRAMS
from fakes.dagster_servers import dagster_dev
from fakes.feeds import FeedServer, Item, items
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.resources.feed_poller import FeedPoller

from .conftest import CommandLine

pytestmark = pytest.mark.processes

_PATIENCE = 150


def test_new_entries_become_articles_each_once_and_a_broken_feed_is_told(
    cli: CommandLine, httpserver: HTTPServer
) -> None:
    cli.environment |= {"NO_PROXY": "*", "FEED_NEWEST_AT_FIRST": "2"}
    feed = FeedServer(httpserver)
    feed.publish(items(5))
    broken = FeedServer(httpserver, "/broken", status=500)
    assert cli("sources", "add", feed.url, "--every", "1m").code == 0
    assert cli("sources", "add", broken.url, "--no-check").code == 0

    with dagster_dev(PROGRAMS, cli.environment, cli.folder):
        runs = wait_until(cli, ("runs",), lambda runs: all_completed(runs, 2))
        assert [run["source_url"] for run in runs] == [
            "https://news.example/5",
            "https://news.example/4",
        ]
        assert all(run["staged_content_id"] for run in runs)

        # Something new, and something that was there before, changed.
        feed.publish(
            [*items(6)[:2], Item("Story 4, corrected", "https://news.example/4", "story-4")]
        )
        runs = wait_until(cli, ("runs",), lambda runs: all_completed(runs, 3))
        assert runs[0]["source_url"] == "https://news.example/6"

    [polled, failing] = cli("sources", "list", "--json").objects
    assert (polled["status"], polled["failures"]) == ("active", 0)
    assert (failing["status"], failing["polled_at"]) == ("failing", None)
    assert "HTTP 500" in failing["last_error"]


def test_what_a_daemon_left_behind_that_died_is_done_by_the_next_one_and_done_once(
    cli: CommandLine, settings: Settings, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    feed = FeedServer(httpserver)
    feed.publish(items(3))
    assert cli("sources", "add", feed.url).code == 0

    # It has staged what it found, and launched nothing of it.
    [poll] = FeedPoller.from_settings(settings).poll_due(20)
    assert poll.staged == 3

    for _ in range(2):
        with dagster_dev(PROGRAMS, cli.environment, cli.folder):
            runs = wait_until(cli, ("runs",), lambda runs: all_completed(runs, 3))
    assert len({run["source_url"] for run in runs}) == 3


def all_completed(runs: list[dict[str, Any]], count: int) -> bool:
    return len(runs) == count and all(run["status"] == "completed" for run in runs)


def wait_until(
    cli: CommandLine, command: tuple[str, ...], is_so: Callable[[list[dict[str, Any]]], bool]
) -> list[dict[str, Any]]:
    """Look until it is as it should be."""
    deadline = time.monotonic() + _PATIENCE
    found: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        found = cli(*command, "--json").objects
        if is_so(found):
            return found
        time.sleep(1)
    raise AssertionError(f"it is still as it was: {found}")
