"""A write that the database has made, while the worker was told that it had not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fakes.leases import let_the_lease_run_out
from fakes.payloads import a_request, a_written_payload
from fakes.runs import RATE_LIMITED, STAGES, complete_up_to
from sqlalchemy import Connection

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.publication import PublicationStatus, Receipt
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import DatabaseUnreachable, Fenced

LAST = len(STAGES) - 1
BEFORE = a_request()
DONE = StageResult.completed(
    a_request(language="de"), "paid for", usage=Usage(model="some-model", input_tokens=7)
)


class Mumbling(Database):
    """A database that goes away right after its next commit, before it could say so."""

    meanwhile: Callable[[], object] | None = None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
            raise DatabaseUnreachable


@pytest.fixture
def mumbling(database: Database, database_url: str) -> Iterator[Mumbling]:
    mumbling = Mumbling(database_url)
    yield mumbling
    mumbling.close()


def nothing() -> None:
    """Happens meanwhile."""


@pytest.mark.parametrize("index", [0, LAST])
def test_a_checkpoint_is_made_once(database: Database, mumbling: Mumbling, index: int) -> None:
    run = RunStore(mumbling).start(BEFORE, STAGES)
    complete_up_to(run, index)
    run.begin_stage(index)
    mumbling.meanwhile = nothing

    run.checkpoint(index, before=BEFORE, result=DONE)

    stored = load_run(database, run.run_id)
    assert stored.current_stage_index == min(index + 1, LAST)
    assert stored.input_tokens == 7
    assert len(stored.stage_attempts) == index + 1
    assert stored.stage_attempts[-1].message == "paid for"


ENDINGS: dict[str, tuple[Callable[[TrackedRun], None], PipelineRunStatus]] = {
    "fail": (lambda run: run.fail(0, RATE_LIMITED), PipelineRunStatus.FAILED),
    "fail and retry": (
        lambda run: run.fail(0, RATE_LIMITED, will_retry=True),
        PipelineRunStatus.RUNNING,
    ),
    "reject": (lambda run: run.reject(0, "an advertisement"), PipelineRunStatus.REJECTED),
    "begin": (lambda run: run.begin_stage(0), PipelineRunStatus.RUNNING),
}


@pytest.mark.parametrize(("end", "status"), ENDINGS.values(), ids=list(ENDINGS))
def test_whatever_becomes_of_a_stage_is_written_down_once(
    database: Database,
    mumbling: Mumbling,
    end: Callable[[TrackedRun], None],
    status: PipelineRunStatus,
) -> None:
    run = RunStore(mumbling).start(BEFORE, STAGES)
    run.begin_stage(0)
    mumbling.meanwhile = nothing

    end(run)

    stored = load_run(database, run.run_id)
    assert stored.status is status
    assert len(stored.stage_attempts) == 1


def test_a_worker_whose_run_was_taken_over_meanwhile_learns_of_it_at_its_next_stage(
    database: Database, store: RunStore, mumbling: Mumbling
) -> None:
    run = RunStore(mumbling).start(BEFORE, STAGES)
    run.begin_stage(0)

    def take_over() -> None:
        let_the_lease_run_out(database, run.run_id)
        store.claim(run.run_id, STAGES)

    mumbling.meanwhile = take_over
    run.checkpoint(0, before=BEFORE, result=DONE)

    with pytest.raises(Fenced):
        run.begin_stage(1)
    assert store.state_before(run.run_id, 1) == DONE.payload


def test_a_checkpoint_that_was_not_made_is_not_taken_for_made(
    database: Database, store: RunStore, mumbling: Mumbling
) -> None:
    """The same stage, done by the one who took the run over."""
    run = RunStore(mumbling).start(BEFORE, STAGES)
    run.begin_stage(0)
    let_the_lease_run_out(database, run.run_id)
    other = store.claim(run.run_id, STAGES)
    complete_up_to(other, 1)

    with pytest.raises(Fenced):
        run.checkpoint(0, before=BEFORE, result=DONE)


def test_that_an_article_has_arrived_is_noted_once_the_database_is_back(
    database: Database, mumbling: Mumbling
) -> None:
    article_id = ArticleStore(database).create(a_written_payload()).id
    PublicationLedger(database).sending(article_id, "site", None)
    mumbling.meanwhile = nothing

    PublicationLedger(mumbling).sent(article_id, "site", Receipt(external_id="clock"))

    entry = PublicationLedger(database).entry(article_id, "site")
    assert entry is not None
    assert entry.publication.status is PublicationStatus.SUCCESS
