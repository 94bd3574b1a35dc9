"""What the operating system knows of a worker: a lock that its process loses only by dying.

A lease tells within a minute that a worker is gone, and may tell so of one that was only asleep,
or cut off from the database. On the same machine the operating system knows better, and at once:
it lets go of a process's file locks whatever way the process ended, and not before.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from scribe_dagster.config import Settings
from scribe_dagster.errors import ConfigurationError
from scribe_dagster.home import make_home

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class WorkerFate(Enum):
    """What is known of the process that executes a Dagster run."""

    GONE = auto()
    """It has died."""
    ALIVE = auto()
    """It has not, however long it has been silent."""
    UNKNOWN = auto()
    """It is on another machine, or holds no such lock."""


@contextmanager
def hold_worker_lock(settings: Settings, dagster_run_id: str) -> Iterator[None]:
    """Hold the lock of a Dagster run that this process executes, and clear it away afterwards.

    Where there can be no lock, on a file system that has none for instance, there is none: the
    lease tells the same, if later.
    """
    path = _path(settings, dagster_run_id)
    lock = _lock(path, thread_local=False)
    with suppress(OSError, ConfigurationError):
        make_home(settings, path.parent)
        lock.acquire()
        _machine_of(path).write_text(_this_machine(), encoding="utf-8")
    try:
        yield
    finally:
        if lock.is_locked:
            _clear(path)
        with suppress(OSError):
            lock.release()


def fate_of_worker(settings: Settings, dagster_run_id: str) -> WorkerFate:
    """Tell what is known of the process that executes, or executed, a Dagster run."""
    path = _path(settings, dagster_run_id)
    try:
        # A lock on a shared folder may be one that other machines do not see.
        if _machine_of(path).read_text(encoding="utf-8") != _this_machine():
            return WorkerFate.UNKNOWN
        # Somebody else who asks holds it for a moment as well.
        with _lock(path, timeout=0.05, poll_interval=0.02):
            return WorkerFate.GONE
    except Timeout:
        return WorkerFate.ALIVE
    except OSError:
        return WorkerFate.UNKNOWN


def dead_workers(settings: Settings) -> list[str]:
    """List the Dagster runs whose process on this machine has died and left its lock behind."""
    locks = sorted((settings.scribe_home / "workers").glob("*.lock"))
    return [lock.stem for lock in locks if fate_of_worker(settings, lock.stem) is WorkerFate.GONE]


def clear_worker_lock(settings: Settings, dagster_run_id: str) -> None:
    """Remove what a dead worker has left."""
    _clear(_path(settings, dagster_run_id))


def _lock(path: Path, **options: Any) -> BaseFileLock:
    # What filelock falls back to, a mere file, would outlive the process and call it alive.
    return FileLock(path, fallback_to_soft=False, **options)


def _path(settings: Settings, dagster_run_id: str) -> Path:
    return settings.scribe_home / "workers" / f"{dagster_run_id}.lock"


def _machine_of(lock: Path) -> Path:
    return lock.with_suffix(".machine")


def _this_machine() -> str:
    """Return what two machines never share, and two processes that see each other's locks do.

    Machines, or containers, may well be called the same; what was booted once has one kernel, and
    one table of locks. Where there is no such id, the name has to do.
    """
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()


def _clear(lock: Path) -> None:
    with suppress(OSError):
        _machine_of(lock).unlink(missing_ok=True)
        lock.unlink(missing_ok=True)
