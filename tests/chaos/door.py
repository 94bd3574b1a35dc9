"""What a door is: a way to launch a run, and a way to resume one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from scribe_dagster import PipelineRun


class End(StrEnum):
    """How a worker ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "refused"
    """It was told that the run is not, or no longer, its to execute."""
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Answer:
    """An end, and what was said about it."""

    end: End
    said: str = ""


class Going(Protocol):
    """A worker on its way."""

    def wait(self) -> Answer:
        """Wait for its end."""
        ...


class Door(Protocol):
    """One way to launch and to resume."""

    name: str

    def launch(self) -> Going:
        """Begin a run."""
        ...

    def resume(self, run: PipelineRun | None) -> Going:
        """Go on with a run; with one that never got a row, begin again."""
        ...
