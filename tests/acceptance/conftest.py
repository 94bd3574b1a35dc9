"""The product as its users meet it: a command, in a process of its own."""

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

import pytest
from fakes.openai_server import FakeOpenAI, fake_openai

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "article.html"

# Long enough for a cold start of Dagster on a busy machine; nothing here is timed.
_PATIENCE = 120


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
    """Runs commands as a user's shell would, in an environment of the test's own."""

    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Outcome:
        return self.run("scribe-dagster", *arguments, stdin=stdin, **environment)

    def run(self, program: str, *arguments: str, stdin: str = "", **environment: str) -> Outcome:
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *arguments],
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
            [Path(sys.executable).parent / program, *arguments],
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


@pytest.fixture
def cli(home: Path) -> CommandLine:
    return CommandLine(folder=Path.cwd(), environment={"COLUMNS": "200"})


@pytest.fixture
def openai(cli: CommandLine) -> Iterator[FakeOpenAI]:
    """An OpenAI-compatible server that the command line is pointed at."""
    with fake_openai() as fake:
        cli.environment |= {
            "AI_PROVIDER": "openai",
            "AI_IMAGE_PROVIDER": "openai",
            "OPENAI_BASE_URL": fake.base_url,
            "OPENAI_API_KEY": "sk-test-0123456789abcdef",
            "OPENAI_CONTENT_MODEL": "gpt-4o-mini",
        }
        yield fake
