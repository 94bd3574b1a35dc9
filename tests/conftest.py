"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.command_line import PROGRAMS, CommandLine
from fakes.dagster_servers import dagster_dev
from fakes.dagster_ui import DagsterUi
from fakes.openai_server import FakeOpenAI, fake_openai
from fakes.postgres_server import postgres_server
from hypothesis import settings as hypothesis

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database

# pytest --hypothesis-profile=thorough looks twenty times as long.
hypothesis.register_profile("thorough", max_examples=2_000, stateful_step_count=80, deadline=None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh SCRIBE_HOME, with no setting of the developer's own in the way."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    # Test servers listen on loopback, where strangers' addresses may not lead, and know nothing of
    # robots.txt.
    monkeypatch.setenv("SCRIBE_ALLOW_HOSTS", "127.0.0.1")
    monkeypatch.setenv("SCRIBE_RESPECT_ROBOTS", "false")
    folder = tmp_path / "scribe-home"
    monkeypatch.setenv("SCRIBE_HOME", str(folder))
    # Away from any .env file.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return folder


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings.load()


@pytest.fixture
def cli(home: Path) -> CommandLine:
    return CommandLine(folder=Path.cwd(), environment={"COLUMNS": "200"})


@pytest.fixture
def openai(cli: CommandLine) -> Iterator[FakeOpenAI]:
    """An OpenAI-compatible server that the command line is pointed at."""
    with fake_openai() as fake:
        cli.environment |= fake.settings
        yield fake


@pytest.fixture
def ui(cli: CommandLine, openai: FakeOpenAI) -> Iterator[DagsterUi]:
    """A running `scribe-dagster dev`, over the same runs as the command line."""
    # On a slow machine the daemon would be there before whoever presses the button.
    cli.environment["PIPELINE_AUTO_RESUME"] = "0"
    with dagster_dev(PROGRAMS, cli.environment, cli.folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server, started once for the whole session."""
    with postgres_server() as server:
        yield server.url


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """An empty PostgreSQL database."""
    from uuid import uuid4

    from sqlalchemy import create_engine, make_url, text

    server = make_url(postgres_url)
    name = f"test_{uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind we support."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def empty_database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def database(empty_database: Database) -> Database:
    """A database of each kind, migrated."""
    from scribe_dagster.db import schema

    schema.migrate(empty_database)
    return empty_database
