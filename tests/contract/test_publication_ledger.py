"""What is known of an article on a channel, before and after each call."""

from __future__ import annotations

import pytest
from fakes.payloads import a_written_payload
from sqlalchemy import select

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PublishLogRow
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.domain.publication import Publication, PublicationStatus, Receipt

RECEIPT = Receipt(url="https://example.org/clock", external_id="clock")


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
    ledger.sending(article_id, "site")

    assert ledger.entry(article_id, "site") == Publication(
        channel="site", status=PublicationStatus.SENDING
    )


def test_a_call_that_succeeded_is_noted_with_its_receipt(
    ledger: PublicationLedger, article_id: int
) -> None:
    ledger.sending(article_id, "site")

    publication = ledger.sent(article_id, "site", RECEIPT)

    assert publication == ledger.entry(article_id, "site")
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
    ledger.sending(article_id, "site")

    publication = ledger.not_sent(
        article_id, "site", "the site is full", outcome_known=outcome_known
    )

    assert publication == ledger.entry(article_id, "site")
    assert publication == Publication(channel="site", status=status)
    assert [row.error_message for row in rows(database)] == ["the site is full"]


def test_there_is_one_entry_for_each_article_and_channel(
    database: Database, articles: ArticleStore, ledger: PublicationLedger, article_id: int
) -> None:
    other = articles.create(a_written_payload()).id
    for article, channel in [(article_id, "site"), (article_id, "log"), (other, "site")] * 2:
        ledger.sending(article, channel)

    found = [(row.article_id, row.channel) for row in rows(database)]
    assert found == [(article_id, "site"), (article_id, "log"), (other, "site")]


def test_channels_and_articles_do_not_touch_each_others_entries(
    articles: ArticleStore, ledger: PublicationLedger, article_id: int
) -> None:
    other = articles.create(a_written_payload()).id
    for article, channel in [(article_id, "site"), (article_id, "log"), (other, "site")]:
        ledger.sending(article, channel)

    ledger.sent(article_id, "site", RECEIPT)
    ledger.not_sent(other, "site", "the site is full", outcome_known=True)

    entry = ledger.entry(article_id, "log")
    assert entry is not None
    assert entry.status is PublicationStatus.SENDING


def test_calls_are_counted_and_a_new_one_forgets_the_old_error(
    database: Database, ledger: PublicationLedger, article_id: int
) -> None:
    ledger.sending(article_id, "site")
    ledger.not_sent(article_id, "site", "the site is full", outcome_known=True)

    ledger.sending(article_id, "site")

    (row,) = rows(database)
    assert (row.attempts, row.status, row.error_message) == (2, PublicationStatus.SENDING, None)


def test_a_success_after_a_failure_leaves_no_error_behind(
    database: Database, ledger: PublicationLedger, article_id: int
) -> None:
    ledger.sending(article_id, "site")
    ledger.not_sent(article_id, "site", "no answer", outcome_known=False)

    ledger.sent(article_id, "site", RECEIPT)

    (row,) = rows(database)
    assert (row.status, row.error_message) == (PublicationStatus.SUCCESS, None)


@pytest.mark.parametrize("outcome_known", [True, False])
def test_an_article_that_has_arrived_stays_arrived_whatever_is_noted_later(
    ledger: PublicationLedger, article_id: int, outcome_known: bool
) -> None:
    ledger.sending(article_id, "site")
    arrived = ledger.sent(article_id, "site", RECEIPT)

    ledger.not_sent(article_id, "site", "too late", outcome_known=outcome_known)

    assert ledger.entry(article_id, "site") == arrived


def test_an_error_no_database_can_hold_is_noted_all_the_same(
    database: Database, ledger: PublicationLedger, article_id: int
) -> None:
    ledger.sending(article_id, "site")

    ledger.not_sent(article_id, "site", "a\x00b\ud800c", outcome_known=True)

    assert [row.error_message for row in rows(database)] == ["abc"]
