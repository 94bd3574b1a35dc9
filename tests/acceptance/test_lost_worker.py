"""kill -9: the run is not lost, and what was paid for is not paid for again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


@contextmanager
def processing(cli: CommandLine, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`scribe-dagster process`, at work."""
    process = subprocess.Popen(
        [Path(sys.executable).parent / "scribe-dagster", "process", str(EXAMPLE)],
        env={**os.environ, **cli.environment, **environment},
        cwd=cli.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def killed_at_the_image(cli: CommandLine, openai: FakeOpenAI) -> None:
    with openai.holding(IMAGES) as asked, processing(cli) as process:
        assert asked.wait(60)
        process.kill()
        process.wait()


@pytest.mark.usefixtures("killed_at_the_image")
def test_a_run_whose_worker_was_killed_is_resumed_at_once(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    [left] = cli("runs", "--json").objects
    assert left["status"] == "running"

    resumed = cli("resume", "1")

    assert resumed.code == 0, resumed.err
    assert "Failed at:    GenerateImage\n  Error:        The worker was lost" in resumed.out
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 2)
    assert "[2/6]" not in resumed.out


@pytest.mark.usefixtures("killed_at_the_image")
def test_all_that_failed_are_also_those_whose_worker_was_killed(cli: CommandLine) -> None:
    [planned] = cli("resume", "--all-failed", "--plan", "--json").objects

    assert (planned["id"], planned["runs_again"][0]) == (1, "GenerateImage")


@pytest.mark.usefixtures("killed_at_the_image")
def test_reap_frees_it_and_says_what_to_do_next(cli: CommandLine) -> None:
    reaped = cli("reap")

    assert reaped.code == 0
    assert "Freed run #1 at GenerateImage: its process was killed" in reaped.out
    assert "scribe-dagster resume 1" in reaped.out
    [run] = cli("runs", "--json").objects
    assert (run["status"], run["error_kind"]) == ("failed", "lost_worker")
    assert cli("reap").out == "No run is being executed.\n"


def test_a_worker_that_is_only_asleep_is_not_reaped_but_whoever_wants_its_run_gets_it(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    cli.environment["PIPELINE_LEASE_SECONDS"] = "1"
    with processing(cli) as process:
        with openai.holding(IMAGES) as asked:
            assert asked.wait(60)
            process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)

        reaped = cli("reap")
        assert reaped.out == "Still being executed: #1\n"
        assert "Looking again" not in reaped.err
        assert cli("resume", "1").code == 0

        process.send_signal(signal.SIGCONT)
        assert process.wait(60) != 0
    [run] = cli("runs", "--json").objects
    assert (run["status"], run["attempt"]) == ("completed", 2)


def test_reap_looks_twice_before_it_takes_a_worker_of_another_machine_for_dead(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    cli.environment["PIPELINE_LEASE_SECONDS"] = "1"
    with openai.holding(IMAGES) as asked, processing(cli) as process:
        assert asked.wait(60)
        [machine] = (Path(os.environ["SCRIBE_HOME"]) / "workers").glob("*.machine")
        machine.write_text("another one")
        process.kill()
        process.wait()
    time.sleep(1.5)

    reaped = cli("reap")

    assert "Looking again in" in reaped.err
    assert "Freed run #1 at GenerateImage: it has given no sign of life" in reaped.out


def test_a_folder_without_room_for_locks_does_not_keep_anybody_from_working(
    cli: CommandLine,
) -> None:
    home = Path(os.environ["SCRIBE_HOME"])
    home.mkdir()
    (home / "workers").write_text("a file is in the way")

    done = cli("process", str(EXAMPLE))

    assert (done.code, done.err) == (0, "")


def test_a_worker_that_lives_is_not_reaped_nor_its_run_resumed(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    with openai.holding(IMAGES) as asked, processing(cli) as process:
        assert asked.wait(60)

        assert "Still being executed: #1" in cli("reap").out
        refused = cli("resume", "1")
        assert refused.code == 4
        assert "it is being executed right now" in refused.err
        assert process.poll() is None
