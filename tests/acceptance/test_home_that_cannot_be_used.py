"""A SCRIBE_HOME that cannot hold what it should: said in a line, before anything is paid."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    "arguments", [("process", str(EXAMPLE)), ("runs",), ("resume", "1")], ids=" ".join
)
def test_a_file_that_is_no_database_is_named(
    cli: CommandLine, home: Path, arguments: tuple[str, ...]
) -> None:
    home.mkdir()
    (home / "scribe.db").write_text("this is no database " * 100, "utf-8")

    refused = cli(*arguments)

    assert refused.code == 2
    assert refused.err.startswith(f"✗ The database sqlite:///{home / 'scribe.db'} cannot be used:")
    assert "Traceback" not in refused.err


def test_doctor_sees_that_it_is_no_database(cli: CommandLine, home: Path) -> None:
    home.mkdir()
    (home / "scribe.db").write_text("this is no database " * 100, "utf-8")

    found = cli("doctor")

    assert found.code == 2
    assert "✗ Database" in found.out


def test_a_home_of_dagster_that_cannot_be_opened_is_named_and_nothing_is_begun(
    cli: CommandLine, home: Path
) -> None:
    cli("process", "--text", "")  # makes nothing, and tells so
    (home / "dagster").mkdir(parents=True)
    (home / "dagster" / "history").write_text("a file is in the way", "utf-8")

    refused = cli("process", str(EXAMPLE))

    assert refused.code == 2
    assert f"Dagster's own database, in {home / 'dagster'}, cannot be opened" in refused.err
    assert "Traceback" not in refused.err
    assert cli("runs", "--json").objects == []


def test_a_port_that_is_taken_is_told_before_a_second_daemon_starts(cli: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = cli("dev", "--port", str(taken.getsockname()[1]))

    assert refused.code == 2
    assert "cannot be listened on" in refused.err
