"""Entries in the database: each is staged once, gets one run, and is not forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.feeds import Item, items, rss
from fakes.payloads import a_request
from fakes.threads import all_at_once
from sqlalchemy import event, select

from scribe_dagster.db.content_sources import ContentSources
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun, StagedContentRow
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.staged_contents import StagedContents
from scribe_dagster.domain.content_source import ContentSource
from scribe_dagster.domain.staged_status import StagedStatus
from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.sources.feed_document import read_feed
from scribe_dagster.drivers.sources.feed_request import entry_request
from scribe_dagster.errors import AlreadyProcessed, ContentSourceNotFound, InvalidSource
from scribe_dagster.jobs import DEFAULT_STAGES

URL = "https://news.example/feed.xml"

Poll = Callable[..., int]


@pytest.fixture
def sources(database: Database) -> ContentSources:
    return ContentSources(database)


@pytest.fixture
def staged(database: Database) -> StagedContents:
    return StagedContents(database)


@pytest.fixture
def source(sources: ContentSources) -> ContentSource:
    return sources.add(URL, interval=timedelta(minutes=30))


@pytest.fixture
def poll(sources: ContentSources, staged: StagedContents, source: ContentSource) -> Poll:
    """Finds these entries in the feed, and returns how many were staged."""

    def find(entries: Sequence[Item], of: int = source.id, *, first: int = 3) -> int:
        now = sources.get(of)
        feed = read_feed(rss(entries).encode(), source=now.url)
        return staged.record_poll(now, feed, Validators('"1"'), newest_at_first=first)

    return find


def urls(staged: StagedContents) -> list[str]:
    return [waiting.source_url for waiting in staged.waiting(100)]


def begin_run(store: RunStore, staged: StagedContents, staged_content_id: int) -> int:
    request = entry_request(staged.entry(staged_content_id))
    run = store.start(request.evolve(staged_content_id=staged_content_id), DEFAULT_STAGES)
    return run.run_id


def test_of_a_feed_read_for_the_first_time_only_the_newest_are_staged(
    poll: Poll, staged: StagedContents
) -> None:
    assert poll(items(50), first=2) == 2

    assert urls(staged) == ["https://news.example/49", "https://news.example/50"]


def test_what_is_new_at_a_later_poll_is_staged_and_nothing_else(
    poll: Poll, staged: StagedContents
) -> None:
    poll(items(5), first=0)

    assert poll(items(7)) == 2
    assert poll(items(7)) == 0
    assert urls(staged) == ["https://news.example/6", "https://news.example/7"]


def test_a_feed_that_was_empty_at_first_is_read_for_the_first_time_all_the_same(
    poll: Poll, staged: StagedContents
) -> None:
    assert poll([]) == 0
    assert poll(items(5)) == 5


def test_an_entry_whose_id_is_known_is_not_staged_again_at_another_address(poll: Poll) -> None:
    poll([Item("A", "https://x.example/a", "a")])

    assert poll([Item("A, corrected", "https://x.example/a-corrected", "a")]) == 0


def test_an_entry_whose_address_is_known_is_not_staged_again_under_another_id(
    poll: Poll,
) -> None:
    poll([Item("A", "https://x.example/a", "a")])

    assert poll([Item("A", "https://x.example/a?utm_source=feed", "b")]) == 0


def test_an_article_that_stands_in_two_feeds_is_staged_once(
    poll: Poll, sources: ContentSources
) -> None:
    other = sources.add("https://other.example/feed", interval=timedelta(hours=1))

    assert poll([Item("A", "https://x.example/a", "1")]) == 1
    assert poll([Item("A", "https://x.example/a", "2")], other.id) == 0


def test_two_feeds_may_use_the_same_ids(poll: Poll, sources: ContentSources) -> None:
    other = sources.add("https://other.example/feed", interval=timedelta(hours=1))

    assert poll([Item("A", "https://x.example/a", "1")]) == 1
    assert poll([Item("B", "https://x.example/b", "1")], other.id) == 1


def test_what_has_been_processed_already_is_passed_over(
    poll: Poll, staged: StagedContents, store: RunStore, database: Database
) -> None:
    run = store.start(a_request("https://news.example/2"), DEFAULT_STAGES)

    assert poll(items(2)) == 1

    assert urls(staged) == ["https://news.example/1"]
    with database.read() as connection:
        reasons = select(StagedContentRow.reason).where(StagedContentRow.reason.is_not(None))
        assert connection.scalars(reasons).all() == [f"run #{run.run_id} has processed it"]


def test_what_was_processed_by_hand_while_it_waited_is_not_launched(
    poll: Poll, staged: StagedContents, store: RunStore
) -> None:
    poll(items(2))

    store.start(a_request("https://news.example/2?utm_source=mail"), DEFAULT_STAGES)

    assert urls(staged) == ["https://news.example/1"]


def test_what_was_launched_already_gets_no_second_run_beside_one_by_hand(
    poll: Poll, staged: StagedContents, store: RunStore
) -> None:
    poll(items(1))
    [content] = staged.waiting(100)
    by_hand = store.start(a_request("https://news.example/1"), DEFAULT_STAGES)

    with pytest.raises(AlreadyProcessed) as refused:
        store.start(
            a_request("https://news.example/1", staged_content_id=content.id), DEFAULT_STAGES
        )

    assert refused.value.run_id == by_hand.run_id


def test_an_entry_that_was_processed_as_the_newest_of_its_feed_is_passed_over(
    poll: Poll, staged: StagedContents, store: RunStore
) -> None:
    run = store.start(a_request("https://news.example/feed"), DEFAULT_STAGES)
    run.become_run_of("https://news.example/2", the_only_one=False)

    poll(items(2))

    assert urls(staged) == ["https://news.example/1"]


def test_what_waits_is_listed_until_its_run_has_begun(
    poll: Poll, staged: StagedContents, store: RunStore, database: Database
) -> None:
    poll(items(2))
    [first, second] = staged.waiting(100)
    assert [waiting.id for waiting in staged.waiting(1)] == [first.id]

    run_id = begin_run(store, staged, first.id)

    assert [waiting.id for waiting in staged.waiting(100)] == [second.id]
    with database.session() as session:
        run = session.get_one(PipelineRun, run_id)
        assert run.staged_content is not None
        assert run.staged_content.source_url == run.source_url == first.source_url
        assert run.staged_content.title == "Story 1"


def test_an_entry_whose_run_begins_while_others_are_listed_is_not_called_processed_by_hand(
    poll: Poll, staged: StagedContents, store: RunStore, database: Database
) -> None:
    poll(items(1))
    [waiting] = staged.waiting(1)

    def begin(*_: object) -> None:
        begin_run(store, staged, waiting.id)

    if not database.is_sqlite:
        # Between the first statement and the second; SQLite lets nobody write until the last.
        event.listen(database.engine, "after_cursor_execute", begin, once=True)
        staged.waiting(1)
    else:
        begin()
    staged.waiting(1)

    with database.read() as connection:
        [row] = connection.execute(select(StagedContentRow.status, StagedContentRow.reason)).all()
    assert tuple(row) == (StagedStatus.TAKEN, None)


def test_of_several_workers_that_were_launched_for_it_one_begins_a_run(
    poll: Poll, store: RunStore, staged: StagedContents
) -> None:
    poll(items(1), first=1)
    [waiting] = staged.waiting(10)

    def begin(_number: int) -> int | None:
        with suppress(AlreadyProcessed):
            return begin_run(store, staged, waiting.id)
        return None

    begun = all_at_once(4, begin)

    assert len([run_id for run_id in begun if run_id is not None]) == 1


def test_it_is_not_launched_again_when_its_run_is_deleted(
    poll: Poll, staged: StagedContents, store: RunStore, database: Database
) -> None:
    poll(items(1))
    [waiting] = staged.waiting(1)
    begin_run(store, staged, waiting.id)
    staged.waiting(1)
    with database.write() as connection:
        connection.execute(PipelineRun.__table__.delete())

    assert list(staged.waiting(1)) == []
    assert poll(items(1)) == 0


def test_the_entry_is_kept_as_the_feed_had_it(poll: Poll, staged: StagedContents) -> None:
    poll([Item("A", "https://x.example/a", "a")])
    [waiting] = staged.waiting(1)

    entry = staged.entry(waiting.id)

    assert (entry.title, entry.site_name) == ("A", "Harbour News")
    assert entry.html is not None
    with pytest.raises(InvalidSource, match="no staged content #999"):
        staged.entry(999)


def test_of_a_paused_source_nothing_is_listed(
    poll: Poll, staged: StagedContents, sources: ContentSources, source: ContentSource
) -> None:
    poll(items(2))

    sources.pause(source.id)
    assert urls(staged) == []
    sources.resume(source.id)
    assert len(urls(staged)) == 2


def test_of_a_removed_source_nothing_is_launched_nor_staged_again_when_it_comes_back(
    poll: Poll, staged: StagedContents, sources: ContentSources, source: ContentSource
) -> None:
    poll(items(2))
    sources.remove(source.id)
    assert urls(staged) == []

    back = sources.add(URL, interval=timedelta(hours=1))

    assert poll(items(3), back.id) == 1
    assert urls(staged) == ["https://news.example/3"]


def test_what_never_began_is_given_up(
    poll: Poll, staged: StagedContents, database: Database
) -> None:
    poll(items(1))
    [waiting] = staged.waiting(1)

    staged.give_up(waiting.id, "it was launched 3 times")

    assert urls(staged) == []
    with database.read() as connection:
        [row] = connection.execute(select(StagedContentRow.status, StagedContentRow.reason)).all()
    assert tuple(row) == (StagedStatus.GIVEN_UP, "it was launched 3 times")


def test_a_poll_that_finds_nothing_new_keeps_what_it_was_told(
    poll: Poll, staged: StagedContents, sources: ContentSources, source: ContentSource
) -> None:
    sources.record_failure(source, "HTTP 500", timedelta(hours=1))
    poll(items(1))
    known = sources.get(source.id)

    staged.record_poll(known, None, known.validators, newest_at_first=3)

    now = sources.get(source.id)
    assert (now.validators.etag, now.title, now.read_at) == ('"1"', "Harbour News", known.read_at)
    assert (now.failures, now.last_error) == (0, None)
    assert now.polled_at is not None
    assert known.polled_at is not None
    assert now.polled_at > known.polled_at


def test_a_source_that_is_removed_while_it_is_polled_stages_nothing(
    staged: StagedContents, sources: ContentSources, source: ContentSource
) -> None:
    feed = read_feed(rss(items(1)).encode(), source=URL)
    sources.remove(source.id)

    with pytest.raises(ContentSourceNotFound):
        staged.record_poll(source, feed, Validators(), newest_at_first=3)


def test_feeds_that_bring_the_same_articles_at_once_stage_each_of_them_once(
    staged: StagedContents, sources: ContentSources
) -> None:
    entries = [replace(item, published=None) for item in items(40)]
    feeds = [
        (
            sources.add(f"https://{number}.example/feed", interval=timedelta(hours=1)),
            read_feed(rss(entries[:: 1 if number % 2 else -1]).encode(), source=URL),
        )
        for number in range(4)
    ]

    counts = all_at_once(
        4, lambda number: staged.record_poll(*feeds[number], Validators(), newest_at_first=40)
    )

    assert sum(count for count in counts if isinstance(count, int)) == 40, counts
    assert len(set(urls(staged))) == 40
