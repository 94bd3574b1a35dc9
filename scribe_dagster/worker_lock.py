"""Proof of a worker's death: a lock that its process holds, and loses only by dying.

A lease tells within a minute that a worker is gone. On the same machine the operating system
knows at once: it lets go of a process's file locks whatever way the process ended.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from scribe_dagster.config import Settings
from scribe_dagster.home import make_home


@contextmanager
def hold_worker_lock(settings: Settings, dagster_run_id: str) -> Iterator[None]:
    """Hold the lock of a Dagster run that this process executes, and clear it away afterwards."""
    path = _path(settings, dagster_run_id)
    make_home(settings, path.parent)
    with FileLock(path, thread_local=False):
        _host_of(path).write_text(socket.gethostname(), encoding="utf-8")
        try:
            yield
        finally:
            _clear(path)


def worker_is_gone(settings: Settings, dagster_run_id: str) -> bool:
    """Whether the process that executed a Dagster run on this machine has died.

    False says nothing: it may live, or be on another machine, or hold no such lock.
    """
    path = _path(settings, dagster_run_id)
    with suppress(OSError):
        # A lock on a shared file system may not be seen by other machines.
        if _host_of(path).read_text(encoding="utf-8") != socket.gethostname():
            return False
        try:
            with FileLock(path, timeout=0):
                return True
        except Timeout:
            return False
    return False


def dead_workers(settings: Settings) -> list[str]:
    """List the Dagster runs whose process on this machine has died and left its lock behind."""
    locks = sorted((settings.scribe_home / "workers").glob("*.lock"))
    return [lock.stem for lock in locks if worker_is_gone(settings, lock.stem)]


def clear_worker_lock(settings: Settings, dagster_run_id: str) -> None:
    """Remove what a dead worker has left."""
    _clear(_path(settings, dagster_run_id))


def _path(settings: Settings, dagster_run_id: str) -> Path:
    return settings.scribe_home / "workers" / f"{dagster_run_id}.lock"


def _host_of(lock: Path) -> Path:
    return lock.with_suffix(".host")


def _clear(lock: Path) -> None:
    with suppress(OSError):
        _host_of(lock).unlink(missing_ok=True)
        lock.unlink(missing_ok=True)
