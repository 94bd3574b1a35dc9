"""The programs behind Dagster's UI: those of `scribe-dagster dev`, and those of a deployment."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from fakes.dagster_ui import JOBS, DagsterUi

DEPLOY = Path(__file__).parents[2] / "deploy"

_START_PATIENCE = 120


@contextmanager
def dagster_dev(
    programs: Path, environment: Mapping[str, str], folder: Path
) -> Iterator[DagsterUi]:
    """Run `scribe-dagster dev` for as long as the context lasts.

    Args:
        programs: The folder that ``scribe-dagster`` and its like are installed in.
        environment: What to add to the environment.
        folder: The working directory.
    """
    port = _free_port()
    command = [str(programs / "scribe-dagster"), "dev", "--port", str(port)]
    with _serving(port, [command], environment, folder) as ui:
        yield ui


@contextmanager
def deployment(programs: Path, environment: Mapping[str, str], folder: Path) -> Iterator[DagsterUi]:
    """Start the three programs of deploy/README.md, by its very lines, on ports of their own.

    Args:
        programs: The folder that ``dagster`` and its like are installed in.
        environment: DAGSTER_HOME and SCRIBE_DATABASE_URL, among others.
        folder: The working directory.
    """
    code, web = _free_port(), _free_port()
    workspace = (DEPLOY / "workspace.yaml").read_text()
    assert "port: 4000" in workspace
    (folder / "workspace.yaml").write_text(workspace.replace("port: 4000", f"port: {code}"))
    lines = re.findall(r"^\$ (dagster.*)$", (DEPLOY / "README.md").read_text(), re.MULTILINE)
    assert len(lines) == 3, lines
    here = {"4000": str(code), "3000": str(web), "deploy/workspace.yaml": "workspace.yaml"}
    commands = []
    for line in lines:
        program, *arguments = line.split()
        commands.append([str(programs / program), *(here.get(word, word) for word in arguments)])
    environment = {**environment, "SCRIBE_CODE_SERVER": "127.0.0.1"}
    with _serving(web, commands, environment, folder) as ui:
        yield ui


@contextmanager
def _serving(
    port: int, commands: Sequence[Sequence[str]], environment: Mapping[str, str], folder: Path
) -> Iterator[DagsterUi]:
    """Run the programs that make up a UI, which listens on ``port``, and wait until it is there."""
    log = folder / "dagster.log"
    servers = []
    try:
        with log.open("wb") as output:
            for command in commands:
                server = subprocess.Popen(
                    command,
                    env={**os.environ, **environment},
                    cwd=folder,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                servers.append(server)
        pids = tuple(server.pid for server in servers)
        ui = DagsterUi(f"http://127.0.0.1:{port}", pids)
        _wait_until_loaded(ui, servers, log)
        yield ui
    finally:
        for server in reversed(servers):
            _stop(server)


def _wait_until_loaded(
    ui: DagsterUi, servers: Sequence[subprocess.Popen[bytes]], log: Path
) -> None:
    deadline = time.monotonic() + _START_PATIENCE
    while time.monotonic() < deadline:
        if any(server.poll() is not None for server in servers):
            raise AssertionError(f"Dagster ended:\n{log.read_text(errors='replace')}")
        try:
            if ui.query(JOBS)["repositoriesOrError"]["nodes"]:
                return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.3)
    raise AssertionError(f"Dagster did not come up:\n{log.read_text(errors='replace')}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    # What it has started itself is in its session.
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(server.pid, signal.SIGINT)
        server.wait(20)
    # A worker that a test has put to sleep hears nothing less.
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
