"""Stages that do next to nothing, and write down that they ran."""

from __future__ import annotations

from dataclasses import dataclass, field

from scribe_dagster import ContentPayload, Rejected, Stage, StageError, StageResult, stage
from scribe_dagster.errors import ErrorKind


@dataclass
class Recorder:
    """A resource that remembers which stages ran, in order."""

    ran: list[str] = field(default_factory=list)


def adds(name: str) -> Stage:
    """A stage that leaves its mark in the payload."""

    @stage(name=name)
    def add(payload: ContentPayload, *, log: Recorder) -> StageResult:
        log.ran.append(name)
        return StageResult.completed(
            payload.evolve(extra={**payload.extra, name: True}), f"{name} was here"
        )

    return add


def fails(
    name: str,
    *,
    times: int,
    kind: ErrorKind | None = None,
    retries: int = 0,
    essential: bool = False,
) -> Stage:
    """A stage that fails so many times, then does its work."""
    left = times

    @stage(name=name, retries=retries, essential=essential)
    def fail(payload: ContentPayload, *, log: Recorder) -> StageResult:
        nonlocal left
        log.ran.append(name)
        if left:
            left -= 1
            raise (
                RuntimeError(f"{name} broke")
                if kind is None
                else StageError(f"{name} broke", kind=kind)
            )
        return StageResult.completed(payload, "at last")

    return fail


def rejects(name: str, *reasons: str) -> Stage:
    """A stage that wants nothing to do with it."""

    @stage(name=name)
    def reject(payload: ContentPayload) -> StageResult:
        raise Rejected(*reasons)

    return reject
