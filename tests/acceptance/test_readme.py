"""What the README shows is true: its commands run, its code runs, its settings are the settings."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.openai_server import IMAGES, FakeOpenAI
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.config.channels import ChannelSettings
from scribe_dagster.config.models import ModelSettings

from .conftest import EXAMPLE, REPOSITORY, CommandLine

README = REPOSITORY / "README.md"
RESUMING = REPOSITORY / "docs" / "resuming.md"
FEEDS = REPOSITORY / "docs" / "feeds.md"
PLUGINS = REPOSITORY / "docs" / "plugins.md"
COMMANDS_PAGE = REPOSITORY / "docs" / "commands.md"
SETTINGS_PAGE = REPOSITORY / "docs" / "settings.md"
SETTINGS = re.compile(r"(<!-- settings:.*?-->\n)(.*?)(<!-- /settings -->)", re.DOTALL)

RUN_ELSEWHERE = {
    "make demo": ".ci/run",
    "pip install .": "test_install.py",
    "scribe-dagster dev": "test_dagster_ui.py",
    "scribe-dagster migrate": "test_bad_input.py",
}


def _blocks(language: str, page: Path = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)


def _commands(page: Path) -> list[str]:
    lines = (line for block in _blocks("console", page) for line in block.splitlines())
    return [line.removeprefix("$ ") for line in lines if not line.startswith("$ export ")]


@pytest.mark.processes
@pytest.mark.parametrize("shown", [README, RESUMING, FEEDS], ids=lambda page: page.name)
def test_every_command_shown_runs(
    cli: CommandLine, openai: FakeOpenAI, httpserver: HTTPServer, shown: Path
) -> None:
    page = httpserver.url_for("/article")
    httpserver.expect_request("/article").respond_with_data(
        EXAMPLE.read_bytes(), content_type="text/html"
    )
    feed = httpserver.url_for("/feed.xml")
    httpserver.expect_request("/feed.xml").respond_with_data(
        (REPOSITORY / "examples" / "feed.xml").read_bytes(), content_type="application/atom+xml"
    )
    openai.fail_next(IMAGES, 429, "rate limited")
    [failed] = cli("process", page, "--json").objects
    cli.folder = REPOSITORY

    commands = [command for command in _commands(shown) if command not in RUN_ELSEWHERE]
    assert len(commands) >= 6
    for command in commands:
        told = (
            command.replace("https://example.com/article", page)
            .replace("https://example.com/feed.xml", feed)
            .replace(" 42", f" {failed['id']}")
        )
        done = cli.run(*shlex.split(told))
        assert done.code == 0, (command, done.out, done.err)


@pytest.fixture
def inside_the_repository(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(REPOSITORY)
    return


@pytest.mark.parametrize(
    "code",
    [*_blocks("python"), *_blocks("python", RESUMING), *_blocks("python", PLUGINS)],
    ids=lambda code: code.splitlines()[0][:40],
)
def test_the_python_shown_runs(inside_the_repository: None, code: str) -> None:
    exec(compile(code, str(README), "exec"), {"__name__": "readme"})


def test_the_five_queries_find_what_they_say(
    inside_the_repository: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scribe_dagster import ContentPipeline

    [code] = [block for block in _blocks("python") if "select(PipelineRun)" in block]
    completed = ContentPipeline().process(str(EXAMPLE))
    failures = [ContentPipeline().process("http://127.0.0.1:1/nobody") for _ in range(2)]
    code = code.replace("https://example.com/article", EXAMPLE.as_uri())
    found: dict[str, object] = {"__name__": "readme"}

    exec(compile(code, str(README), "exec"), found)

    def ids(name: str) -> list[int]:
        return [run.id for run in found[name]]  # type: ignore[attr-defined]

    failed_ids = [failure.run_id for failure in failures]
    assert ids("failed") == ids("resumable") == failed_ids
    assert ids("recent") == [completed.run_id]
    assert found["run"].id == completed.run_id  # type: ignore[attr-defined]
    assert found["latest"].id == failed_ids[-1]  # type: ignore[attr-defined]


def test_the_pictures_shown_are_there_and_light() -> None:
    pictures = re.findall(r"docs/screenshots/[\w.-]+", README.read_text("utf-8"))
    sizes = {picture: (REPOSITORY / picture).stat().st_size for picture in pictures}

    assert len(sizes) == 4
    assert max(sizes.values()) < 200_000, sizes


def settings_table() -> str:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    fields = Settings.model_fields
    own = [name for name in fields if name not in ModelSettings.model_fields]
    for name in (*own, *ModelSettings.model_fields):
        if name in ChannelSettings.model_fields:
            continue
        field = fields[name]
        default = field.default
        if default is None:
            shown = ""
        elif isinstance(default, bool):
            shown = str(default).lower()
        elif isinstance(default, tuple):
            shown = ",".join(map(str, default))
        else:
            shown = str(default)
        rows.append(f"| `{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_the_commands_listed_are_those_of_the_program() -> None:
    listed = subprocess.run(
        [
            *(sys.executable, "-m", "typer", "scribe_dagster.cli.app", "utils", "docs"),
            *("--name", "scribe-dagster", "--title", "Commands"),
        ],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "100"},
    ).stdout
    # To bring the page up to date: UPDATE_README=1 pytest tests/acceptance/test_readme.py
    if os.environ.get("UPDATE_README"):
        COMMANDS_PAGE.write_text(listed, "utf-8")

    assert COMMANDS_PAGE.read_text("utf-8") == listed


def test_the_settings_listed_are_the_settings() -> None:
    text = SETTINGS_PAGE.read_text("utf-8")
    # To bring the list up to date: UPDATE_README=1 pytest tests/acceptance/test_readme.py
    if os.environ.get("UPDATE_README"):
        text = SETTINGS.sub(rf"\g<1>{settings_table()}\g<3>", text)
        SETTINGS_PAGE.write_text(text, "utf-8")

    listed = SETTINGS.search(text)

    assert listed is not None
    assert listed[2] == settings_table()
