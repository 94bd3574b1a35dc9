"""A worker that has lost its run writes nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fakes.payloads import a_request, a_written_payload
from fakes.runs import RATE_LIMITED, STAGES, a_failed_run, a_run_that_is, complete
from fakes.tables import contents

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.publication import ChannelCall, PublicationStatus, Receipt
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import Fenced

DONE = StageResult.completed(a_request(language="de"), "late")


@dataclass(frozen=True)
class Worker:
    """What one worker writes with, all of it under one claim."""

    run: TrackedRun
    articles: ArticleStore
    ledger: PublicationLedger
    call: ChannelCall

    @property
    def article_id(self) -> int:
        return self.call.article_id


Write = Callable[[Worker], object]

WRITES: dict[str, Write] = {
    "begin a stage": lambda w: w.run.begin_stage(1),
    "checkpoint": lambda w: w.run.checkpoint(1, before=a_request(), result=DONE),
    "checkpoint without the stage": lambda w: w.run.checkpoint(
        1, before=a_request(), result=DONE, failure=RATE_LIMITED
    ),
    "fail": lambda w: w.run.fail(1, RATE_LIMITED),
    "fail and retry": lambda w: w.run.fail(1, RATE_LIMITED, will_retry=True),
    "reject": lambda w: w.run.reject(1, "late"),
    "create an article": lambda w: w.articles.create(a_written_payload("Another")),
    "begin to send": lambda w: w.ledger.sending(
        w.article_id, "site", w.ledger.entry(w.article_id, "site")
    ),
    "begin to send elsewhere": lambda w: w.ledger.sending(w.article_id, "log", None),
    "send": lambda w: w.ledger.confirm(w.call),
    "note a refusal": lambda w: w.ledger.not_sent(w.call, "late", outcome_known=True),
    "note an unknown outcome": lambda w: w.ledger.not_sent(w.call, "late", outcome_known=False),
}


@pytest.fixture(params=WRITES.values(), ids=list(WRITES))
def write(request: pytest.FixtureRequest) -> Write:
    return request.param


@pytest.fixture
def worker_of(database: Database) -> Callable[[TrackedRun], Worker]:
    article_id = ArticleStore(database).create(a_written_payload()).id
    call = PublicationLedger(database).sending(article_id, "site", None)

    def make(run: TrackedRun) -> Worker:
        return Worker(
            run,
            ArticleStore(database).for_run(run.scope),
            PublicationLedger(database).for_run(run.scope),
            call,
        )

    return make


def test_nothing_is_written_by_a_worker_whose_run_was_claimed_by_another(
    database: Database, store: RunStore, worker_of: Callable[[TrackedRun], Worker], write: Write
) -> None:
    stale = a_failed_run(store, at=1)
    store.claim(stale.run_id, STAGES).begin_stage(1)
    worker = worker_of(stale)
    before = contents(database)

    with pytest.raises(Fenced, match=f"#{stale.run_id} is no longer this worker's .attempt 1"):
        write(worker)

    assert contents(database) == before


@pytest.mark.parametrize(
    "status",
    [PipelineRunStatus.COMPLETED, PipelineRunStatus.FAILED, PipelineRunStatus.REJECTED],
)
def test_nothing_is_written_to_a_run_that_is_over(
    database: Database,
    store: RunStore,
    worker_of: Callable[[TrackedRun], Worker],
    write: Write,
    status: PipelineRunStatus,
) -> None:
    worker = worker_of(a_run_that_is(store, status))
    before = contents(database)

    with pytest.raises(Fenced):
        write(worker)

    assert contents(database) == before


def test_every_write_is_granted_to_the_worker_that_holds_the_run(
    store: RunStore, worker_of: Callable[[TrackedRun], Worker], write: Write
) -> None:
    failed = a_failed_run(store, at=1)
    claimed = store.claim(failed.run_id, STAGES)
    claimed.begin_stage(1)

    write(worker_of(claimed))


@pytest.mark.parametrize("elsewhere", [0, 2])
def test_a_second_worker_of_the_same_attempt_cannot_write_a_stage_the_run_is_not_at(
    database: Database, store: RunStore, elsewhere: int
) -> None:
    failed = a_failed_run(store, at=1)
    claimed = store.claim(failed.run_id, STAGES)
    before = contents(database)

    for write in (
        lambda: claimed.begin_stage(elsewhere),
        lambda: claimed.checkpoint(elsewhere, before=a_request(), result=DONE),
        lambda: claimed.fail(elsewhere, RATE_LIMITED),
        lambda: claimed.reject(elsewhere, "late"),
    ):
        with pytest.raises(Fenced):
            write()

    assert contents(database) == before


def test_a_stage_that_two_workers_of_one_attempt_end_is_in_the_history_twice(
    database: Database, store: RunStore
) -> None:
    """As when a step's subprocess outlives the run worker that starts the step again."""
    survivor = store.start(a_request(), STAGES, dagster_run_id="d1")
    successor = store.held_by("d1")
    assert successor is not None
    survivor.begin_stage(0)
    successor.begin_stage(0)

    survivor.fail(0, RATE_LIMITED, will_retry=True)
    successor.checkpoint(0, before=a_request(), result=DONE)
    successor.begin_stage(1)

    history = load_run(database, survivor.run_id).stage_attempts
    assert [stage.outcome.value for stage in history] == ["failed", "completed", "running"]
    complete(successor, 1, DONE.payload, language="fr")
    assert store.state_before(survivor.run_id, 1) == DONE.payload


def test_that_an_article_has_arrived_is_noted_even_by_a_worker_that_lost_its_run(
    store: RunStore, worker_of: Callable[[TrackedRun], Worker]
) -> None:
    stale = a_failed_run(store, at=1)
    store.claim(stale.run_id, STAGES)
    worker = worker_of(stale)

    worker.ledger.sent(worker.article_id, "site", Receipt(external_id="clock"))

    entry = worker.ledger.entry(worker.article_id, "site")
    assert entry is not None
    assert (entry.publication.status, entry.publication.external_id) == (
        PublicationStatus.SUCCESS,
        "clock",
    )
