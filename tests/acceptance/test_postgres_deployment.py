"""Dagster's tables and ours in one PostgreSQL database, by deploy/dagster.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from scribe_dagster.db.models import Base

from .conftest import EXAMPLE, CommandLine

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

OUR_TABLES = {*Base.metadata.tables, "scribe_alembic_version"}
DAGSTERS_TABLES = {"runs", "event_logs", "job_ticks", "alembic_version"}


@pytest.fixture
def shared(cli: CommandLine, empty_postgres_url: str) -> CommandLine:
    cli.environment["SCRIBE_DATABASE_URL"] = empty_postgres_url
    cli.keep_dagster_in_postgres()
    return cli


@pytest.fixture
def connection(empty_postgres_url: str) -> Iterator[Connection]:
    engine = create_engine(empty_postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as opened:
        yield opened
    engine.dispose()


@pytest.mark.parametrize("first", ["Dagster", "scribe-dagster"])
def test_each_side_migrates_its_own_tables_whichever_comes_first(
    shared: CommandLine, connection: Connection, first: str
) -> None:
    def migrate_ours() -> None:
        assert shared("migrate").code == 0

    def migrate_dagsters() -> None:
        # It makes its tables when it is first opened.
        opened = shared.run("dagster", "instance", "info")
        assert opened.code == 0, opened.err
        assert "PostgresEventLogStorage" in opened.out

    steps = [migrate_dagsters, migrate_ours]
    for step in steps if first == "Dagster" else reversed(steps):
        step()
    versions = {
        table: connection.scalars(text(f"SELECT version_num FROM {table}")).all()
        for table in ("alembic_version", "scribe_alembic_version")
    }

    # Neither finds anything left to do, and neither touches what is the other's.
    again = shared.run("dagster", "instance", "migrate")
    assert again.code == 0, again.err
    assert "up to date" in shared("migrate").out
    assert set(inspect(connection).get_table_names()) >= OUR_TABLES | DAGSTERS_TABLES
    for table, version in versions.items():
        assert connection.scalars(text(f"SELECT version_num FROM {table}")).all() == version
    assert shared("process", str(EXAMPLE)).code == 0


def test_a_job_that_dagster_executes_is_tracked_and_resumed(
    shared: CommandLine, openai: FakeOpenAI
) -> None:
    shared("migrate")
    (shared.folder / "run.yaml").write_text(f"source_url: {EXAMPLE}")
    openai.fail_next(IMAGES, 429, "rate limited")

    executed = shared.run(
        "dagster",
        *("job", "execute", "-m", "scribe_dagster.definitions", "-j", "content_pipeline"),
        *("-c", "run.yaml"),
    )

    assert executed.code == 1
    [failed] = shared("runs", "--json").objects
    assert (failed["status"], failed["error_stage"]) == ("failed", "GenerateImage")
    assert shared("resume", "1").code == 0
    [run] = shared("runs", "--json").objects
    assert (run["status"], run["attempt"]) == ("completed", 2)
    assert openai.count(CHAT) == 1


def test_machines_that_start_at_once_on_an_empty_database_all_get_their_run(
    shared: CommandLine,
) -> None:
    def start(machine: int) -> int:
        home = str(shared.folder / f"machine-{machine}")
        return shared("process", str(EXAMPLE), SCRIBE_HOME=home).code

    with ThreadPoolExecutor(3) as machines:
        migrated = machines.map(lambda _: shared("migrate").code, range(3))
        assert list(migrated) == [0, 0, 0]
        # Dagster's tables are not there yet: each of them finds that out, and makes them.
        assert list(machines.map(start, range(3))) == [0, 0, 0]

    assert {run["status"] for run in shared("runs", "--json").objects} == {"completed"}


def test_a_user_who_may_not_create_tables_is_told_so_and_can_work_once_they_are_there(
    shared: CommandLine, connection: Connection, empty_postgres_url: str
) -> None:
    owner = empty_postgres_url
    worker = make_url(owner).set(username="worker").render_as_string(hide_password=False)
    connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    connection.execute(text("DROP ROLE IF EXISTS worker"))
    connection.execute(text("CREATE ROLE worker LOGIN"))

    refused = shared("migrate", SCRIBE_DATABASE_URL=worker)
    assert refused.code == 2
    assert "permission denied for schema public" in refused.err
    assert "Traceback" not in refused.err

    assert shared("migrate").code == 0
    assert shared.run("dagster", "instance", "info").code == 0
    connection.execute(
        text("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO worker")
    )
    connection.execute(text("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO worker"))
    done = shared("process", str(EXAMPLE), SCRIBE_DATABASE_URL=worker)
    connection.execute(text("DROP OWNED BY worker"))
    connection.execute(text("DROP ROLE worker"))
    assert done.code == 0, done.err


def test_a_variable_that_dagster_lacks_is_named(shared: CommandLine) -> None:
    del shared.environment["SCRIBE_DATABASE_URL"]

    refused = shared("process", str(EXAMPLE))

    assert refused.code == 2
    assert '"SCRIBE_DATABASE_URL" which is not set' in refused.err
    assert "Traceback" not in refused.err
