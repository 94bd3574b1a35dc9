"""What was staged before there were feeds is kept, and so is every link to it."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from fakes.payloads import a_request
from fakes.runs import STAGES
from sqlalchemy import text

from scribe_dagster.db import schema
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.staged_contents import StagedContents

URL = "https://example.org/staged"
OTHER = "https://example.org/other"


def downgrade(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "scribe_dagster.db:migrations")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_a_run_keeps_its_staged_content_and_nothing_old_is_launched(
    database: Database, store: RunStore
) -> None:
    downgrade(database, "content@content_0001")
    moment = "2026-01-01 00:00:00.000000"
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO staged_contents (id, source_url, title, created_at) VALUES "
                f"(7, '{URL}', 'Old', '{moment}'), (8, '{OTHER}', NULL, '{moment}')"
            )
        )
    begun = store.start(a_request(URL, staged_content_id=7), STAGES)

    schema.migrate(database)

    with database.session() as session:
        run = session.get_one(PipelineRun, begun.run_id)
        assert run.staged_content is not None
        assert (run.staged_content.id, run.staged_content.title) == (7, "Old")
    assert list(StagedContents(database).waiting(10)) == []
    later = store.start(a_request(OTHER, staged_content_id=8), STAGES)
    assert store.get(later.run_id).staged_content_id == 8


def test_it_can_be_undone_and_done_again(database: Database) -> None:
    downgrade(database, "content@content_0001")
    assert "content_0001" in schema.applied(database)

    schema.migrate(database)

    schema.check(database, tracking=True)
