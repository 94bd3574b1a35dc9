"""One run for a source, however often and from however many places it is asked for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

import pytest
from fakes.payloads import a_request
from fakes.runs import STAGES, a_run_that_is
from fakes.starting import start_with_others
from fakes.threads import all_at_once
from sqlalchemy import func, select, update

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import AlreadyProcessed, RunNotFound

ONE_PAGE = [
    "https://example.org/clock?a=1&b=2",
    "HTTPS://Example.ORG/clock?b=2&a=1",
    "https://example.org:443/clock?a=1&b=2&utm_source=letter",
    "https://ida:hunter2@example.org/x/../clock?a=1&b=2#top",
]


def count_runs(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(PipelineRun)) or 0


def skip(store: RunStore, url: str = ONE_PAGE[0]) -> TrackedRun:
    return store.start(a_request(url), STAGES, if_exists=IfExists.SKIP)


@pytest.mark.parametrize("if_exists", [IfExists.SKIP, IfExists.REUSE])
def test_a_source_that_has_a_run_gets_no_second_one(
    database: Database, store: RunStore, if_exists: IfExists
) -> None:
    first = store.start(a_request(), STAGES, if_exists=if_exists)

    with pytest.raises(AlreadyProcessed, match=f"#{first.run_id}, which is pending") as refused:
        store.start(a_request(), STAGES, if_exists=if_exists)

    assert (refused.value.run_id, count_runs(database)) == (first.run_id, 1)


def test_whoever_wants_another_run_gets_it(database: Database, store: RunStore) -> None:
    skip(store)

    store.start(a_request(ONE_PAGE[0]), STAGES)

    assert count_runs(database) == 2


@pytest.mark.parametrize("spelling", ONE_PAGE)
def test_a_source_is_recognised_in_every_spelling_of_its_address(
    store: RunStore, spelling: str
) -> None:
    first = skip(store)

    with pytest.raises(AlreadyProcessed) as refused:
        skip(store, spelling)

    assert refused.value.run_id == first.run_id


@pytest.mark.parametrize(
    "other", ["https://example.org/clock?a=1", "http://example.org/clock?a=1&b=2", "text:clock"]
)
def test_another_source_is_another_source(store: RunStore, other: str) -> None:
    first = skip(store)

    assert skip(store, other).run_id != first.run_id


def test_of_several_runs_that_which_came_furthest_stands_for_the_source(store: RunStore) -> None:
    in_this_order = [
        PipelineRunStatus.REJECTED,
        PipelineRunStatus.FAILED,
        PipelineRunStatus.RUNNING,
        PipelineRunStatus.PENDING,
        PipelineRunStatus.COMPLETED,
    ]
    for status in in_this_order:
        run = a_run_that_is(store, status)

        with pytest.raises(AlreadyProcessed) as refused:
            store.start(a_request(), STAGES, if_exists=IfExists.SKIP)

        assert (refused.value.run_id, refused.value.status) == (run.run_id, status)


def test_of_several_that_came_as_far_the_latest_stands_for_the_source(store: RunStore) -> None:
    runs = [a_run_that_is(store, PipelineRunStatus.COMPLETED).run_id for _ in range(3)]

    with pytest.raises(AlreadyProcessed) as refused:
        store.start(a_request(), STAGES, if_exists=IfExists.SKIP)

    assert refused.value.run_id == runs[-1]


def test_a_run_older_than_canonical_addresses_is_recognised_by_its_own(
    database: Database, store: RunStore
) -> None:
    old = skip(store)
    with database.write() as connection:
        connection.execute(update(PipelineRun).values(canonical_url=None))

    with pytest.raises(AlreadyProcessed) as refused:
        skip(store)

    assert refused.value.run_id == old.run_id


@pytest.mark.parametrize(
    "url_of",
    [
        pytest.param(lambda number: ONE_PAGE[0], id="of one spelling"),
        pytest.param(lambda number: ONE_PAGE[number % len(ONE_PAGE)], id="of all spellings"),
    ],
)
def test_of_many_threads_that_want_one_run_one_starts_it(
    database: Database, store: RunStore, url_of: Callable[[int], str]
) -> None:
    outcomes = all_at_once(12, lambda number: skip(store, url_of(number)))

    [started] = [outcome for outcome in outcomes if isinstance(outcome, TrackedRun)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyProcessed)]
    assert {error.run_id for error in refused} == {started.run_id}
    assert (len(refused), count_runs(database)) == (11, 1)


def test_those_who_want_a_run_of_another_source_do_not_wait_for_each_other_for_ever(
    database: Database, store: RunStore
) -> None:
    outcomes = all_at_once(12, lambda number: skip(store, f"https://example.org/{number % 3}"))

    started = [outcome for outcome in outcomes if isinstance(outcome, TrackedRun)]
    assert (len(started), count_runs(database)) == (3, 3)


@pytest.mark.processes
def test_of_many_processes_that_want_one_run_one_starts_it(
    database: Database, database_url: str
) -> None:
    spawn = multiprocessing.get_context("spawn")
    start, started = spawn.Barrier(4), spawn.Queue()
    workers = [
        spawn.Process(target=start_with_others, args=(database_url, url, start, started))
        for url in ONE_PAGE
    ]
    for worker in workers:
        worker.start()
    found = [started.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()

    assert sorted(was_first for was_first, _ in found) == [False, False, False, True]
    assert len({run_id for _, run_id in found}) == 1
    assert count_runs(database) == 1


# -- A feed, whose entry shows when it has been read --------------------------------------------

FEED, ENTRY = "https://news.example/feed.xml", "https://news.example/2"


def test_the_run_of_a_feed_is_one_of_the_entry_it_has_read(store: RunStore) -> None:
    run = store.start(a_request(FEED), STAGES, if_exists=IfExists.SKIP)

    run.become_run_of(ENTRY, the_only_one=True)

    assert store.run_of_source(ENTRY) == (run.run_id, PipelineRunStatus.PENDING)
    # What is newest by tomorrow is another source.
    assert store.run_of_source(FEED) is None


def test_the_run_of_a_feed_is_withdrawn_if_its_entry_has_one_already(store: RunStore) -> None:
    first = store.start(a_request(ENTRY), STAGES)
    second = store.start(a_request(FEED), STAGES, if_exists=IfExists.SKIP)
    second.begin_stage(0)

    with pytest.raises(AlreadyProcessed) as found:
        second.become_run_of(ENTRY, the_only_one=True)

    assert found.value.run_id == first.run_id
    with pytest.raises(RunNotFound):
        store.get(second.run_id)


def test_who_wants_a_second_run_of_the_entry_gets_it(store: RunStore) -> None:
    store.start(a_request(ENTRY), STAGES)
    second = store.start(a_request(FEED), STAGES)

    second.become_run_of(ENTRY, the_only_one=False)

    assert store.get(second.run_id).canonical_url == ENTRY
