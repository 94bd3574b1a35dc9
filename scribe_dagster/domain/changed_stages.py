"""Where a run goes on when the pipeline's stages are no longer those it was started with."""

from __future__ import annotations

from collections.abc import Sequence


def where_to_go_on(then: Sequence[str], index: int, now: Sequence[str]) -> int | None:
    """Return the position among today's stages at which a run goes on.

    It is that of the stage it stands at. Where that one is gone, it is the one after the last
    stage that was done and is still there.

    Args:
        then: Names of the stages the run was started with.
        index: Where it stands among them.
        now: Names of today's stages.

    Returns:
        A position in ``now``; None when nothing there tells, or nothing is left to be done.
    """
    if then[index] in now:
        return now.index(then[index])
    after = after_the_last_of(then[:index], now)
    if after == len(now) or (after == 0 and index > 0):
        return None
    return after


def after_the_last_of(done: Sequence[str], now: Sequence[str]) -> int:
    """Return the position after the last of these stages that is still there; 0 if none is."""
    return next((now.index(stage) + 1 for stage in reversed(done) if stage in now), 0)
