"""What the warm contenders all do: six stages that work on nothing and leave 10 KB each."""

from __future__ import annotations

from scribe_dagster import ContentPayload, Stage, StageError, StageResult, stage

STAGE_NAMES = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")
FAILING_STAGE = "Third"

REQUEST = ContentPayload(source_url="https://example.com/article")

_TEN_KB = "Every sentence is as long as the reader is patient, and no longer. " * 150


def grow(payload: ContentPayload, name: str) -> ContentPayload:
    """Add a stage's share; after the last one the payload holds 60 KB."""
    if name == FAILING_STAGE:
        outage.strike()
    return payload.evolve(extra={**payload.extra, name: _TEN_KB})


class Outage:
    """A switch that makes the third stage fail."""

    is_on = False

    def strike(self) -> None:
        if self.is_on:
            raise StageError("The provider is down.")


# Of the module, for Dagster finds a job that it shall re-execute by the module's name.
outage = Outage()


def _stage_of(name: str) -> Stage:
    @stage(name=name)
    def work(payload: ContentPayload) -> StageResult:
        return StageResult.completed(grow(payload, name), "ten kilobytes more")

    return work


SIX_STAGES = tuple(_stage_of(name) for name in STAGE_NAMES)
