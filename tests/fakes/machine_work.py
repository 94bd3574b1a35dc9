"""Workers, stale ones among them, that write: the second part of a state machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from fakes.machine_claims import Claims, Worker
from fakes.payloads import a_written_payload
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.publication import ChannelCall, PublicationStatus, Receipt
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ErrorKind, Fenced

failures = st.builds(
    Failure,
    st.just("it broke"),
    st.sampled_from([ErrorKind.TRANSIENT, ErrorKind.TRANSIENT, ErrorKind.PERMANENT]),
    st.none() | st.just(datetime.now(UTC) + timedelta(hours=3)),
    st.booleans(),
)
usages = st.none() | st.builds(
    Usage,
    model=st.just("some-model"),
    input_tokens=st.integers(0, 9),
    cost_usd=st.none() | st.just(Decimal("0.000001")),
)


class Work(Claims):
    """Somebody writes to a run, and may or may not hold it."""

    @rule(worker=Claims.workers)
    def beat(self, worker: Worker) -> None:
        if self.writes(worker, worker.tracked.beat):
            worker.run.beat()

    @rule(worker=Claims.workers)
    def begin(self, worker: Worker) -> None:
        at = worker.position
        if self.writes(worker, lambda: worker.tracked.begin_stage(at), at=at):
            worker.run.begin()
            worker.has_begun = True

    @rule(
        worker=Claims.workers,
        language=st.sampled_from(["en", "de"]),
        usage=usages,
        failed=st.booleans(),
    )
    def complete(self, worker: Worker, language: str, usage: Usage | None, failed: bool) -> None:
        at, run = worker.position, worker.run
        before = run.snapshot
        made = {**before.extra, run.stages[run.index]: self.count}
        after = before.evolve(extra=made, language=language, article_id=run.article_id)
        result = StageResult.completed(after, "done", usage=usage)
        failure = Failure("it can be done without", ErrorKind.PERMANENT) if failed else None

        def checkpoint() -> None:
            worker.tracked.checkpoint(at, before=before, result=result, failure=failure)

        if self.ends_a_stage(worker, checkpoint):
            self.count += 1
            run.complete(after, failure, usage)
            worker.position += 1

    @rule(worker=Claims.workers, stages=st.integers(1, 4), usage=usages)
    def get_ahead(self, worker: Worker, stages: int, usage: Usage | None) -> None:
        """Most of the time a worker does stage after stage."""
        for _ in range(stages):
            self.begin(worker)
            self.complete(worker, "en", usage, failed=False)

    @rule(worker=Claims.workers, failure=failures, will_retry=st.booleans())
    def fail(self, worker: Worker, failure: Failure, will_retry: bool) -> None:
        def fail() -> None:
            worker.tracked.fail(worker.position, failure, will_retry=will_retry)

        if self.ends_a_stage(worker, fail):
            worker.run.fail(failure, will_retry=will_retry)

    @rule(worker=Claims.workers, seldom=st.integers(0, 3))
    def reject(self, worker: Worker, seldom: int) -> None:
        if not seldom and self.ends_a_stage(
            worker, lambda: worker.tracked.reject(worker.position, "an advertisement")
        ):
            worker.run.reject("an advertisement")

    @rule(worker=Claims.workers)
    def create_an_article(self, worker: Worker) -> None:
        store, run = ArticleStore(self.database).for_run(worker.tracked.scope), worker.run
        created: list[int] = []
        if self.writes(worker, lambda: created.append(store.create(a_written_payload()).id)):
            assert run.article_id in (None, *created)
            [run.article_id] = created

    @precondition(lambda self: any(run.article_id for run in self.models))
    @rule(
        worker=Claims.workers,
        channel=st.sampled_from(["site", "log"]),
        step=st.sampled_from(["sending", "sent", "failure", "unknown"]),
    )
    def publish(self, worker: Worker, channel: str, step: str) -> None:
        run, article_id = worker.run, worker.run.article_id
        if article_id is None:
            return
        ledger = PublicationLedger(self.database).for_run(worker.tracked.scope)
        status, calls = run.channels.get(channel, (None, 0))
        known = ledger.entry(article_id, channel)
        assert (known.calls if known else 0) == calls
        if step == "sent":
            # A fact, whoever may hold the run by now.
            ledger.sent(article_id, channel, Receipt())
            if status is not None:
                run.channels[channel] = (PublicationStatus.SUCCESS, calls)
        elif step == "sending":
            if self.writes(worker, lambda: ledger.sending(article_id, channel, known)):
                run.channels[channel] = (PublicationStatus.SENDING, calls + 1)
        else:
            call = ChannelCall(article_id, channel, calls)
            noted = self.writes(
                worker, lambda: ledger.not_sent(call, "?", outcome_known=step == "failure")
            )
            if noted and status not in (None, PublicationStatus.SUCCESS):
                run.channels[channel] = (PublicationStatus(step), calls)

    # -- In detail -------------------------------------------------------------------------------

    def ends_a_stage(self, worker: Worker, write: Callable[[], None]) -> bool:
        if not worker.has_begun:
            return False
        worker.has_begun = False
        return self.writes(worker, write, at=worker.position)

    def writes(self, worker: Worker, write: Callable[[], object], *, at: int | None = None) -> bool:
        if worker.run.is_held(worker.tracked.attempt, at):
            write()
            self.touched.append(worker.run)
            return True
        self.refused(Fenced, write)
        return False
