"""Questions people ask about runs, on every database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from fakes.payloads import a_request
from fakes.runs import STAGES, a_failed_run, a_run_that_is
from sqlalchemy.orm.exc import DetachedInstanceError

from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import RunFilter, list_runs, load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.snapshot import dump_snapshot
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import RunNotFound, UnknownStage
from scribe_dagster.jobs import DEFAULT_STAGES

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


def ids(database: Database, wanted: RunFilter) -> list[int]:
    return [run.id for run in list_runs(database, wanted)]


def start_all(store: RunStore, urls: Iterable[str]) -> dict[str, int]:
    return {url: store.start(a_request(url), STAGES).run_id for url in urls}


def test_there_may_be_no_runs(database: Database) -> None:
    assert ids(database, RunFilter()) == []


def test_runs_are_listed_newest_first(database: Database, store: RunStore) -> None:
    started = [store.start(a_request(), STAGES).run_id for _ in range(3)]

    assert ids(database, RunFilter()) == started[::-1]


def test_no_more_than_the_limit_are_listed_and_those_are_the_newest(
    database: Database, store: RunStore
) -> None:
    started = [store.start(a_request(), STAGES).run_id for _ in range(3)]

    assert ids(database, RunFilter(limit=2)) == started[:0:-1]


@pytest.mark.parametrize("status", PipelineRunStatus)
def test_runs_can_be_found_by_status(
    database: Database, store: RunStore, status: PipelineRunStatus
) -> None:
    runs = {each: a_run_that_is(store, each).run_id for each in PipelineRunStatus}

    assert ids(database, RunFilter(status=status)) == [runs[status]]


def test_runs_can_be_found_by_part_of_their_url_in_any_case(
    database: Database, store: RunStore
) -> None:
    started = start_all(store, ["https://example.org/Clock", "https://example.com/tower"])

    assert ids(database, RunFilter(url="org/CLOCK")) == [started["https://example.org/Clock"]]


@pytest.mark.parametrize("sign", ["%", "_", "\\", "/"])
def test_signs_that_mean_something_in_sql_mean_themselves_in_a_url(
    database: Database, store: RunStore, sign: str
) -> None:
    started = start_all(store, [f"file:a{sign}b", "file:axb"])

    assert ids(database, RunFilter(url=f"a{sign}b")) == [started[f"file:a{sign}b"]]


def test_runs_can_be_found_by_the_stage_they_stand_at(database: Database, store: RunStore) -> None:
    failed = a_failed_run(store, at=2)
    a_failed_run(store, at=1)

    assert ids(database, RunFilter(stage="Translate")) == [failed.run_id]


def test_a_stage_at_which_no_run_stands_is_told_from_one_that_nobody_knows(
    database: Database, store: RunStore
) -> None:
    store.start(a_request(), ["Scrape", "Proofread"])

    assert ids(database, RunFilter(stage="Proofread")) == []
    assert ids(database, RunFilter(stage="Publish", pipeline=["Scrape", "Publish"])) == []
    with pytest.raises(UnknownStage, match=r"no stage 'publish'. There are: Scrape, .*Proofread"):
        ids(database, RunFilter(stage="publish", pipeline=DEFAULT_STAGES))


def test_runs_can_be_found_by_when_they_were_created(database: Database, store: RunStore) -> None:
    created = []
    for minutes in (0, 1, 2):
        with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
            created.append(store.start(a_request(), STAGES).run_id)

    assert ids(database, RunFilter(since=NOON + timedelta(minutes=1))) == created[:0:-1]


def test_moments_in_other_zones_are_the_same_moments(database: Database, store: RunStore) -> None:
    with time_machine.travel(NOON, tick=False):
        run = store.start(a_request(), STAGES)
    in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))

    assert ids(database, RunFilter(since=in_tokyo)) == [run.run_id]
    assert ids(database, RunFilter(since=in_tokyo + timedelta(seconds=1))) == []


def test_conditions_add_up(database: Database, store: RunStore) -> None:
    wanted = a_failed_run(store, at=1)
    a_failed_run(store, at=2)
    a_run_that_is(store, PipelineRunStatus.PENDING)

    found = RunFilter(
        status=PipelineRunStatus.FAILED,
        url="harbour",
        stage="AiRewrite",
        since=datetime.now(UTC) - timedelta(hours=1),
    )

    assert ids(database, found) == [wanted.run_id]


def test_a_list_of_runs_comes_without_their_snapshots_unless_asked_for(
    database: Database, store: RunStore
) -> None:
    store.start(a_request(), STAGES)

    (without,) = list_runs(database, RunFilter())
    (with_them,) = list_runs(database, RunFilter(), with_snapshots=True)

    with pytest.raises(DetachedInstanceError):
        _ = without.payload_snapshot
    assert with_them.payload_snapshot == dump_snapshot(a_request())


def test_a_run_is_loaded_with_its_history_in_the_order_it_happened(
    database: Database, store: RunStore
) -> None:
    failed = a_failed_run(store, at=2)

    run = load_run(database, failed.run_id)

    assert [stage.stage_name for stage in run.stage_attempts] == list(STAGES[:3])
    assert run.payload_snapshot["source_url"] == run.source_url


def test_a_run_that_does_not_exist_cannot_be_loaded(database: Database) -> None:
    with pytest.raises(RunNotFound, match="no pipeline run #4711"):
        load_run(database, 4711)
