"""What a tick of the feed sensor polls, stages and launches; a daemon runs it in acceptance."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    RunRequest,
    build_sensor_context,
)
from dagster._core.definitions.sensor_definition import SensorExecutionData
from fakes.feeds import FeedServer, Item, items, rss
from pytest_httpserver import HTTPServer
from sqlalchemy import select, update

from scribe_dagster.config import Settings
from scribe_dagster.db.content_sources import ContentSources
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import ContentSourceRow, PipelineRun, StagedContentRow
from scribe_dagster.db.staged_contents import StagedContents
from scribe_dagster.definitions import content_pipeline
from scribe_dagster.domain.content_source import ContentSource
from scribe_dagster.domain.staged_status import StagedStatus
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import DatabaseUnreachable
from scribe_dagster.resources.feed_poller import FeedPoller
from scribe_dagster.resources.launches import last_word
from scribe_dagster.sensors.feeds import STAGED_CONTENT_TAG, build_feed_sensor

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def sources(settings: Settings) -> ContentSources:
    return ContentSources.from_settings(settings)


@pytest.fixture
def database(settings: Settings) -> Database:
    return Database.from_settings(settings)


@pytest.fixture
def feed(httpserver: HTTPServer) -> FeedServer:
    return FeedServer(httpserver)


@pytest.fixture
def source(sources: ContentSources, feed: FeedServer) -> ContentSource:
    return sources.add(feed.url, interval=HALF_AN_HOUR)


@pytest.fixture
def let_it_be_due(database: Database) -> Callable[[], None]:
    def due() -> None:
        with database.write() as connection:
            connection.execute(
                update(ContentSourceRow).values(
                    next_poll_at=datetime.now(UTC) - timedelta(seconds=1)
                )
            )

    return due


def evaluate(instance: DagsterInstance) -> SensorExecutionData:
    sensor = build_feed_sensor(content_pipeline)
    return sensor.evaluate_tick(build_sensor_context(instance=instance))


def tick(instance: DagsterInstance) -> list[RunRequest]:
    """What the daemon would launch now."""
    return list(evaluate(instance).run_requests or [])


def launch(instance: DagsterInstance, request: RunRequest, status: DagsterRunStatus) -> DagsterRun:
    """What the daemon makes of a request."""
    assert request.run_key is not None
    return instance.create_run_for_job(
        content_pipeline,
        run_config=request.run_config,
        tags={**request.tags, "dagster/run_key": request.run_key},
        status=status,
    )


def execute(instance: DagsterInstance, request: RunRequest) -> bool:
    """What a worker does with it."""
    return content_pipeline.execute_in_process(
        run_config=request.run_config, tags=dict(request.tags), instance=instance
    ).success


# -- From feed to article ----------------------------------------------------------------------


def test_new_entries_are_launched_and_become_articles(
    sources: ContentSources, feed: FeedServer, instance: DagsterInstance, database: Database
) -> None:
    feed.publish(items(2))
    sources.add(feed.url, interval=HALF_AN_HOUR, categories="7:Town", language="de")

    requests = tick(instance)

    assert [request.run_config["source_url"] for request in requests] == [
        "https://news.example/1",
        "https://news.example/2",
    ]
    feed.status = 410  # what was staged needs the feed no more
    assert all(execute(instance, request) for request in requests)
    with database.session() as session:
        first, second = session.scalars(select(PipelineRun).order_by(PipelineRun.id)).all()
        assert (first.status, second.status) == (PipelineRunStatus.COMPLETED,) * 2
        assert first.article is not None
        assert first.article.title == "Story 1"
        assert first.staged_content is not None
        assert first.staged_content.title == "Story 1"
        assert [c["name"] for c in first.initial_snapshot["categories"]] == ["Town"]
        assert first.initial_snapshot["language"] == "de"
    assert tick(instance) == []


@pytest.mark.usefixtures("source")
def test_adding_a_feed_does_not_process_all_that_is_in_it(
    feed: FeedServer, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_NEWEST_AT_FIRST", "1")
    feed.publish(items(50))

    [request] = tick(instance)

    assert request.run_config["source_url"] == "https://news.example/50"


@pytest.mark.usefixtures("source")
def test_a_feed_is_polled_when_its_interval_is_over_and_read_only_if_it_has_changed(
    feed: FeedServer, instance: DagsterInstance, let_it_be_due: Callable[[], None]
) -> None:
    feed.publish(items(1))
    tick(instance)
    tick(instance)
    assert feed.statuses == [200]

    let_it_be_due()
    tick(instance)
    assert feed.statuses == [200, 304]

    feed.publish(items(2))
    let_it_be_due()
    requests = tick(instance)
    assert feed.statuses == [200, 304, 200]
    assert [request.run_config["source_url"] for request in requests][-1].endswith("/2")


# -- Once, and not lost ------------------------------------------------------------------------


@pytest.mark.usefixtures("source")
def test_what_was_staged_when_the_daemon_died_is_launched_by_the_next_tick(
    feed: FeedServer, instance: DagsterInstance
) -> None:
    feed.publish(items(1))
    [lost] = tick(instance)  # its run requests never reach Dagster

    [request] = tick(instance)

    # By the same key: had they reached it after all, Dagster would launch nothing.
    assert request.run_key == lost.run_key


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("status", [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])
def test_what_was_launched_is_not_launched_again_while_it_waits_or_runs(
    feed: FeedServer, instance: DagsterInstance, status: DagsterRunStatus
) -> None:
    feed.publish(items(1))
    [request] = tick(instance)

    launch(instance, request, status)

    assert tick(instance) == []


@pytest.mark.usefixtures("source")
def test_a_run_that_was_created_only_when_the_daemon_died_is_asked_for_by_the_same_key(
    feed: FeedServer, instance: DagsterInstance
) -> None:
    feed.publish(items(1))
    [request] = tick(instance)
    launch(instance, request, DagsterRunStatus.NOT_STARTED)

    # Dagster launches the run it has, rather than another one.
    assert [again.run_key for again in tick(instance)] == [request.run_key]


@pytest.mark.usefixtures("source")
def test_a_run_whose_worker_died_before_it_began_is_ended_and_launched_anew(
    feed: FeedServer, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed.publish(items(1))
    [request] = tick(instance)
    dead = launch(instance, request, DagsterRunStatus.STARTED)
    assert tick(instance) == []

    # Minutes pass. Dagster's own clock is that of its database.
    monkeypatch.setattr("scribe_dagster.sensors.feeds.LONGEST_SILENCE", timedelta(seconds=-5))
    assert tick(instance) == []
    [again] = tick(instance)

    ended = instance.get_run_by_id(dead.run_id)
    assert ended is not None
    assert ended.status is DagsterRunStatus.FAILURE
    assert again.run_key != request.run_key


@pytest.mark.usefixtures("source")
def test_a_worker_that_says_that_it_waits_for_a_pool_has_given_a_sign_of_life(
    feed: FeedServer, instance: DagsterInstance
) -> None:
    feed.publish(items(1))
    [request] = tick(instance)
    waiting = launch(instance, request, DagsterRunStatus.STARTED)
    [record] = instance.get_run_records()
    before = datetime.now(UTC)

    instance.report_engine_event("Step still blocked by limit for pool scribe_scrape", waiting)

    assert last_word(instance, record) >= before


@pytest.mark.usefixtures("source")
def test_what_ended_before_it_began_is_launched_again_and_given_up_in_the_end(
    feed: FeedServer, instance: DagsterInstance, database: Database
) -> None:
    feed.publish(items(1))
    keys = set()
    for _ in range(3):
        [request] = tick(instance)
        keys.add(request.run_key)
        launch(instance, request, DagsterRunStatus.FAILURE)

    assert tick(instance) == []
    assert len(keys) == 3
    with database.read() as connection:
        statuses = connection.scalars(select(StagedContentRow.status)).all()
    assert statuses == [StagedStatus.GIVEN_UP]


@pytest.mark.usefixtures("source")
def test_a_run_that_failed_is_left_to_those_who_resume_it(
    feed: FeedServer, httpserver: HTTPServer, instance: DagsterInstance
) -> None:
    gone = httpserver.url_for("/gone")
    httpserver.expect_request("/gone").respond_with_data("", status=503)
    feed.publish([Item("Gone", gone, "1", html=None, summary="It was here.")])
    [request] = tick(instance)

    result = content_pipeline.execute_in_process(
        run_config=request.run_config,
        tags=dict(request.tags),
        instance=instance,
        raise_on_error=False,
    )

    assert not result.success
    assert tick(instance) == []


@pytest.mark.usefixtures("source")
def test_a_run_is_found_by_the_content_it_was_launched_for(
    feed: FeedServer, instance: DagsterInstance
) -> None:
    feed.publish(items(1))

    [request] = tick(instance)

    assert request.tags[STAGED_CONTENT_TAG] == str(request.run_config["staged_content_id"])


# -- Broken feeds ------------------------------------------------------------------------------


def test_a_broken_feed_does_not_stop_the_others(
    sources: ContentSources, httpserver: HTTPServer, instance: DagsterInstance, tmp_path: Path
) -> None:
    broken = [
        FeedServer(httpserver, "/500", status=500).url,
        "http://127.0.0.1:1/nobody",
        (tmp_path / "nowhere.xml").as_uri(),
    ]
    httpserver.expect_request("/page").respond_with_data("<!doctype html><html></html>")
    whole = FeedServer(httpserver, "/whole")
    whole.publish(items(1))
    for url in (*broken, httpserver.url_for("/page"), whole.url):
        sources.add(url, interval=HALF_AN_HOUR)

    assert len(tick(instance)) == 1

    *failing, working = sources.all()
    assert [source.failures for source in failing] == [1, 1, 1, 1]
    assert "HTTP 500" in (failing[0].last_error or "")
    assert "is a web page, not a feed" in (failing[3].last_error or "")
    assert (working.failures, working.last_error) == (0, None)


def test_a_broken_feed_is_left_alone_longer_and_longer_and_recovers(
    sources: ContentSources,
    source: ContentSource,
    feed: FeedServer,
    instance: DagsterInstance,
    let_it_be_due: Callable[[], None],
) -> None:
    feed.status = 500
    waits = []
    for _ in range(3):
        let_it_be_due()
        tick(instance)
        waits.append(sources.get(source.id).next_poll_at - datetime.now(UTC))
    assert [round(wait / timedelta(hours=1)) for wait in waits] == [1, 2, 4]

    feed.status = 200
    feed.publish(items(1))
    let_it_be_due()
    assert len(tick(instance)) == 1
    assert sources.get(source.id).failures == 0


def test_a_damaged_feed_says_so_and_is_read_anew_until_it_is_whole(
    sources: ContentSources,
    source: ContentSource,
    feed: FeedServer,
    instance: DagsterInstance,
    let_it_be_due: Callable[[], None],
) -> None:
    feed.publish(items(3))
    whole = feed.document
    feed.document = whole[: whole.index("Story 1")]
    assert len(tick(instance)) == 2
    damaged = sources.get(source.id)
    assert damaged.failures == 0
    assert "breaks off" in (damaged.last_error or "")

    # The validators are those of the half it sent, and would be those of the whole as well.
    let_it_be_due()
    tick(instance)
    feed.document = whole
    let_it_be_due()
    tick(instance)

    assert feed.statuses == [200, 200, 200]
    assert sources.get(source.id).last_error is None


def test_a_silent_feed_keeps_no_other_waiting(
    sources: ContentSources,
    instance: DagsterInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEB_SCRAPER_TIMEOUT", "6")
    # No more are begun once the silent one has been given up.
    monkeypatch.setattr("scribe_dagster.sensors.feeds._POLLING_SECONDS", 5.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sources.add(f"http://127.0.0.1:{silent.getsockname()[1]}/", interval=HALF_AN_HOUR)
        for number in range(8):
            path = tmp_path / f"{number}.xml"
            path.write_text(rss(items(1, base=f"https://{number}.example/")), encoding="utf-8")
            sources.add(path.as_uri(), interval=HALF_AN_HOUR)

        assert len(tick(instance)) == 8

    [failing] = [source for source in sources.all() if source.failures]
    assert "did not arrive within 6 seconds" in (failing.last_error or "")


@pytest.mark.parametrize("trouble", [DatabaseUnreachable(), ValueError("a number too large")])
def test_a_poll_that_cannot_be_written_down_does_not_stop_the_others(
    sources: ContentSources,
    instance: DagsterInstance,
    httpserver: HTTPServer,
    let_it_be_due: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
) -> None:
    for name in ("one", "two"):
        feed = FeedServer(httpserver, f"/{name}")
        feed.publish(items(1, base=f"https://{name}.example/"))
        sources.add(feed.url, interval=HALF_AN_HOUR)
    record_poll = StagedContents.record_poll
    away = iter([True])

    def for_a_moment(*arguments: Any, **options: Any) -> int:
        if next(away, False):
            raise trouble
        return record_poll(*arguments, **options)

    monkeypatch.setattr(StagedContents, "record_poll", for_a_moment)

    assert len(tick(instance)) == 1
    let_it_be_due()
    assert len(tick(instance)) == 2


def test_a_failure_that_cannot_be_written_down_does_not_stop_the_others(
    sources: ContentSources,
    settings: Settings,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("one", "two"):
        feed = FeedServer(httpserver, f"/{name}")
        feed.publish(items(1, base=f"https://{name}.example/"))
        sources.add(feed.url, interval=HALF_AN_HOUR)

    def refuse(*_: Any, **__: Any) -> int:
        raise ValueError("a number too large")

    def find_no_database(*_: Any) -> None:
        raise DatabaseUnreachable

    monkeypatch.setattr(StagedContents, "record_poll", refuse)
    monkeypatch.setattr(ContentSources, "record_failure", find_no_database)

    polls = FeedPoller.from_settings(settings).poll_due(20)

    assert [poll.error for poll in polls] == [str(DatabaseUnreachable())] * 2


def test_a_feed_that_asks_for_patience_gets_it(
    sources: ContentSources, source: ContentSource, feed: FeedServer, instance: DagsterInstance
) -> None:
    feed.status = 429
    feed.headers["Retry-After"] = str(3 * 86_400)

    tick(instance)

    wait = sources.get(source.id).next_poll_at - datetime.now(UTC)
    assert round(wait / timedelta(days=1)) == 3


def test_a_tick_begins_no_more_polls_than_it_has_time_for(
    sources: ContentSources,
    instance: DagsterInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(10):
        path = tmp_path / f"{number}.xml"
        path.write_text(rss(items(1)), encoding="utf-8")
        sources.add(path.as_uri(), interval=HALF_AN_HOUR)
    monkeypatch.setattr("scribe_dagster.sensors.feeds._POLLING_SECONDS", 0.0)

    tick(instance)

    assert all(source.polled_at is None and not source.failures for source in sources.all())


def test_without_tracking_nothing_is_polled(
    source: ContentSource,
    feed: FeedServer,
    instance: DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIPELINE_TRACK_RUNS", "false")

    assert "Tracking is off" in (evaluate(instance).skip_message or "")
    assert feed.statuses == []
