"""The doors of a real ``scribe-dagster dev``: its UI, and the sensors of its daemon."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from fakes.dagster_servers import dagster_dev
from fakes.dagster_ui import DagsterUi

from chaos.door import Answer, End, Going
from chaos.lane import Lane
from chaos.patience import until
from chaos.shell import SCRIBE_DAGSTER
from scribe_dagster import PipelineRun
from scribe_dagster.domain.status import PipelineRunStatus


@dataclass
class Dev:
    """A `scribe-dagster dev` that can be taken down and brought up again."""

    lane: Lane
    _open: ExitStack = field(default_factory=ExitStack)
    _ui: DagsterUi | None = None

    @property
    def ui(self) -> DagsterUi:
        """Its webserver."""
        return self._ui or self._start()

    def _start(self) -> DagsterUi:
        self._ui = self._open.enter_context(
            dagster_dev(Path(sys.executable).parent, self.lane.environment, self.lane.folder)
        )
        return self._ui

    def kill(self, *parts: str) -> None:
        """Kill the processes whose command line holds one of these."""
        [pid] = self.ui.pids
        for process in psutil.Process(pid).children(recursive=True):
            # Some are over by themselves.
            with suppress(psutil.Error):
                command = " ".join(process.cmdline())
                if any(part in command for part in parts):
                    process.kill()

    def restart(self) -> None:
        """Take down whatever is left of it, and bring it up."""
        self.close()
        self._start()

    def close(self) -> None:
        """Take it down."""
        self._ui = None
        self._open.close()


@dataclass
class UiDoor:
    """The Launchpad, and the button *Re-execute from failure*."""

    lane: Lane
    dev: Dev
    name: str = "ui"
    _last: str = ""

    def launch(self) -> Going:
        self._last = self.dev.ui.launch({"source_url": f"{self.lane.world.url}/page"})
        return _DagsterRun(self.dev.ui, self._last)

    def resume(self, run: PipelineRun | None) -> Going:
        parent = self._last if run is None else run.dagster_run_id or self._last
        # The button is there once Dagster knows that the run is over.
        self.dev.ui.wait_for(parent)
        self._last = self.dev.ui.reexecute(parent, "FROM_FAILURE")
        return _DagsterRun(self.dev.ui, self._last)


@dataclass
class SensorDoor:
    """The daemon's sensors free a lost run and take it up; others only when asked to."""

    lane: Lane
    dev: Dev
    name: str = "sensor"

    def launch(self) -> Going:
        run_id = self.dev.ui.launch({"source_url": f"{self.lane.world.url}/page"})
        return _DagsterRun(self.dev.ui, run_id)

    def resume(self, run: PipelineRun | None) -> Going:
        assert run is not None, "a sensor has no way to know of a run without a row"
        if run.is_resumable() and run.resume_at is None:
            self.lane.start([*SCRIBE_DAGSTER, "resume", str(run.id), "--detach"]).wait()
        return _Watched(self.lane, run.id)


@dataclass(frozen=True, slots=True)
class _DagsterRun:
    ui: DagsterUi
    run_id: str

    def wait(self) -> Answer:
        run = self.ui.wait_for(self.run_id)
        if run["status"] == "SUCCESS":
            return Answer(End.COMPLETED)
        said = self.ui.failure_of(self.run_id)
        if "Pipeline run #" in said:
            return Answer(End.REFUSED, said)
        return Answer(End.FAILED if "Steps failed" in said else End.DIED, said)


@dataclass(frozen=True, slots=True)
class _Watched:
    lane: Lane
    run_id: int

    def wait(self) -> Answer:
        until(self._is_completed, f"no sensor has brought run #{self.run_id} to its end")
        return Answer(End.COMPLETED)

    def _is_completed(self) -> bool:
        [run] = [run for run in self.lane.runs_after(self.run_id - 1) if run.id == self.run_id]
        return run.status is PipelineRunStatus.COMPLETED
