"""What becomes of content that was staged."""

from __future__ import annotations

from enum import StrEnum


class StagedStatus(StrEnum):
    """Whether staged content gets a run."""

    WAITING = "waiting"
    """Its run is to be launched."""
    TAKEN = "taken"
    """A pipeline run has begun; it links back."""
    PASSED_OVER = "passed_over"
    """It gets none: it was there before its source was, or has been processed already."""
    GIVEN_UP = "given_up"
    """What was launched for it never began."""
