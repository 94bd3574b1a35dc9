"""The example plugin, installed for real: a source, a stage and a channel from another package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import REPOSITORY, CommandLine

pytestmark = pytest.mark.processes

PLUGIN = REPOSITORY / "examples" / "plugin"
LETTER = str(PLUGIN / "letter.eml")

THROUGH_THE_STAGE = f"""
from scribe_dagster import ContentPipeline

stages = ["Scrape", "AiRewrite", "CreditSource", "CreateArticle", "Publish"]
result = ContentPipeline(stages).process({LETTER!r}, driver="newsletter")
print(result.status)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip has installed the package into."""
    target = tmp_path_factory.mktemp("site-packages")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--target", str(target), str(PLUGIN)),
        ],
        check=True,
        capture_output=True,
    )
    return target


@pytest.fixture
def with_plugin(cli: CommandLine, installed: Path) -> CommandLine:
    paths = [str(installed), os.environ.get("PYTHONPATH", "")]
    cli.environment |= {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PUBLISHER_CHANNELS": "outbox",
        "OUTBOX_DIR": str(cli.folder / "outbox"),
    }
    return cli


def test_what_it_brings_is_listed_with_its_name_and_version(with_plugin: CommandLine) -> None:
    listed = with_plugin("plugins", "--json")

    assert listed.err == ""
    assert {
        (plugin["group"].removeprefix("scribe_dagster."), plugin["name"], plugin["version"])
        for plugin in listed.objects
        if plugin["distribution"] == "scribe-newsletter"
    } == {
        ("sources", "newsletter", "1.0.0"),
        ("stages", "CreditSource", "1.0.0"),
        ("channels", "outbox", "1.0.0"),
    }


def test_its_source_is_read_and_its_channel_published_to(with_plugin: CommandLine) -> None:
    [run] = with_plugin("process", LETTER, "--source", "newsletter", "--json").objects

    assert run["status"] == "completed"
    assert run["payload_snapshot"]["scraped"]["title"] == "The tide mill grinds again"
    [written] = (with_plugin.folder / "outbox").glob("*.json")
    assert json.loads(written.read_text("utf-8"))["source_name"] == "The Harbour Post"


def test_its_channel_shows_what_it_would_write(with_plugin: CommandLine) -> None:
    arguments = ("process", LETTER, "--source", "newsletter")

    done = with_plugin(*arguments, PUBLISHER_DRY_RUN="true")

    assert done.code == 0, done.err
    assert "a dry run: nothing was sent to outbox" in done.out
    assert not (with_plugin.folder / "outbox").exists()


def test_its_stage_takes_part_where_a_pipeline_names_it(with_plugin: CommandLine) -> None:
    done = with_plugin.run("python", "-c", THROUGH_THE_STAGE)

    assert done.out.strip().endswith("completed"), done.err
    [written] = (with_plugin.folder / "outbox").glob("*.json")
    assert (
        "First published by The Harbour Post." in json.loads(written.read_text("utf-8"))["content"]
    )


def test_its_stage_joins_the_pipeline_of_every_door_by_a_setting(with_plugin: CommandLine) -> None:
    with_plugin.environment["PIPELINE_STAGES"] = "Scrape,AiRewrite,CreditSource,CreateArticle"
    config = with_plugin.folder / "run.json"
    config.write_text(json.dumps({"source_url": LETTER, "source": "newsletter"}), "utf-8")

    by_command = with_plugin("process", LETTER, "--source", "newsletter", "--json")
    by_dagster = with_plugin.run(
        *("dagster", "job", "execute", "-m", "scribe_dagster.definitions"),
        *("-j", "content_pipeline", "-c", str(config)),
    )

    assert (by_command.code, by_dagster.code) == (0, 0), by_dagster.err
    runs = with_plugin("runs", "--json").objects
    assert [run["stages"][2] for run in runs] == ["CreditSource", "CreditSource"]
    assert {run["status"] for run in runs} == {"completed"}


def test_a_stage_that_is_not_installed_is_told_before_anything_begins(cli: CommandLine) -> None:
    cli.environment["PIPELINE_STAGES"] = "Scrape,CreditSource"

    refused = cli("process", "--text", "A tide mill grinds again.")

    assert refused.code == 2
    assert "Unknown stage 'CreditSource'. Installed: AiRewrite, CreateArticle" in refused.err


def test_its_settings_may_stand_in_the_env_file(with_plugin: CommandLine) -> None:
    del with_plugin.environment["OUTBOX_DIR"]
    (with_plugin.folder / ".env").write_text("OUTBOX_DIR=from-the-file\n", "utf-8")

    assert with_plugin("process", LETTER, "--source", "newsletter").code == 0
    assert list((with_plugin.folder / "from-the-file").glob("*.json"))


def test_its_own_tests_are_those_that_the_built_in_channels_pass(with_plugin: CommandLine) -> None:
    tested = with_plugin.run(
        "pytest", "-q", "-p", "no:cacheprovider", str(PLUGIN / "tests"), OUTBOX_DIR=""
    )

    assert tested.code == 0, tested.out
    assert " passed" in tested.out


def test_what_it_misses_is_told_before_anything_begins(with_plugin: CommandLine) -> None:
    refused = with_plugin("process", LETTER, "--source", "newsletter", OUTBOX_DIR="")

    assert refused.code == 2
    assert "Invalid settings. OUTBOX_DIR: it is not set." in refused.err
    assert with_plugin("runs", "--json").objects == []


def test_a_letter_that_is_not_there_fails_its_run(with_plugin: CommandLine) -> None:
    failed = with_plugin("process", "nowhere.eml", "--source", "newsletter")

    assert failed.code == 1
    assert "cannot be read: No such file" in failed.out


def test_stages_in_an_impossible_order_are_told_before_anything_is_paid(cli: CommandLine) -> None:
    cli.environment["PIPELINE_STAGES"] = "Scrape,AiRewrite,Publish,CreateArticle"

    refused, checked = cli("process", "--text", "A tide mill grinds again."), cli("doctor")

    assert (refused.code, checked.code) == (2, 2)
    assert "wrong order: Publish stands before CreateArticle" in refused.err
    assert "wrong order: Publish stands before CreateArticle" in checked.out
