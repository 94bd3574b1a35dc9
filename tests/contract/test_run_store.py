"""How a run is written down from its start to its end, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fakes.payloads import URL, a_full_payload, a_request, a_written_payload
from fakes.runs import RATE_LIMITED, STAGES, a_failed_run, complete, complete_up_to, fail
from sqlalchemy import Connection

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.snapshot import dump_snapshot
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome
from scribe_dagster.errors import AlreadyProcessed, DatabaseUnreachable, ErrorKind, RunNotFound

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
LAST = len(STAGES) - 1


def only_stage(run: PipelineRun) -> PipelineRunStage:
    (stage,) = run.stage_attempts
    return stage


def test_a_started_run_is_pending_and_keeps_its_initial_snapshot(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES, dagster_run_id="d1")

    run = load_run(database, started.run_id)
    assert run.status is PipelineRunStatus.PENDING
    assert run.source_url == URL
    assert run.stages == list(STAGES)
    assert (run.current_stage_index, run.current_stage_name) == (0, "Scrape")
    assert run.payload_snapshot == dump_snapshot(a_request())
    assert (run.attempt, run.dagster_run_id) == (1, "d1")
    assert run.started_at is None
    assert run.stage_attempts == []


def test_a_stage_that_begins_makes_the_run_running_at_that_stage(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES, dagster_run_id="d1")

    with time_machine.travel(NOON, tick=False):
        started.begin_stage(0)

    run = load_run(database, started.run_id)
    assert run.status is PipelineRunStatus.RUNNING
    assert (run.current_stage_index, run.current_stage_name) == (0, "Scrape")
    assert run.started_at == NOON
    assert run.heartbeat_at is not None
    assert run.lease_expires_at is not None
    assert run.lease_expires_at - run.heartbeat_at >= timedelta(seconds=59)
    stage = only_stage(run)
    assert (stage.outcome, stage.stage_name, stage.attempt) == (StageOutcome.RUNNING, "Scrape", 1)
    assert (stage.started_at, stage.duration, stage.dagster_run_id) == (NOON, None, "d1")


def test_the_time_a_run_started_is_kept_when_it_is_resumed(store: RunStore) -> None:
    with time_machine.travel(NOON, tick=False):
        failed = a_failed_run(store, at=0)

    store.claim(failed.run_id, STAGES).begin_stage(0)

    assert store.get(failed.run_id).started_at == NOON


def test_a_checkpoint_stores_the_snapshot_and_moves_on_to_the_next_stage(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES)

    after = complete(started, 0, a_request(), language="de")

    run = load_run(database, started.run_id)
    assert run.status is PipelineRunStatus.RUNNING
    assert (run.current_stage_index, run.current_stage_name) == (1, "AiRewrite")
    assert run.payload_snapshot == dump_snapshot(after)
    assert run.completed_at is None


def test_a_checkpoint_stores_what_the_stage_did_and_how_long_it_took(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES)
    with time_machine.travel(NOON, tick=False) as clock:
        started.begin_stage(0)
        clock.shift(timedelta(seconds=90))

        done = StageResult.completed(a_request(language="de"), "translated")
        started.checkpoint(0, before=a_request(), result=done)

    stage = only_stage(load_run(database, started.run_id))
    assert (stage.outcome, stage.message) == (StageOutcome.COMPLETED, "translated")
    assert stage.duration == 90.0
    assert (stage.model, stage.cost_usd) == (None, None)


def test_a_stage_that_has_nothing_to_do_is_stored_as_skipped(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES)
    started.begin_stage(0)

    skipped = StageResult.skipped(a_request(), "there is no image")
    started.checkpoint(0, before=a_request(), result=skipped)

    run = load_run(database, started.run_id)
    assert run.current_stage_index == 1
    assert only_stage(run).outcome is StageOutcome.SKIPPED
    assert only_stage(run).message == "there is no image"


def test_a_stage_that_failed_and_can_be_done_without_is_stored_as_failed_while_the_run_goes_on(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES)
    started.begin_stage(0)

    skipped = StageResult.skipped(a_request(), RATE_LIMITED.message)
    started.checkpoint(0, before=a_request(), result=skipped, failure=RATE_LIMITED)

    run = load_run(database, started.run_id)
    assert (run.status, run.current_stage_index) == (PipelineRunStatus.RUNNING, 1)
    assert (run.error_stage, run.error_message) == (None, None)
    stage = only_stage(run)
    assert (stage.outcome, stage.error_kind) == (StageOutcome.FAILED, ErrorKind.TRANSIENT)
    assert stage.message == RATE_LIMITED.message


def test_the_last_checkpoint_completes_the_run_and_links_its_article(
    database: Database, store: RunStore, articles: ArticleStore
) -> None:
    article = articles.create(a_written_payload())
    started = store.start(a_request(), STAGES)
    payload = complete_up_to(started, LAST)

    with time_machine.travel(NOON, tick=False):
        complete(started, LAST, payload, article_id=article.id)

    run = load_run(database, started.run_id)
    assert (run.status, run.completed_at) == (PipelineRunStatus.COMPLETED, NOON)
    assert run.article_id == article.id
    assert (run.current_stage_index, run.current_stage_name) == (LAST, "Publish")
    assert run.payload_snapshot["article_id"] == article.id


def test_a_run_that_completes_after_a_failure_keeps_no_trace_of_the_error_but_its_history(
    database: Database, store: RunStore
) -> None:
    failed = a_failed_run(store, at=1)

    complete_up_to(store.claim(failed.run_id, STAGES), len(STAGES))

    run = load_run(database, failed.run_id)
    stale = (run.error_stage, run.error_message, run.error_kind, run.resume_after, run.failed_at)
    assert stale == (None,) * 5
    assert [(s.attempt, s.stage_name, s.outcome.value) for s in run.stage_attempts] == [
        (1, "Scrape", "completed"),
        (1, "AiRewrite", "failed"),
        (2, "AiRewrite", "completed"),
        (2, "Translate", "completed"),
        (2, "Publish", "completed"),
    ]


def test_a_failure_is_recorded_with_its_stage_its_message_and_when_to_try_again(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES)
    complete_up_to(started, 1)

    with time_machine.travel(NOON, tick=False):
        fail(started, 1, Failure("rate limited", ErrorKind.TRANSIENT, NOON + timedelta(hours=1)))

    run = load_run(database, started.run_id)
    assert (run.status, run.failed_at) == (PipelineRunStatus.FAILED, NOON)
    assert (run.error_stage, run.error_message) == ("AiRewrite", "rate limited")
    assert run.error_kind is ErrorKind.TRANSIENT
    assert run.resume_after == NOON + timedelta(hours=1)
    assert run.is_resumable()
    attempt = run.stage_attempts[-1]
    assert (attempt.outcome, attempt.message) == (StageOutcome.FAILED, "rate limited")


def test_a_failed_run_keeps_the_snapshot_of_before_the_failed_stage(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES)
    before = complete_up_to(started, 2)

    fail(started, 2)

    run = load_run(database, started.run_id)
    assert run.payload_snapshot == dump_snapshot(before)
    assert (run.current_stage_index, run.current_stage_name) == (2, "Translate")


def test_a_failure_that_the_worker_will_retry_itself_leaves_the_run_running(
    database: Database, store: RunStore
) -> None:
    started = store.start(a_request(), STAGES)
    started.begin_stage(0)

    started.fail(0, RATE_LIMITED, will_retry=True)

    run = load_run(database, started.run_id)
    assert (run.status, run.error_message) == (PipelineRunStatus.RUNNING, None)
    assert only_stage(run).outcome is StageOutcome.FAILED


def test_each_try_within_one_attempt_has_its_own_row(database: Database, store: RunStore) -> None:
    started = store.start(a_request(), STAGES)
    started.begin_stage(0)
    started.fail(0, RATE_LIMITED, will_retry=True)

    complete(started, 0, a_request())

    tries = load_run(database, started.run_id).stage_attempts
    assert [(t.attempt, t.outcome.value) for t in tries] == [(1, "failed"), (1, "completed")]


def test_a_rejection_is_final_and_keeps_its_reason(database: Database, store: RunStore) -> None:
    started = store.start(a_request(), STAGES)
    started.begin_stage(0)

    with time_machine.travel(NOON, tick=False):
        started.reject(0, "it is an advertisement")

    run = load_run(database, started.run_id)
    assert (run.status, run.completed_at) == (PipelineRunStatus.REJECTED, NOON)
    assert run.rejection_reason == "it is an advertisement"
    assert not run.is_resumable()
    assert only_stage(run).outcome is StageOutcome.REJECTED


def test_every_field_of_a_payload_survives_the_database(store: RunStore) -> None:
    payload = a_full_payload().evolve(staged_content_id=None)

    started = store.start(payload, STAGES)

    assert store.state_before(started.run_id, 0) == payload


def test_text_no_database_can_hold_does_not_keep_a_run_from_being_stored(
    database: Database, store: RunStore
) -> None:
    unstorable = "a\x00b\ud800c"
    payload = a_request(source_text=unstorable, extra={unstorable: [{"k": unstorable}]})
    started = store.start(payload, STAGES)
    started.begin_stage(0)

    started.checkpoint(0, before=payload, result=StageResult.completed(payload, unstorable))

    run = load_run(database, started.run_id)
    assert run.payload_snapshot["extra"] == {"abc": [{"k": "abc"}]}
    assert only_stage(run).message == "abc"


def test_the_longest_of_urls_is_stored_and_found_in_whatever_script(store: RunStore) -> None:
    # Not one sign twice in a row, or a database might compress it.
    url = "text:" + "".join(chr(0x4E00 + 7 * number % 20_000) for number in range(2043))

    run = store.start(a_request(url), STAGES)

    with pytest.raises(AlreadyProcessed) as existing:
        store.start(a_request(url), STAGES, if_exists=IfExists.SKIP)
    assert existing.value.run_id == run.run_id


@pytest.mark.parametrize("run_id", [0, -1, 4711, 2**40])
def test_a_run_that_does_not_exist_is_not_found(store: RunStore, run_id: int) -> None:
    with pytest.raises(RunNotFound, match=f"no pipeline run #{run_id}"):
        store.get(run_id)
    with pytest.raises(RunNotFound, match=f"no pipeline run #{run_id}"):
        store.claim(run_id, STAGES)
    with pytest.raises(RunNotFound, match=f"no pipeline run #{run_id}"):
        store.state_before(run_id, 0)


def test_the_id_of_a_pruned_run_is_never_given_again(database: Database, store: RunStore) -> None:
    from sqlalchemy import text

    first = store.start(a_request(), STAGES)
    with database.write() as connection:
        connection.execute(text("DELETE FROM pipeline_runs"))

    assert store.start(a_request(), STAGES).run_id > first.run_id


class _Away(Database):
    """A database that is away for the next few writes."""

    outages = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.outages:
            self.outages -= 1
            raise DatabaseUnreachable
        with super().write() as connection:
            yield connection


def test_a_database_that_comes_back_gets_what_the_stage_has_made(
    database_url: str, database: Database
) -> None:
    away = _Away(database_url)
    run = RunStore(away).start(a_request(), STAGES)
    run.begin_stage(0)
    away.outages = 2

    run.checkpoint(
        0, before=a_request(), result=StageResult.completed(a_request(language="de"), "paid for")
    )
    run.begin_stage(1)
    away.outages = 2
    run.fail(1, RATE_LIMITED)

    stored = load_run(database, run.run_id)
    assert (stored.status, stored.error_stage) == (PipelineRunStatus.FAILED, STAGES[1])
    assert stored.payload_snapshot["language"] == "de"
    away.close()
