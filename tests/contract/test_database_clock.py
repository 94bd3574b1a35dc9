"""The one clock that all workers share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fakes.payloads import a_request
from fakes.runs import STAGES
from sqlalchemy import literal, select

from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time, statement_time
from scribe_dagster.db.models.base import UtcDateTime
from scribe_dagster.db.run_store import RunStore


def now(database: Database, seconds: float = 0.0) -> datetime:
    with database.read() as connection:
        moment = connection.scalar(select(database_time(seconds)))
    assert moment is not None
    return moment


def test_it_tells_the_time_in_utc(database: Database) -> None:
    moment = now(database)

    assert moment.tzinfo is UTC
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=60)


@pytest.mark.parametrize("seconds", [0.25, 1.0, 60.0, -60.0, 90_061.5, 86_400.0 * 365])
def test_it_tells_a_moment_some_seconds_away(database: Database, seconds: float) -> None:
    before = now(database)
    moment = now(database, seconds)
    after = now(database)

    # SQLite counts in thousandths of a second.
    slack = timedelta(milliseconds=1)
    away = timedelta(seconds=seconds)
    assert before + away - slack <= moment <= after + away + slack


def test_it_does_not_ask_the_clock_of_the_worker(database: Database) -> None:
    with time_machine.travel(datetime(2001, 1, 1, tzinfo=UTC), tick=False):
        moment = now(database)

    assert moment.year > 2001


def test_the_beginning_of_a_statement_is_told_by_the_same_clock(database: Database) -> None:
    with database.read() as connection, time_machine.travel(datetime(2001, 1, 1, tzinfo=UTC)):
        before = connection.scalar(select(database_time()))
        began = connection.scalar(select(statement_time()))
        after = connection.scalar(select(database_time()))

    assert before <= began <= after  # type: ignore[operator]  -- none of them is None


def test_it_is_not_the_time_of_an_earlier_question(database: Database) -> None:
    with database.write() as connection:
        first = connection.scalar(select(database_time()))
        while (second := connection.scalar(select(database_time()))) == first:
            pass

    assert second > first  # type: ignore[operator]  -- neither is None


@pytest.mark.parametrize(
    ("away", "is_past"),
    [(timedelta(hours=-1), True), (timedelta(hours=1), False)],
)
def test_it_compares_with_the_moments_that_are_stored(
    database: Database, away: timedelta, is_past: bool
) -> None:
    stored = literal(datetime.now(UTC) + away, UtcDateTime())

    with database.read() as connection:
        assert bool(connection.scalar(select(stored < database_time()))) == is_past


@pytest.mark.parametrize("away", [timedelta(days=-400), timedelta(days=400)])
def test_a_worker_whose_clock_is_wrong_holds_its_run_for_as_long_as_any_other(
    store: RunStore, away: timedelta
) -> None:
    with time_machine.travel(datetime.now(UTC) + away):
        run = store.start(a_request(), STAGES)
        run.begin_stage(0)

    [active] = store.active(run.run_id)
    assert not active.lease_ran_out
