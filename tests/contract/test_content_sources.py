"""Feeds in the database: added once, due in time, and left alone when told so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from scribe_dagster.db.content_sources import ContentSources
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import ContentSourceRow
from scribe_dagster.domain.content_source import ContentSource, back_off
from scribe_dagster.errors import ContentSourceNotFound, InvalidSource

URL = "https://news.example/feed.xml"
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def sources(database: Database) -> ContentSources:
    return ContentSources(database)


def let_time_pass(database: Database, by: timedelta = timedelta(hours=1)) -> None:
    """Make it as if every poll had been planned that much earlier."""
    sources = ContentSources(database)
    with database.write() as connection:
        for source in sources.all():
            connection.execute(
                update(ContentSourceRow)
                .where(ContentSourceRow.id == source.id)
                .values(next_poll_at=source.next_poll_at - by)
            )


def ids(sources: list[ContentSource] | tuple[ContentSource, ...]) -> list[int]:
    return [source.id for source in sources]


def test_a_source_is_kept_as_it_was_added(sources: ContentSources) -> None:
    added = sources.add(
        URL, interval=HALF_AN_HOUR, title="News", categories="1:Tech", language="de"
    )

    [kept] = sources.all()

    assert kept == added == sources.get(added.id)
    assert (kept.url, kept.interval, kept.title) == (URL, HALF_AN_HOUR, "News")
    assert (kept.categories, kept.language, kept.failures) == ("1:Tech", "de", 0)


def test_one_feed_is_added_once_however_it_is_written(sources: ContentSources) -> None:
    added = sources.add(URL, interval=HALF_AN_HOUR)

    with pytest.raises(InvalidSource, match=f"is there already, as source #{added.id}"):
        sources.add("https://NEWS.example:443/feed.xml?utm_source=x", interval=HALF_AN_HOUR)


def test_a_new_source_is_due_at_once_and_then_after_its_interval(
    sources: ContentSources, database: Database
) -> None:
    added = sources.add(URL, interval=HALF_AN_HOUR)

    [due] = sources.take_due(10)
    assert due.id == added.id
    assert list(sources.take_due(10)) == []

    let_time_pass(database)
    assert len(sources.take_due(10)) == 1


def test_the_longest_due_come_first_and_no_more_than_asked_for(
    sources: ContentSources, database: Database
) -> None:
    first, second, third = (sources.add(f"{URL}?{n}", interval=HALF_AN_HOUR) for n in range(3))
    with database.write() as connection:
        connection.execute(
            update(ContentSourceRow)
            .where(ContentSourceRow.id == third.id)
            .values(next_poll_at=datetime.now(UTC) - timedelta(days=1))
        )

    assert [source.id for source in sources.take_due(2)] == [third.id, first.id]
    assert [source.id for source in sources.take_due(2)] == [second.id]


def test_a_paused_source_is_not_due_until_it_is_resumed(sources: ContentSources) -> None:
    added = sources.add(URL, interval=HALF_AN_HOUR)

    assert sources.pause(added.id).is_paused
    assert list(sources.take_due(10)) == []
    assert not sources.resume(added.id).is_paused
    assert len(sources.take_due(10)) == 1


def test_failures_are_counted_with_the_last_reason_until_it_is_resumed(
    sources: ContentSources,
) -> None:
    added = sources.add(URL, interval=HALF_AN_HOUR)

    for reason in ("HTTP 500", "HTTP 503"):
        sources.record_failure(added, reason, timedelta(hours=1))

    failed = sources.get(added.id)
    assert (failed.failures, failed.last_error) == (2, "HTTP 503")
    assert failed.next_poll_at > datetime.now(UTC) + timedelta(minutes=50)
    resumed = sources.resume(added.id)
    assert (resumed.failures, resumed.last_error) == (0, None)


def test_a_removed_source_is_gone_and_may_come_back(sources: ContentSources) -> None:
    added = sources.add(URL, interval=HALF_AN_HOUR)

    assert sources.remove(added.id) == added
    assert list(sources.all()) == []
    assert sources.add(URL, interval=HALF_AN_HOUR).id > added.id


def test_a_source_that_is_not_there_is_told(sources: ContentSources) -> None:
    for ask in (sources.get, sources.pause, sources.resume, sources.remove):
        with pytest.raises(ContentSourceNotFound, match=r"no source #7.*sources list"):
            ask(7)


def test_a_broken_feed_is_asked_less_and_less_often_but_once_a_day() -> None:
    waits = [back_off(HALF_AN_HOUR, failures) for failures in (0, 1, 2, 3, 100)]

    assert waits == [
        HALF_AN_HOUR,
        timedelta(hours=1),
        timedelta(hours=2),
        timedelta(hours=4),
        timedelta(days=1),
    ]
    assert back_off(timedelta(days=7), 5) == timedelta(days=7)
