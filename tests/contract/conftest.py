from __future__ import annotations

import pytest

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.db.run_store import RunStore


@pytest.fixture
def store(database: Database) -> RunStore:
    return RunStore(database)


@pytest.fixture
def articles(database: Database) -> ArticleStore:
    return ArticleStore(database)


@pytest.fixture
def ledger(database: Database) -> PublicationLedger:
    return PublicationLedger(database)
