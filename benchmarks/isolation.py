"""A place of its own for everything that is measured: no setting, no home, no terminal of yours."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scribe_dagster.config import Settings

REPOSITORY = Path(__file__).parents[1]

_BIN = Path(sys.executable).parent


@contextmanager
def isolated() -> Iterator[Path]:
    """Move into an empty temporary folder (set TMPDIR to choose the disk), away from any .env.

    Processes started from here inherit an environment in which neither scribe-dagster nor Dagster
    nor Python is configured, and nobody reports home. All of them keep their compiled modules, in
    this folder: where that is forbidden, an editable install would be compiled at every start.
    """
    came_from = Path.cwd()
    for name in list(os.environ):
        if name.startswith(("DAGSTER_", "PYTHON")) or name.lower() in Settings.model_fields:
            del os.environ[name]
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ["PYTHONPATH"] = str(REPOSITORY)
    with tempfile.TemporaryDirectory(prefix="scribe-bench-", ignore_cleanup_errors=True) as folder:
        # Even what forgets to name its home ends up here.
        os.environ["SCRIBE_HOME"] = str(Path(folder) / "unnamed")
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(came_from)


def run_program(program: str, *arguments: str, **environment: str | Path) -> None:
    """Run a program of this Python environment to its end; a failure shows what it had to say."""
    _run([str(_BIN / program), *arguments], environment)


def run_python(code: str, **environment: str | Path) -> None:
    """Run a few lines of Python in a process of their own."""
    _run([sys.executable, "-c", code], environment)


def _run(command: list[str], environment: Mapping[str, str | Path]) -> None:
    given = {name: str(value) for name, value in environment.items()}
    done = subprocess.run(
        command, env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")


@contextmanager
def silenced() -> Iterator[None]:
    """Send standard output and error nowhere: Dagster logs to them as it ships, and so it shall.

    The file descriptors themselves are redirected, for Dagster's capture of a run's output does
    the same and would otherwise copy it to the terminal.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        for descriptor in (nowhere, *kept):
            os.close(descriptor)
