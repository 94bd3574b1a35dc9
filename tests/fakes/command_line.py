"""The product's commands, run as a user's shell would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "article.html"

# Long enough for a cold start of Dagster on a busy machine; nothing here is timed.
_PATIENCE = 120


PROGRAMS = Path(sys.executable).parent
"""Where this Python environment has put its commands."""


@dataclass
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class CommandLine:
    """Runs commands in an environment of one's own."""

    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Outcome:
        return self.run("scribe-dagster", *arguments, stdin=stdin, **environment)

    def run(self, program: str, *arguments: str, stdin: str = "", **environment: str) -> Outcome:
        done = subprocess.run(
            [str(PROGRAMS / program), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, **self.environment, **environment},
            cwd=self.folder,
            timeout=_PATIENCE,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def start(self, program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start a program and leave it running, for as long as the context lasts."""
        process = subprocess.Popen(
            [PROGRAMS / program, *arguments],
            env={**os.environ, **self.environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def keep_dagster_in_postgres(self) -> None:
        """Give it the DAGSTER_HOME of a deployment: events are stored beside our own tables."""
        home = self.folder / "dagster-home"
        home.mkdir()
        shutil.copy(REPOSITORY / "deploy" / "dagster.yaml", home)
        self.environment["DAGSTER_HOME"] = str(home)
