"""Which execution a side effect belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable


@dataclass(frozen=True, slots=True)
class RunScope:
    """The claim under which a stage acts: this attempt, at this pipeline run.

    ``attempt`` is the fencing token. A store that writes on behalf of a run refuses the write
    when the run has meanwhile been claimed under a later attempt.
    """

    pipeline_run_id: int
    attempt: int


@runtime_checkable
class RunScoped(Protocol):
    """A resource whose writes belong to a pipeline run.

    Stages know no run: before a stage gets such a resource, the stage wrapper binds it to the run
    at hand. An unbound one, as with tracking off, writes on nobody's behalf.
    """

    def for_run(self, scope: RunScope) -> Self:
        """Return the same resource, bound to this run."""
        ...
