"""Dagster's own database dies in the middle of a run: the run is ours, and is resumed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


def let_it_die() -> None:
    """Take away the tables that Dagster writes to."""
    for file in (Path(os.environ["SCRIBE_HOME"]) / "dagster" / "history").rglob("*.db"):
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            for table in ("event_logs", "runs"):
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.commit()


def test_a_run_is_failed_and_told_of_in_one_line_and_resumed_once_it_is_back(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    with cli.start("scribe-dagster", "process", str(EXAMPLE)) as process:
        with openai.holding(IMAGES) as asked:
            assert asked.wait(60)
            let_it_die()
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "Traceback" not in out
    assert "✗ Failed at OptimiseImage" in out
    assert "Dagster's own database failed in the middle of the run" in out
    assert "Resume it: scribe-dagster resume 1" in out
    [run] = cli("runs", "--json").objects
    assert (run["status"], run["error_kind"]) == ("failed", "transient")
    assert run["error_stage"] == "OptimiseImage"

    # Whoever looks after it puts it right.
    for file in (Path(os.environ["SCRIBE_HOME"]) / "dagster" / "history").rglob("*.db*"):
        file.unlink()
    resumed = cli("resume", "1")

    assert resumed.code == 0, resumed.err
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 1)


def test_nothing_is_begun_when_it_is_dead_already(cli: CommandLine) -> None:
    assert cli("process", str(EXAMPLE)).code == 0
    let_it_die()

    refused = cli("process", str(EXAMPLE))

    assert refused.code == 2
    assert "Traceback" not in refused.err
    assert "Dagster's own database" in refused.err
    assert len(cli("runs", "--json").objects) == 1
