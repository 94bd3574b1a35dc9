"""Many workers, resumers and reapers at the same few runs, all at once, for real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

from fakes.leases import let_the_lease_run_out
from fakes.payloads import a_request, a_written_payload
from fakes.runs import RATE_LIMITED, STAGES
from fakes.threads import all_at_once
from hypothesis import settings
from sqlalchemy import select

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import ArticleRow
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.db.run_queries import RunFilter, list_runs, load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus as Status
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ErrorKind, Fenced, PublishError, ResumeError

THREADS = 6
RUNS = 3
LOST = Failure("its worker was lost", ErrorKind.LOST_WORKER)
USED = Usage(model="some-model", input_tokens=1)


class Crowd:
    """One of those who are at the same runs, doing whatever comes to mind."""

    def __init__(self, database: Database, number: int, done: Counter[tuple[int, str]]) -> None:
        self.random = Random(number)
        self.database = database
        self.store = RunStore(database)
        self.done = done
        self.held: list[TrackedRun] = []

    def go_wild(self, steps: int) -> None:
        whims: list[Callable[[int], object]] = [
            *[self.claim] * 4,
            *[self.do_a_stage] * 8,
            self.fail,
            self.beat,
            self.publish,
            self.lose,
            self.fork,
            self.request_resume,
            lambda run_id: let_the_lease_run_out(self.database, run_id),
        ]
        for _ in range(steps):
            # Being told that somebody else was faster is in order; anything else is not.
            try:
                self.random.choice(whims)(self.random.randint(1, RUNS))
            except (ResumeError, PublishError):
                continue

    def claim(self, run_id: int) -> None:
        self.held.append(self.store.claim(run_id, STAGES))

    def some_claim(self) -> TrackedRun:
        if not self.held:
            raise Fenced
        return self.held[-1] if self.random.random() < 0.8 else self.random.choice(self.held)

    def do_a_stage(self, _run_id: int) -> None:
        run = self.some_claim()
        index = self.store.get(run.run_id).current_stage_index
        run.begin_stage(index)
        before = run.state_before(index)
        made = before.evolve(extra={**before.extra, STAGES[index]: run.attempt})
        run.checkpoint(index, before=before, result=StageResult.completed(made, "done", usage=USED))
        # Only one thread ever counts a stage of a run: the one whose checkpoint was granted.
        self.done[run.run_id, STAGES[index]] += 1

    def fail(self, _run_id: int) -> None:
        run = self.some_claim()
        index = self.store.get(run.run_id).current_stage_index
        run.begin_stage(index)
        run.fail(index, RATE_LIMITED, will_retry=self.random.random() < 0.5)

    def beat(self, _run_id: int) -> None:
        self.some_claim().beat()

    def publish(self, _run_id: int) -> None:
        scope = self.some_claim().scope
        article = ArticleStore(self.database).for_run(scope).create(a_written_payload())
        ledger = PublicationLedger(self.database).for_run(scope)
        ledger.sending(article.id, "site", ledger.entry(article.id, "site"))
        ledger.sent(article.id, "site", Receipt())

    def lose(self, _run_id: int) -> None:
        for run in self.store.active():
            if run.lease_ran_out:
                self.store.lose(run, LOST, unless_alive=True)

    def fork(self, run_id: int) -> None:
        self.store.fork(run_id, STAGES, self.random.randint(0, 3), resume_in=timedelta(0))

    def request_resume(self, run_id: int) -> None:
        self.store.request_resume(run_id)


def test_whatever_they_do_at_once_every_run_can_be_told_from_beginning_to_end(
    database: Database, store: RunStore
) -> None:
    done: Counter[tuple[int, str]] = Counter()
    for _ in range(RUNS):
        store.start(a_request(), STAGES)
    steps = settings().max_examples // 2

    crowd = [Crowd(database, number, done) for number in range(THREADS)]
    outcomes = all_at_once(THREADS, lambda number: crowd[number].go_wild(steps))

    assert outcomes == [None] * THREADS
    for run in list_runs(database, RunFilter(limit=10_000)):
        check(database, run.id)
    for run_id in range(1, RUNS + 1):
        made_by = [stage for stage in STAGES if done[run_id, stage]]
        assert made_by == list(STAGES[: len(made_by)])
        assert all(done[run_id, stage] == 1 for stage in made_by)


def check(database: Database, run_id: int) -> None:
    """Compare what a run's row says with its history, and both with the stored states."""
    run = load_run(database, run_id)
    held = run.status in (Status.PENDING, Status.RUNNING) and run.attempt > 0
    assert (run.lease_expires_at is not None) == held
    assert run.resume_at is None or run.status is Status.FAILED or run.attempt == 0
    assert (run.error_message is not None) <= (run.status is not Status.COMPLETED)

    history = run.stage_attempts
    attempts = [stage.attempt for stage in history]
    assert attempts == sorted(attempts)
    assert all(attempt <= run.attempt for attempt in attempts)
    at_work = [stage for stage in history if stage.outcome is StageOutcome.RUNNING]
    assert len(at_work) <= (run.status is Status.RUNNING)
    assert all(stage.attempt == run.attempt for stage in at_work)

    completed = [stage for stage in history if stage.outcome is StageOutcome.COMPLETED]
    stages_done = run.current_stage_index + (run.status is Status.COMPLETED)
    assert [stage.stage_index for stage in completed] == list(
        range(run.first_stage_index, stages_done)
    )
    assert run.input_tokens == len(completed)

    store = RunStore(database)
    for index in range(stages_done + 1):
        assert set(store.state_before(run_id, index).extra) == set(STAGES[:index])
    with database.read() as connection:
        mine = select(ArticleRow.id).where(ArticleRow.pipeline_run_id == run_id)
        assert len(connection.scalars(mine).all()) <= 1
