"""With tracking off nothing is tracked, and nothing of tracking is needed."""

from __future__ import annotations

import pytest
from dagster import DagsterInstance
from sqlalchemy import inspect, text

from scribe_dagster import ContentPipeline
from scribe_dagster.config import Settings
from scribe_dagster.db import schema
from scribe_dagster.db.database import Database

TRACKING_TABLES = {"pipeline_runs", "pipeline_run_stages"}
STORY = "A title of its own\n\n" + "The tide came in slowly over the flats at dusk. " * 20


@pytest.fixture
def on_shared_database(settings: Settings, database_url: str) -> Settings:
    """Settings for a database of each kind, migrated without the tables of tracking."""
    from pydantic import SecretStr

    database = Database(database_url)
    schema.migrate(database, tracking=False)
    database.close()
    return settings.model_copy(update={"scribe_database_url": SecretStr(database_url)})


def _tables(settings: Settings) -> set[str]:
    with Database.from_settings(settings).read() as connection:
        return set(inspect(connection).get_table_names())


def _close(settings: Settings) -> None:
    Database.from_settings(settings).close()


@pytest.mark.parametrize("switch", ["setting", "method"])
def test_articles_are_made_and_published_where_no_tracking_table_exists(
    on_shared_database: Settings, instance: DagsterInstance, switch: str
) -> None:
    settings = on_shared_database
    if switch == "setting":
        settings = settings.model_copy(update={"pipeline_track_runs": False})
    pipeline = ContentPipeline(settings=settings, instance=instance)
    if switch == "method":
        pipeline = pipeline.without_tracking()

    result = pipeline.process(text=STORY)

    assert result.succeeded
    assert result.run_id is None
    assert not TRACKING_TABLES & _tables(settings)
    with Database.from_settings(settings).read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM articles")) == 1
        statuses = connection.scalars(text("SELECT status FROM publish_logs")).all()
    assert statuses == ["success", "success"]
    _close(settings)


def test_tables_that_are_there_stay_empty(settings: Settings, instance: DagsterInstance) -> None:
    schema.migrate(Database.from_settings(settings))

    ContentPipeline(settings=settings, instance=instance).without_tracking().process(text=STORY)

    with Database.from_settings(settings).read() as connection:
        for table in TRACKING_TABLES:
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_a_failure_is_told_in_the_result_all_the_same(
    settings: Settings, instance: DagsterInstance
) -> None:
    pipeline = ContentPipeline(settings=settings, instance=instance)

    result = pipeline.without_tracking().process("http://127.0.0.1:1/nobody-listens")

    assert result.status == "failed"
    assert result.error_stage == "Scrape"


def test_resume_says_how_to_turn_tracking_on(settings: Settings, instance: DagsterInstance) -> None:
    pipeline = ContentPipeline(settings=settings, instance=instance)

    with pytest.raises(RuntimeError, match="PIPELINE_TRACK_RUNS=true"):
        pipeline.without_tracking().resume(1)


def test_turned_on_again_it_asks_for_the_missing_tables(
    on_shared_database: Settings, instance: DagsterInstance
) -> None:
    from scribe_dagster.errors import NotMigrated

    pipeline = ContentPipeline(settings=on_shared_database, instance=instance)

    with pytest.raises(NotMigrated, match="scribe-dagster migrate"):
        pipeline.process(text=STORY)
    _close(on_shared_database)
