"""A lane with its doors: where cells are run, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from chaos.cell import Cell
from chaos.dev_doors import Dev, SensorDoor, UiDoor
from chaos.door import Door
from chaos.lane import Lane, open_lane
from chaos.patience import Broken
from chaos.scenario import DEV_DOORS, Scenario
from chaos.shell_doors import CliDoor, JobDoor, PythonDoor
from chaos.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Doorway:
    """A lane and all doors to it."""

    lane: Lane
    doors: dict[str, Door]

    def run(self, scenario: Scenario, door: str) -> Verdict:
        """Run one cell, and judge it.

        Raises:
            Exception: It could not even be judged, whatever the reason.
        """
        self.lane.world.forget()
        if scenario.short_lease:
            self.lane.of_the_cell["PIPELINE_LEASE_SECONDS"] = "2"
        cell = Cell(self.lane, self.doors[door], self.doors)
        try:
            scenario.act(cell)
            return judge(cell, scenario.calls)
        except Broken as broken:
            return Verdict((str(broken),))
        finally:
            self.lane.orders.withdraw()
            self.lane.stop_all()


@contextmanager
def open_doorway(kind: str, door: str) -> Iterator[Doorway]:
    """Open a lane over a database of this kind, with a `scribe-dagster dev` if the door is its."""
    with (
        TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder,
        open_lane(kind, Path(folder), **_environment_for(door)) as lane,
        closing(Dev(lane)) as dev,
    ):
        if door in DEV_DOORS:
            dev.restart()
        doors: list[Door] = [CliDoor(lane), PythonDoor(lane), JobDoor(lane)]
        doors += [UiDoor(lane, dev), SensorDoor(lane, dev)]
        yield Doorway(lane, {door.name: door for door in doors})


def _environment_for(door: str) -> dict[str, str]:
    if door not in DEV_DOORS:
        return {}
    return {
        "PIPELINE_LEASE_SECONDS": "3",
        # At the UI nobody else may be faster than the person who presses the button.
        "PIPELINE_AUTO_RESUME": "3" if door == "sensor" else "0",
        "PIPELINE_AUTO_RESUME_DELAY": "0.5",
    }
