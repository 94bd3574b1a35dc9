"""What to do with a source that has been processed before."""

from __future__ import annotations

from enum import StrEnum


class IfExists(StrEnum):
    """What ``process`` does when there is a run of the same canonical URL already."""

    RUN = "run"
    """Process it again: a new run, a new article."""
    SKIP = "skip"
    """Do nothing, and report that run."""
    REUSE = "reuse"
    """Resume that run if it failed; otherwise do nothing, and report it."""
