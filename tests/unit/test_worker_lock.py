"""The lock of a worker's process: dead, alive, or nobody knows."""

from __future__ import annotations

import errno
import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.threads import all_at_once

from scribe_dagster import worker_lock
from scribe_dagster.config import Settings
from scribe_dagster.worker_lock import (
    WorkerFate,
    clear_worker_lock,
    dead_workers,
    fate_of_worker,
    hold_worker_lock,
)

HOLD = """
import time
from scribe_dagster.config import Settings
from scribe_dagster.worker_lock import hold_worker_lock
with hold_worker_lock(Settings.load(), "d1"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


@pytest.fixture
def killed(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()


@pytest.mark.usefixtures("worker")
def test_a_worker_that_lives_is_alive(settings: Settings) -> None:
    assert fate_of_worker(settings, "d1") is WorkerFate.ALIVE
    assert dead_workers(settings) == []


@pytest.mark.usefixtures("killed")
def test_a_worker_that_was_killed_is_gone_until_what_it_left_is_cleared_away(
    settings: Settings,
) -> None:
    assert fate_of_worker(settings, "d1") is WorkerFate.GONE
    assert dead_workers(settings) == ["d1"]

    clear_worker_lock(settings, "d1")

    assert fate_of_worker(settings, "d1") is WorkerFate.UNKNOWN
    assert list((settings.scribe_home / "workers").iterdir()) == []


@pytest.mark.usefixtures("killed")
def test_many_may_ask_at_once_and_all_are_told_that_it_is_gone(settings: Settings) -> None:
    fates = all_at_once(4, lambda _: fate_of_worker(settings, "d1"))

    assert fates == [WorkerFate.GONE] * 4


def test_of_a_worker_that_ended_as_it_should_nothing_is_left(settings: Settings) -> None:
    with hold_worker_lock(settings, "d1"):
        pass

    assert fate_of_worker(settings, "d1") is WorkerFate.UNKNOWN
    assert list((settings.scribe_home / "workers").iterdir()) == []


def test_nothing_is_known_of_a_worker_that_held_no_lock(settings: Settings) -> None:
    assert fate_of_worker(settings, "nobody") is WorkerFate.UNKNOWN


@pytest.mark.usefixtures("killed")
def test_a_machine_of_the_same_name_is_another_machine(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where each machine keeps the locks of a shared folder to itself, every lock of the other
    # one looks free.
    other = tmp_path / "boot_id"
    other.write_text("7d6f1a52-52f4-4d0e-8d3b-000000000000\n")
    monkeypatch.setattr(worker_lock, "_BOOT_ID", other)

    assert fate_of_worker(settings, "d1") is WorkerFate.UNKNOWN
    assert dead_workers(settings) == []


def test_where_no_system_tells_which_boot_it_is_the_name_has_to_do(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_lock, "_BOOT_ID", tmp_path / "there is none")

    with hold_worker_lock(settings, "d1"):
        assert fate_of_worker(settings, "d1") is WorkerFate.ALIVE
        monkeypatch.setattr(worker_lock.socket, "gethostname", lambda: "elsewhere")
        assert fate_of_worker(settings, "d1") is WorkerFate.UNKNOWN


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_where_a_file_system_has_no_locks_the_work_is_done_without(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(_fd: int, _operation: int) -> None:
        raise OSError(code, "no locks here")

    with monkeypatch.context() as no_locks:
        no_locks.setattr(fcntl, "flock", refuse)
        with hold_worker_lock(settings, "d1"):
            fate = fate_of_worker(settings, "d1")

    assert fate is WorkerFate.UNKNOWN
    assert dead_workers(settings) == []


def test_where_the_folder_of_the_locks_cannot_be_made_the_work_is_done_without(
    settings: Settings,
) -> None:
    settings.scribe_home.mkdir()
    (settings.scribe_home / "workers").write_text("a file is in the way")

    with hold_worker_lock(settings, "d1"):
        assert fate_of_worker(settings, "d1") is WorkerFate.UNKNOWN


def test_what_the_work_itself_raises_is_not_swallowed(settings: Settings) -> None:
    with pytest.raises(OSError, match="disk full"), hold_worker_lock(settings, "d1"):
        raise OSError("disk full")
