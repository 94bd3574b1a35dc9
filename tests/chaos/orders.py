"""Orders to a worker: what to do, and where (see victim/sitecustomize.py)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chaos.patience import until

VICTIM = Path(__file__).with_name("victim")
"""On a process's PYTHONPATH, this folder makes it obey; it brings the recording channels too."""


@dataclass(frozen=True, slots=True)
class Orders:
    """One order at a time, in a file."""

    file: Path

    def give(self, what: Literal["kill", "stop", "announce"], where: str) -> None:
        """Have the next process that comes to a place die, stop, or only tell its pid."""
        self.withdraw()
        draft = self.file.with_suffix(".draft")
        draft.write_text(f"{what} {where}")
        draft.rename(self.file)

    def wait_until_obeyed(self) -> int:
        """Return the pid of the process that obeyed."""
        told = self.file.with_suffix(".pid")
        until(told.exists, f"no worker came to {self._open_order}")
        return int(told.read_text())

    def withdraw(self) -> None:
        """Take back what nobody has obeyed."""
        for file in (self.file, self.file.with_suffix(".pid")):
            file.unlink(missing_ok=True)

    @property
    def _open_order(self) -> str:
        return self.file.read_text() if self.file.exists() else "the place of the order"
