"""What is thrown away of things long past, and what must never be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
from fakes.feeds import Item, items, rss
from fakes.payloads import a_written_payload
from fakes.runs import STAGES, a_failed_run, a_run_that_is, complete_up_to
from sqlalchemy import func, select, update

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.content_sources import ContentSources
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import (
    ContentSourceRow,
    PipelineRun,
    PipelineRunStage,
    StagedContentRow,
)
from scribe_dagster.db.retention import Prunable, Retention
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.staged_contents import StagedContents
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.sources.feed_document import read_feed
from scribe_dagster.errors import AlreadyProcessed, NotResumable

NOTHING = Prunable(0, 0)
LONG_ENOUGH = 1.0
"""Seconds after which a prune has met the locks of another transaction."""


def soon() -> datetime:
    """A moment before which everything lies that a test has done."""
    return datetime.now(UTC) + timedelta(minutes=1)


@pytest.fixture
def retention(database: Database) -> Retention:
    return Retention(database)


def a_completed_run(store: RunStore) -> int:
    return a_run_that_is(store, PipelineRunStatus.COMPLETED).run_id


def test_a_plan_counts_and_changes_nothing(
    retention: Retention, store: RunStore, database: Database
) -> None:
    run_id = a_completed_run(store)

    assert retention.plan(soon()) == Prunable(runs=1, staged_contents=0)
    assert retention.plan(soon()) == Prunable(runs=1, staged_contents=0)
    assert store.state_before(run_id, 2).extra == {"Scrape": "done", "AiRewrite": "done"}


def test_of_a_run_that_is_over_the_texts_go_and_the_story_stays(
    retention: Retention, store: RunStore, database: Database
) -> None:
    run = store.start(ContentPayload(source_url="text:1", source_text="Long."), STAGES)
    complete_up_to(run, len(STAGES))
    before = load_run(database, run.run_id)

    assert retention.prune(soon()) == Prunable(runs=1, staged_contents=0)

    after = load_run(database, run.run_id)
    assert after.payload_snapshot["source_text"] is None
    assert after.payload_snapshot["extra"] == {}
    for kept in ("status", "source_url", "completed_at", "updated_at", "cost_usd", "attempt"):
        assert getattr(after, kept) == getattr(before, kept)
    assert [(s.stage_name, s.outcome, s.message) for s in after.stage_attempts] == [
        (s.stage_name, s.outcome, s.message) for s in before.stage_attempts
    ]
    assert retention.plan(soon()) == NOTHING


def test_its_source_is_known_to_have_been_processed(retention: Retention, store: RunStore) -> None:
    run_id = a_completed_run(store)
    retention.prune(soon())
    request = store.state_before(run_id, len(STAGES))

    with pytest.raises(AlreadyProcessed, match=f"#{run_id}"):
        store.start(request, STAGES, if_exists=IfExists.SKIP)


def test_it_can_no_longer_be_forked_and_says_so(retention: Retention, store: RunStore) -> None:
    run_id = a_completed_run(store)
    retention.prune(soon())

    with pytest.raises(NotResumable, match=r"no longer kept \(RUN_RETENTION_DAYS\)"):
        store.fork(run_id, STAGES, 1)


def test_articles_are_not_touched(
    retention: Retention, store: RunStore, articles: ArticleStore
) -> None:
    run = a_run_that_is(store, PipelineRunStatus.RUNNING)
    article = articles.for_run(run.scope).create(a_written_payload())
    complete_up_to(run, len(STAGES))

    retention.prune(soon())

    assert articles.get(article.id) == article


@pytest.mark.parametrize(
    "status", [PipelineRunStatus.PENDING, PipelineRunStatus.RUNNING, PipelineRunStatus.FAILED]
)
def test_a_run_that_is_not_over_is_kept_whole(
    retention: Retention, store: RunStore, status: PipelineRunStatus
) -> None:
    a_run_that_is(store, status)
    failed = a_failed_run(store, at=2)

    assert retention.prune(soon()) == NOTHING
    assert failed.state_before(1).extra == {"Scrape": "done"}


def test_what_is_not_old_enough_is_kept(retention: Retention, store: RunStore) -> None:
    a_completed_run(store)

    assert retention.prune(datetime.now(UTC) - timedelta(days=1)) == NOTHING


def test_a_run_that_another_was_forked_from_is_kept(retention: Retention, store: RunStore) -> None:
    origin = a_completed_run(store)
    fork = store.fork(origin, STAGES, 2)

    assert retention.prune(soon()) == NOTHING
    assert store.state_before(fork, 1).extra == {"Scrape": "done"}


def test_more_runs_than_fit_in_a_transaction_are_all_done(
    retention: Retention, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scribe_dagster.db.retention._BATCH", 2)
    for _ in range(5):
        a_completed_run(store)

    assert retention.prune(soon()).runs == 5


def test_who_wants_to_write_while_much_is_thrown_away_is_let_in_between(
    retention: Retention, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scribe_dagster.db.retention._BATCH", 1)
    for _ in range(5):
        a_completed_run(store)
    pauses = []

    def somebody_else_writes(seconds: float) -> None:
        pauses.append(seconds)
        store.start(ContentPayload(source_url="text:1"), STAGES)

    monkeypatch.setattr("scribe_dagster.db.retention.sleep", somebody_else_writes)

    assert retention.prune(soon()).runs == 5
    assert len(pauses) == 5
    assert min(pauses) > 0


def test_a_run_that_begins_anew_while_much_is_thrown_away_keeps_its_texts(
    retention: Retention, store: RunStore, database: Database
) -> None:
    run_id = a_completed_run(store)

    with ThreadPoolExecutor(1) as elsewhere:
        with database.write() as connection:
            connection.execute(update(PipelineRun).values(status=PipelineRunStatus.FAILED))
            pruning = elsewhere.submit(retention.prune, soon())
            wait([pruning], timeout=LONG_ENOUGH)
        assert pruning.result() == NOTHING

    assert store.state_before(run_id, 2).extra == {"Scrape": "done", "AiRewrite": "done"}


# -- Staged contents ---------------------------------------------------------------------------


def test_entries_without_a_run_go_once_their_feed_no_longer_holds_them(
    retention: Retention, database: Database, store: RunStore
) -> None:
    sources, staged = ContentSources(database), StagedContents(database)
    source = sources.add("https://news.example/feed.xml", interval=timedelta(hours=1))

    def poll(entries: list[Item], *, first: int = 1) -> int:
        now = sources.get(source.id)
        feed = read_feed(rss(entries).encode(), source=now.url)
        return staged.record_poll(now, feed, Validators(), newest_at_first=first)

    poll(items(4))  # of which 4 waits, and 1 to 3 are passed over
    assert retention.prune(soon()) == NOTHING

    poll(items(4)[:2])
    assert retention.prune(soon()) == Prunable(runs=0, staged_contents=2)
    assert poll(items(4)[:2]) == 0

    # What has a run is kept, whatever becomes of its feed.
    [waiting] = staged.waiting(10)
    run = store.start(
        ContentPayload(source_url=waiting.source_url, staged_content_id=waiting.id), STAGES
    )
    complete_up_to(run, len(STAGES))
    staged.waiting(10)
    sources.remove(source.id)
    assert retention.prune(soon()) == Prunable(runs=1, staged_contents=1)
    with database.read() as connection:
        assert connection.scalars(select(StagedContentRow.id)).all() == [waiting.id]
        assert connection.scalar(select(PipelineRun.staged_content_id)) == waiting.id
        changes = select(func.count(PipelineRunStage.changes))
        assert connection.scalar(changes) == 0


def test_an_entry_that_is_old_is_kept_when_its_feed_has_only_just_lost_it(
    retention: Retention, database: Database
) -> None:
    sources, staged = ContentSources(database), StagedContents(database)
    source = sources.add("https://news.example/feed.xml", interval=timedelta(hours=1))

    def poll(entries: list[Item]) -> int:
        now = sources.get(source.id)
        feed = read_feed(rss(entries).encode(), source=now.url)
        return staged.record_poll(now, feed, Validators(), newest_at_first=0)

    poll(items(4))
    with database.write() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=400)
        connection.execute(update(StagedContentRow).values(created_at=long_ago))
    # For one night its server has nothing to show.
    poll([])

    assert retention.prune(datetime.now(UTC) - timedelta(days=90)) == NOTHING
    assert poll(items(4)) == 0


def test_entries_that_a_poll_sees_again_while_much_is_thrown_away_are_kept(
    retention: Retention, database: Database
) -> None:
    sources, staged = ContentSources(database), StagedContents(database)
    source = sources.add("https://news.example/feed.xml", interval=timedelta(hours=1))
    feed = read_feed(rss(items(4)).encode(), source=source.url)
    staged.record_poll(source, feed, Validators(), newest_at_first=0)
    empty = read_feed(rss([]).encode(), source=source.url)
    staged.record_poll(sources.get(source.id), empty, Validators(), newest_at_first=0)
    before = datetime.now(UTC)
    assert retention.plan(before) == Prunable(runs=0, staged_contents=4)

    with ThreadPoolExecutor(1) as elsewhere:
        with database.write() as poll:
            now = datetime.now(UTC)
            poll.execute(update(ContentSourceRow).values(read_at=now))
            poll.execute(update(StagedContentRow).values(seen_at=now))
            pruning = elsewhere.submit(retention.prune, before)
            wait([pruning], timeout=LONG_ENOUGH)
        assert pruning.result() == NOTHING

    again = staged.record_poll(sources.get(source.id), feed, Validators(), newest_at_first=4)
    assert again == 0
