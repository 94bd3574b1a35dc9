"""A database that goes away and comes back: nothing that was paid for is paid for again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI
from fakes.postgres_server import Postgres, postgres_server

from .conftest import EXAMPLE, CommandLine

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

PROCESS = ("scribe-dagster", "process", str(EXAMPLE))
EXECUTE = (
    "dagster",
    *("job", "execute", "-m", "scribe_dagster.definitions", "-j", "content_pipeline"),
    *("-c", "run.yaml"),
)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.mark.parametrize(
    ("command", "dagster_is_there_too"),
    [(PROCESS, False), (PROCESS, True), (EXECUTE, True)],
    ids=["process", "process, Dagster's events in it", "job execute, Dagster's events in it"],
)
def test_a_run_outlasts_a_restart(
    cli: CommandLine,
    openai: FakeOpenAI,
    postgres: Postgres,
    command: tuple[str, ...],
    dagster_is_there_too: bool,
) -> None:
    cli.environment["SCRIBE_DATABASE_URL"] = postgres.url
    if dagster_is_there_too:
        cli.keep_dagster_in_postgres()
    (cli.folder / "run.yaml").write_text(f"source_url: {EXAMPLE}")
    assert cli("migrate").code == 0

    with cli.start(*command) as process:
        with openai.holding(IMAGES) as drawing:
            with openai.holding(CHAT) as writing:
                # It comes and goes while a stage waits for its model.
                assert writing.wait(60)
                postgres.stop()
                postgres.start()
            assert drawing.wait(60)
            postgres.stop()
        # It is away when a stage has its answer, and stays away for a while.
        time.sleep(3)
        assert process.poll() is None
        postgres.start()
        out, _ = process.communicate(timeout=120)

    assert process.returncode == 0, out
    [run] = cli("runs", "--json").objects
    assert (run["status"], run["attempt"]) == ("completed", 1)
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 1)


def test_what_dagster_cannot_write_down_is_not_paid_for_again(
    cli: CommandLine, openai: FakeOpenAI, postgres: Postgres
) -> None:
    cli.environment["SCRIBE_DATABASE_URL"] = postgres.url
    cli.keep_dagster_in_postgres()
    assert cli("migrate").code == 0

    with cli.start("scribe-dagster", "process", str(EXAMPLE)) as process:
        with openai.holding(CHAT) as writing:
            assert writing.wait(60)
            postgres.execute("ALTER TABLE event_logs RENAME TO event_logs_elsewhere")
        process.communicate(timeout=120)
    postgres.execute("ALTER TABLE event_logs_elsewhere RENAME TO event_logs")

    assert process.returncode == 1
    [run] = cli("runs", "--json").objects
    assert (run["status"], run["error_stage"]) == ("failed", "GenerateImage")
    assert "event_logs" in run["error_message"]
    assert cli("resume", "1").code == 0
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 1)
