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
    for done in reversed(then[:index]):
        if done in now:
            after = now.index(done) + 1
            return after if after < len(now) else None
    return 0 if index == 0 else None
