"""A command in a process of its own, and how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from chaos.door import Answer, End
from chaos.patience import PATIENCE, Broken, until

SCRIBE_DAGSTER = (str(Path(sys.executable).with_name("scribe-dagster")),)

_ENDS = {
    0: End.COMPLETED,
    4: End.REFUSED,
    -signal.SIGKILL: End.DIED,
}


@dataclass(frozen=True, slots=True)
class ShellProcess:
    """A process that was started."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(
        cls, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> ShellProcess:
        """Start it, with what it says going to a file."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(command), env=environment, cwd=folder, stdout=output, stderr=output
            )
        return cls(process, log)

    def wait(self) -> Answer:
        """Wait for its end."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Broken(f"a process does not end; it said: {self._said()}") from None
        said = self._said()
        return Answer(_ENDS.get(code, End.FAILED), f"exit {code}: {said}")

    def kill(self) -> None:
        """End it, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _said(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").split("\n")[-12:])


def stop(pid: int) -> None:
    """Put a process to sleep."""
    os.kill(pid, signal.SIGSTOP)


def go_on(pid: int) -> None:
    """Wake a process, once it sleeps."""
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, f"{pid} does not stop")
    os.kill(pid, signal.SIGCONT)


def kill(pid: int) -> None:
    """Kill a process, and wait for its end."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)


def wait_until_gone(pid: int) -> None:
    """Wait until a process is no more, or only waits for its parent to take note."""
    until(lambda: not _runs(pid), f"process {pid} does not end")


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
