"""Rows nobody has thought of: workers are killed at random moments, and their resumers too."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from chaos.cell import Cell
from chaos.outside_world import CHANNELS
from chaos.scenario import Act, Scenario
from chaos.shell import kill
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.jobs import DEFAULT_STAGES

_LONGEST = 2.5
"""Seconds: what a run takes here, and a little more."""
_LATENCY = 0.15
"""Seconds a call takes, so that a kill may well hit one."""

_PAID = {"AiRewrite": "rewrite", "GenerateImage": "image"}


def random_rows(rounds: int, seed: int) -> Iterator[Scenario]:
    """Make as many rows; the same seed makes the same."""
    chance = random.Random(seed)
    for number in range(1, rounds + 1):
        moments = [chance.uniform(0, _LONGEST) for _ in range(chance.choice((1, 1, 2)))]
        told = ", then ".join(f"{moment:.2f} s" for moment in moments)
        yield Scenario(
            f"Random {seed}/{number}",
            f"killed after {told}",
            _killed_after(moments),
            # Which model may be asked again depends on what was hit: that is seen on the way.
            calls=dict.fromkeys(CHANNELS, 1),
        )


def _killed_after(moments: list[float]) -> Act:
    def act(cell: Cell) -> None:
        cell.world.latency = _LATENCY
        try:
            cell.orders.give("announce", "start.after")
            cell.launch()
            _kill_after(cell, moments[0])
            for moment in moments[1:]:
                if _is_over(cell):
                    return
                cell.orders.give("announce", "claim.after")
                cell.begin_resume()
                _kill_after(cell, moment)
            if not _is_over(cell):
                cell.resume()
        finally:
            cell.world.latency = 0.0

    return act


def _kill_after(cell: Cell, seconds: float) -> None:
    pid = cell.orders.wait_until_obeyed()
    time.sleep(seconds)
    kill(pid)
    _insist_that_what_is_paid_stays_paid(cell)


def _insist_that_what_is_paid_stays_paid(cell: Cell) -> None:
    run = cell.run
    assert run is not None
    for stage, call in _PAID.items():
        if run.current_stage_index > DEFAULT_STAGES.index(stage):
            cell.paid_up.setdefault(call, cell.world.calls[call])


def _is_over(cell: Cell) -> bool:
    run = cell.run
    return run is not None and run.status is PipelineRunStatus.COMPLETED
