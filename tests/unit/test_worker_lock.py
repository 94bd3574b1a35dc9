"""The lock of a worker's process proves its death, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.worker_lock import clear_worker_lock, hold_worker_lock, worker_is_gone

HOLD = """
import sys, time
from scribe_dagster.config import Settings
from scribe_dagster.worker_lock import hold_worker_lock
with hold_worker_lock(Settings.load(), "d1"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def worker(settings: Settings) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_worker_that_lives_is_not_gone(
    settings: Settings, worker: subprocess.Popen[bytes]
) -> None:
    assert not worker_is_gone(settings, "d1")

    worker.kill()
    worker.communicate()


def test_a_worker_that_was_killed_is_gone_until_what_it_left_is_cleared_away(
    settings: Settings, worker: subprocess.Popen[bytes]
) -> None:
    worker.kill()
    worker.communicate()

    assert worker_is_gone(settings, "d1")
    clear_worker_lock(settings, "d1")
    assert not worker_is_gone(settings, "d1")
    assert list((settings.scribe_home / "workers").iterdir()) == []


def test_of_a_worker_that_ended_as_it_should_nothing_is_left(settings: Settings) -> None:
    with hold_worker_lock(settings, "d1"):
        pass

    assert not worker_is_gone(settings, "d1")
    assert list((settings.scribe_home / "workers").iterdir()) == []


def test_nothing_is_known_of_a_worker_of_another_machine(
    settings: Settings, worker: subprocess.Popen[bytes]
) -> None:
    worker.kill()
    worker.communicate()
    (settings.scribe_home / "workers" / "d1.host").write_text("elsewhere")

    assert not worker_is_gone(settings, "d1")


def test_nothing_is_known_of_a_worker_that_held_no_lock(settings: Settings) -> None:
    assert not worker_is_gone(settings, "nobody")
