"""Whether everything happened exactly once: what was written down against what was called."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from chaos.cell import Cell
from chaos.outside_world import CHANNELS
from chaos.patience import Broken, until
from chaos.shell_doors import CliDoor
from scribe_dagster.domain.publication import PublicationStatus
from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome


@dataclass(frozen=True, slots=True)
class Tally:
    """What a cell used and made."""

    rewrites: int = 0
    images: int = 0
    posts: int = 0
    articles: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.rewrites + other.rewrites,
            self.images + other.images,
            self.posts + other.posts,
            self.articles + other.articles,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a cell came to; without faults it kept the promise."""

    faults: tuple[str, ...] = ()
    tally: Tally = field(default_factory=Tally)

    @property
    def is_good(self) -> bool:
        return not self.faults


def judge(cell: Cell, calls: Mapping[str, int]) -> Verdict:
    """Compare the ledgers of the outside world with what the product has written down.

    Args:
        cell: What happened.
        calls: How often each call must have been made.
    """
    faults = []
    lane = cell.lane
    runs = lane.runs_after(cell.newest_run_before)
    if len(runs) != 1:
        faults.append(f"{len(runs)} runs instead of one")
    for run in runs:
        if run.status is not PipelineRunStatus.COMPLETED:
            faults.append(f"run #{run.id} is {run.status}: {run.error_message}")
        if open_stages := [
            row.stage_name for row in run.stage_attempts if row.outcome is StageOutcome.RUNNING
        ]:
            faults.append(f"its history says that {', '.join(open_stages)} still runs")
        published = lane.publications_of(run.id)
        if published != dict.fromkeys(CHANNELS, str(PublicationStatus.SUCCESS)):
            faults.append(f"its publications are {published}")
    articles = sum(lane.articles_of(run.id) for run in runs)
    if articles != 1:
        faults.append(f"{articles} articles instead of one")
    for name, expected in {**calls, **cell.paid_up}.items():
        if (count := lane.world.calls[name]) != expected:
            faults.append(f"{name} was called {count} times instead of {expected}")
    posts = len(lane.world.posts)
    if posts != len(CHANNELS):
        faults.append(f"{posts} posts instead of {len(CHANNELS)}")
    if not _dagster_is_done(cell):
        # One that was killed before it held a run is of no concern to whoever resumes that run.
        CliDoor(lane).reap()
    if not _dagster_is_done(cell):
        faults.append(f"Dagster still shows as running: {cell.unfinished_dagster_runs}")
    made = lane.world.calls
    return Verdict(tuple(faults), Tally(made["rewrite"], made["image"], posts, articles))


def _dagster_is_done(cell: Cell) -> bool:
    # It writes a run's last event a moment after ours.
    with suppress(Broken):
        until(lambda: not cell.unfinished_dagster_runs, "", patience=5)
    return not cell.unfinished_dagster_runs
