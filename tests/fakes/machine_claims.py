"""Runs that begin and are taken over, in any order whatever: the first part of a state machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fakes.payloads import a_request
from fakes.run_model import ACTIVE, Due, Lease, RunModel
from fakes.runs import STAGES
from fakes.tables import contents, empty
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
)

from scribe_dagster.db.database import Database
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.backoff import Backoff
from scribe_dagster.domain.claim_terms import ClaimTerms
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.payload_edits import Edit
from scribe_dagster.domain.resume_policy import ResumePolicy
from scribe_dagster.domain.status import PipelineRunStatus as Status
from scribe_dagster.errors import AlreadyProcessed, Fenced, ResumeError

MOST_RUNS = 5

SPELLINGS = {
    "https://example.org/clock": "clock",
    "https://EXAMPLE.org:443/clock?utm_source=letter#top": "clock",
    "https://example.org/tower": "tower",
}
OTHER_STAGES = (
    ("Scrape", "Check", "AiRewrite", "Translate", "Publish"),
    ("Scrape", "AiRewrite", "Publish"),
    ("Fetch", "AiRewrite", "Translate", "Publish"),
    ("AiRewrite", "Translate", "Publish", "Announce"),
    ("Translate", "Announce"),
)
REORDERED = ("Scrape", "Translate", "AiRewrite", "Publish")

some_stages = st.just(STAGES) | st.sampled_from(OTHER_STAGES)


@dataclass(eq=False)
class Worker:
    """Somebody who believes to hold a run."""

    run: RunModel
    tracked: TrackedRun
    position: int
    has_begun: bool = False


class Claims(RuleBasedStateMachine):
    """Somebody starts runs, forks them, and takes them over."""

    runs = Bundle("runs")
    workers = Bundle("workers")

    def __init__(self, database: Database) -> None:
        super().__init__()
        empty(database)
        self.database = database
        policy = ResumePolicy(limit=2, backoff=Backoff(chance=lambda: 0.5))
        self.store = RunStore(database, ClaimTerms(lease_seconds=3600, resumes=policy))
        self.policy = policy
        self.models: list[RunModel] = []
        self.touched: list[RunModel] = []
        self.count = 0

    # -- Runs begin ------------------------------------------------------------------------------

    @initialize(target=workers)
    def begin_with_one(self) -> Worker:
        return self.started(next(iter(SPELLINGS)), IfExists.RUN)

    @precondition(lambda self: len(self.models) < MOST_RUNS)
    @rule(target=workers, url=st.sampled_from(list(SPELLINGS)), if_exists=st.sampled_from(IfExists))
    def start(self, url: str, if_exists: IfExists) -> Worker | object:
        same = [run for run in self.models if SPELLINGS[run.url] == SPELLINGS[url]]
        if if_exists is IfExists.RUN or not same:
            return self.started(url, if_exists)
        ranks = [(Status.COMPLETED,), ACTIVE, (Status.FAILED,), (Status.REJECTED,)]
        best = min(
            same, key=lambda r: (next(i for i, s in enumerate(ranks) if r.status in s), -r.id)
        )
        with pytest.raises(AlreadyProcessed) as refused:
            self.store.start(a_request(url), STAGES, if_exists=if_exists)
        assert (refused.value.run_id, refused.value.status) == (best.id, best.status)
        return multiple()

    def started(self, url: str, if_exists: IfExists) -> Worker:
        dagster_run_id = self.new_dagster_run()
        tracked = self.store.start(
            a_request(url), STAGES, dagster_run_id=dagster_run_id, if_exists=if_exists
        )
        run = RunModel(tracked.run_id, url, STAGES, a_request(url), dagster_run_id, self.policy)
        self.models.append(run)
        self.touched.append(run)
        return Worker(run, tracked, 0)

    @precondition(lambda self: len(self.models) < MOST_RUNS)
    @rule(
        target=runs,
        origin=runs,
        stages=some_stages,
        index=st.integers(0, 3),
        language=st.none() | st.sampled_from(["de", "fr"]),
        wait=st.none() | st.sampled_from([timedelta(days=-1), timedelta(days=1)]),
    )
    def fork(
        self,
        origin: RunModel,
        stages: tuple[str, ...],
        index: int,
        language: str | None,
        wait: timedelta | None,
    ) -> RunModel | object:
        index = min(index, len(stages) - 1)
        edits = [] if language is None else [Edit("language", language)]

        def make() -> int:
            return self.store.fork(origin.id, stages, index, edits=edits, resume_in=wait)

        if refusal := origin.refuses_fork(stages, index):
            self.refused(refusal, make)
            return multiple()
        fork = origin.fork(make(), stages, index, **{edit.path: edit.value for edit in edits})
        if wait is not None:
            fork.lease = Lease.NONE
            fork.due = Due.NOW if wait < timedelta(0) else Due.LATER
        self.models.append(fork)
        self.touched.append(fork)
        return fork

    @rule(target=runs, worker=workers)
    def look_at(self, worker: Worker) -> RunModel:
        return worker.run

    # -- Somebody takes a run over ---------------------------------------------------------------

    @rule(
        target=workers,
        run=runs,
        expected=st.none() | st.integers(-1, 0),
        automatic=st.booleans(),
        stages=some_stages | st.just(REORDERED),
        accept=st.booleans(),
    )
    def claim(
        self,
        run: RunModel,
        expected: int | None,
        automatic: bool,
        stages: tuple[str, ...],
        accept: bool,
    ) -> Worker | object:
        if stages is REORDERED and (
            run.origin or any(other.origin is run for other in self.models)
        ):
            # What a fork was given is looked up by the names of its origin's stages.
            stages = run.stages
        dagster_run_id = self.new_dagster_run()
        attempt = None if expected is None else run.attempt + expected

        def claim() -> TrackedRun:
            return self.store.claim(
                run.id,
                stages,
                dagster_run_id=dagster_run_id,
                expected_attempt=attempt,
                automatic=automatic,
                accept_changed_stages=accept,
            )

        if refusal := run.refuses(stages, expected=attempt, accept=accept):
            self.refused(refusal, claim)
            return multiple()
        tracked = claim()
        run.claim(stages, dagster_run_id, automatic=automatic)
        self.touched.append(run)
        assert (tracked.attempt, tracked.current_index) == (run.attempt, run.index)
        return Worker(run, tracked, run.index)

    @rule(target=workers, worker=workers)
    def find_what_is_held(self, worker: Worker) -> Worker | object:
        """A second process of the same Dagster run, as its next op may be."""
        run, dagster_run_id = worker.run, worker.tracked.dagster_run_id
        assert dagster_run_id is not None
        if run.dagster_run_id == dagster_run_id:
            held = self.store.held_by(dagster_run_id)
            assert held is not None
            assert (held.attempt, held.current_index) == (run.attempt, run.index)
            return Worker(run, held, run.index)
        if any(entry.dagster_run_id == dagster_run_id for entry in run.history):
            with pytest.raises(Fenced):
                self.store.held_by(dagster_run_id)
        else:
            assert self.store.held_by(dagster_run_id) is None
        return multiple()

    # -- In detail -------------------------------------------------------------------------------

    def new_dagster_run(self) -> str:
        self.count += 1
        return f"d{self.count}"

    def refused(self, error: type[ResumeError], call: Callable[[], object]) -> None:
        before = contents(self.database)
        with pytest.raises(error):
            call()
        assert contents(self.database) == before
