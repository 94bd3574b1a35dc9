"""A cell: one scenario, through one door, over one database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chaos.door import Answer, Door, End, Going
from chaos.lane import Lane
from chaos.orders import Orders
from chaos.outside_world import HeldCall, OutsideWorld
from chaos.patience import Broken
from chaos.shell import kill, wait_until_gone
from scribe_dagster import PipelineRun


@dataclass
class Cell:
    """What a scenario has at hand."""

    lane: Lane
    door: Door
    others: Mapping[str, Door]
    """All doors of the lane, by name."""
    paid_up: dict[str, int] = field(default_factory=dict)
    """Calls that must not be made again, and how often they had been by then."""
    newest_run_before: int = field(init=False)
    """Later runs are this cell's."""
    _unfinished_before: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.newest_run_before = self.lane.newest_run_id()
        self._unfinished_before = self.lane.unfinished_dagster_runs()

    @property
    def world(self) -> OutsideWorld:
        return self.lane.world

    @property
    def orders(self) -> Orders:
        return self.lane.orders

    @property
    def run(self) -> PipelineRun | None:
        """The run that this cell is about, if it has a row by now."""
        runs = self.lane.runs_after(self.newest_run_before)
        return runs[0] if runs else None

    @property
    def run_id(self) -> int:
        run = self.run
        if run is None:
            raise Broken("there is no row")
        return run.id

    @property
    def unfinished_dagster_runs(self) -> set[str]:
        """Dagster runs of this cell that look as if they were still going on."""
        return self.lane.unfinished_dagster_runs() - self._unfinished_before

    @property
    def written(self) -> tuple[object, ...]:
        """What the run's row says, and what the channels show."""
        run = self.run
        assert run is not None
        return run.status, run.attempt, run.completed_at, run.updated_at, len(self.world.posts)

    # -- What happens to workers -----------------------------------------------------------------

    def launch(self) -> Going:
        """Launch a run through this cell's door."""
        return self.door.launch()

    def launch_and_die(self, place: str, door: Door | None = None) -> None:
        """Launch a worker that is killed at a place."""
        self.orders.give("kill", place)
        (door or self.door).launch()
        wait_until_gone(self.orders.wait_until_obeyed())

    def launch_asking(self, stage: str, call: str) -> tuple[int, HeldCall]:
        """Launch a worker; return its pid when a call of its stage waits for the answer."""
        held = self.world.hold_next(call)
        self.orders.give("announce", f"stage.before:{stage}")
        self.launch()
        pid = self.orders.wait_until_obeyed()
        held.wait_until_asked()
        return pid, held

    def launch_and_die_asking(self, stage: str, call: str) -> None:
        """Launch a worker that is killed while a call of its stage waits for the answer."""
        pid, held = self.launch_asking(stage, call)
        kill(pid)
        held.let_go()

    def begin_resume(self, door: Door | None = None) -> Going:
        """Resume through this cell's door, or through another one."""
        return (door or self.door).resume(self.run)

    def resume(self) -> None:
        """Resume, and insist that it goes well."""
        expect(End.COMPLETED, self.begin_resume().wait())


def expect(end: End, answer: Answer) -> None:
    """Insist on how a worker ended.

    Raises:
        Broken: It ended in another way.
    """
    if answer.end is not end:
        raise Broken(f"a worker was to be {end}, and {answer.end}: {answer.said}")
