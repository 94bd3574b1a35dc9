"""What is known of an article on a channel, before and after each call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.payloads import a_written_payload
from sqlalchemy import select, update

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.models import PublishLogRow
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.domain.publication import (
    ChannelCall,
    Publication,
    PublicationStatus,
    Receipt,
)
from scribe_dagster.errors import ErrorKind, NotInDoubt, PublishError

RECEIPT = Receipt(url="https://example.org/clock", external_id="clock")


def said_of(ledger: PublicationLedger, article_id: int, channel: str) -> Publication:
    """What the ledger says of an article that was sent, or was to be."""
    entry = ledger.entry(article_id, channel)
    assert entry is not None
    return entry.publication


def begin(ledger: PublicationLedger, article_id: int, channel: str) -> ChannelCall:
    """Note a call, whatever happened before."""
    return ledger.sending(article_id, channel, ledger.entry(article_id, channel))


@pytest.fixture
def article_id(articles: ArticleStore) -> int:
    return articles.create(a_written_payload()).id


def rows(database: Database) -> list[PublishLogRow]:
    with database.session() as session:
        return list(session.scalars(select(PublishLogRow).order_by(PublishLogRow.id)))


def test_nothing_is_known_of_an_article_that_was_never_sent(
    ledger: PublicationLedger, article_id: int
) -> None:
    assert ledger.entry(article_id, "site") is None


def test_a_call_is_noted_before_it_is_made(ledger: PublicationLedger, article_id: int) -> None:
    ledger.sending(article_id, "site", None)

    assert said_of(ledger, article_id, "site") == Publication(
        channel="site", status=PublicationStatus.SENDING
    )


def test_a_call_that_succeeded_is_noted_with_its_receipt(
    ledger: PublicationLedger, article_id: int
) -> None:
    begin(ledger, article_id, "site")

    publication = ledger.sent(article_id, "site", RECEIPT)

    assert publication == said_of(ledger, article_id, "site")
    assert publication == Publication(
        channel="site",
        status=PublicationStatus.SUCCESS,
        url="https://example.org/clock",
        external_id="clock",
    )


@pytest.mark.parametrize(
    ("outcome_known", "status"),
    [(True, PublicationStatus.FAILURE), (False, PublicationStatus.UNKNOWN)],
)
def test_a_call_that_failed_is_noted_with_its_error_and_whether_the_outcome_is_known(
    database: Database,
    ledger: PublicationLedger,
    article_id: int,
    outcome_known: bool,
    status: PublicationStatus,
) -> None:
    call = begin(ledger, article_id, "site")

    publication = ledger.not_sent(call, "the site is full", outcome_known=outcome_known)

    assert publication == said_of(ledger, article_id, "site")
    assert publication == Publication(channel="site", status=status)
    assert [row.error_message for row in rows(database)] == ["the site is full"]


def test_there_is_one_entry_for_each_article_and_channel(
    database: Database, articles: ArticleStore, ledger: PublicationLedger, article_id: int
) -> None:
    other = articles.create(a_written_payload()).id
    for article, channel in [(article_id, "site"), (article_id, "log"), (other, "site")] * 2:
        begin(ledger, article, channel)

    found = [(row.article_id, row.channel) for row in rows(database)]
    assert found == [(article_id, "site"), (article_id, "log"), (other, "site")]


def test_channels_and_articles_do_not_touch_each_others_entries(
    articles: ArticleStore, ledger: PublicationLedger, article_id: int
) -> None:
    other = articles.create(a_written_payload()).id
    begin(ledger, article_id, "site")
    begin(ledger, article_id, "log")
    call = begin(ledger, other, "site")

    ledger.sent(article_id, "site", RECEIPT)
    ledger.not_sent(call, "the site is full", outcome_known=True)

    assert said_of(ledger, article_id, "log").status is PublicationStatus.SENDING


def test_calls_are_counted_and_a_new_one_forgets_the_old_error(
    database: Database, ledger: PublicationLedger, article_id: int
) -> None:
    call = begin(ledger, article_id, "site")
    ledger.not_sent(call, "the site is full", outcome_known=True)

    begin(ledger, article_id, "site")

    (row,) = rows(database)
    assert (row.attempts, row.status, row.error_message) == (2, PublicationStatus.SENDING, None)


def test_a_success_after_a_failure_leaves_no_error_behind(
    database: Database, ledger: PublicationLedger, article_id: int
) -> None:
    call = begin(ledger, article_id, "site")
    ledger.not_sent(call, "no answer", outcome_known=False)

    ledger.sent(article_id, "site", RECEIPT)

    (row,) = rows(database)
    assert (row.status, row.error_message) == (PublicationStatus.SUCCESS, None)


@pytest.mark.parametrize("outcome_known", [True, False])
def test_an_article_that_has_arrived_stays_arrived_whatever_is_noted_later(
    ledger: PublicationLedger, article_id: int, outcome_known: bool
) -> None:
    call = begin(ledger, article_id, "site")
    arrived = ledger.sent(article_id, "site", RECEIPT)

    ledger.not_sent(call, "too late", outcome_known=outcome_known)

    assert said_of(ledger, article_id, "site") == arrived


def test_an_error_no_database_can_hold_is_noted_all_the_same(
    database: Database, ledger: PublicationLedger, article_id: int
) -> None:
    call = begin(ledger, article_id, "site")

    ledger.not_sent(call, "a\x00b\ud800c", outcome_known=True)

    assert [row.error_message for row in rows(database)] == ["abc"]


# -- Several who send at once ----------------------------------------------------------------------


def test_of_several_who_decided_on_the_same_entry_one_may_send(
    ledger: PublicationLedger, article_id: int
) -> None:
    begin(ledger, article_id, "site")
    seen = ledger.entry(article_id, "site")
    winner = ledger.sending(article_id, "site", seen)

    with pytest.raises(PublishError, match="Somebody else has begun to send article #1 to site"):
        ledger.sending(article_id, "site", seen)

    ledger.confirm(winner)


def test_of_several_who_found_no_entry_one_may_send(
    ledger: PublicationLedger, article_id: int
) -> None:
    winner = ledger.sending(article_id, "site", None)

    with pytest.raises(PublishError) as refused:
        ledger.sending(article_id, "site", None)

    assert refused.value.kind is ErrorKind.TRANSIENT
    ledger.confirm(winner)


def test_whoever_was_overtaken_makes_no_call_and_leaves_the_entry_alone(
    ledger: PublicationLedger, article_id: int
) -> None:
    stalled = begin(ledger, article_id, "site")
    successor = begin(ledger, article_id, "site")

    with pytest.raises(PublishError):
        ledger.confirm(stalled)
    ledger.not_sent(stalled, "woke too late", outcome_known=True)

    assert said_of(ledger, article_id, "site").status is PublicationStatus.SENDING
    ledger.confirm(successor)


def test_what_has_arrived_meanwhile_is_not_sent_again(
    ledger: PublicationLedger, article_id: int
) -> None:
    call = begin(ledger, article_id, "site")
    ledger.sent(article_id, "site", RECEIPT)

    with pytest.raises(PublishError):
        ledger.confirm(call)


def test_an_entry_tells_how_long_it_has_stood_by_the_databases_clock(
    database: Database, ledger: PublicationLedger, article_id: int
) -> None:
    begin(ledger, article_id, "site")
    with database.write() as connection:
        connection.execute(update(PublishLogRow).values(updated_at=database_time(-120)))

    old = ledger.entry(article_id, "site")
    begin(ledger, article_id, "site")
    young = ledger.entry(article_id, "site")

    assert old is not None
    assert young is not None
    assert old.age >= timedelta(seconds=120) > young.age


def test_an_article_is_linked_to_where_it_was_put_on_the_web_first(
    ledger: PublicationLedger, article_id: int
) -> None:
    for channel, url in (
        ("log", None), ("site", "file:///site/clock.html"), ("wordpress", "https://example.org/1"),
        ("ghost", "https://example.org/2"),
    ):  # fmt: skip
        begin(ledger, article_id, channel)
        ledger.sent(article_id, channel, Receipt(url=url))
    ledger.sending(article_id, "telegram", None)

    assert ledger.link(article_id, beside="telegram") == "https://example.org/1"
    assert ledger.link(article_id, beside="wordpress") == "https://example.org/2"
    assert ledger.link(article_id + 1, beside="telegram") is None


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (PublicationStatus.SUCCESS, "is known to be on telegram already"),
        (PublicationStatus.FAILURE, "was refused by telegram. Send it again: scribe-dagster"),
        (None, "was never sent to telegram. Send it: scribe-dagster publish"),
    ],
)
def test_only_what_is_in_doubt_can_have_been_seen(
    ledger: PublicationLedger, article_id: int, status: PublicationStatus | None, told: str
) -> None:
    if status is not None:
        call = ledger.sending(article_id, "telegram", None)
        if status is PublicationStatus.SUCCESS:
            ledger.sent(article_id, "telegram", Receipt(url="https://t.me/keepers/1"))
        else:
            ledger.not_sent(call, "no such chat", outcome_known=True)
    before = ledger.entry(article_id, "telegram")

    with pytest.raises(NotInDoubt, match=told):
        ledger.arrived(article_id, "telegram")

    after = ledger.entry(article_id, "telegram")
    assert (after and after.publication) == (before and before.publication)
