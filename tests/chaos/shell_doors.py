"""The doors whose workers are processes of the caller's own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from chaos.door import Going
from chaos.lane import Lane
from chaos.shell import SCRIBE_DAGSTER
from scribe_dagster import PipelineRun
from scribe_dagster.jobs import JOB_NAME
from scribe_dagster.resources.launch import ATTEMPT_TAG, CREATED_TAG, PIPELINE_RUN_TAG

_DAGSTER = str(Path(sys.executable).with_name("dagster"))
_PROGRAM = Path(__file__).with_name("python_door.py")


@dataclass
class CliDoor:
    """``scribe-dagster process`` and ``scribe-dagster resume``."""

    lane: Lane
    name: str = "cli"

    def launch(self) -> Going:
        return self.lane.start([*SCRIBE_DAGSTER, "process", f"{self.lane.world.url}/page"])

    def resume(self, run: PipelineRun | None) -> Going:
        if run is None:
            return self.launch()
        return self.lane.start([*SCRIBE_DAGSTER, "resume", str(run.id)])

    def reap(self) -> None:
        """Have it look for what dead workers have left."""
        self.lane.start([*SCRIBE_DAGSTER, "reap"]).wait()


@dataclass
class PythonDoor:
    """A program that calls ContentPipeline."""

    lane: Lane
    name: str = "python"

    def launch(self) -> Going:
        return self._start("process", f"{self.lane.world.url}/page")

    def resume(self, run: PipelineRun | None) -> Going:
        return self.launch() if run is None else self._start("resume", str(run.id))

    def _start(self, *arguments: str) -> Going:
        return self.lane.start([sys.executable, str(_PROGRAM), *arguments])


@dataclass
class JobDoor:
    """``dagster job execute``; nothing but its lease proves the death of such a worker."""

    lane: Lane
    name: str = "job"

    def launch(self) -> Going:
        return self._execute({})

    def resume(self, run: PipelineRun | None) -> Going:
        if run is None:
            return self.launch()
        self.lane.wait_until_lease_is_over(run.id)
        return self._execute(
            {
                PIPELINE_RUN_TAG: str(run.id),
                ATTEMPT_TAG: str(run.attempt),
                CREATED_TAG: run.created_at.isoformat(),
            }
        )

    def _execute(self, tags: dict[str, str]) -> Going:
        config = self.lane.folder / "run.json"
        config.write_text(json.dumps({"source_url": f"{self.lane.world.url}/page"}))
        job = ["-m", "scribe_dagster.definitions", "-j", JOB_NAME, "-c", str(config)]
        return self.lane.start(
            [_DAGSTER, "job", "execute", *job, "--tags", json.dumps(tags)],
            DAGSTER_HOME=str(self.lane.folder / "home" / "dagster"),
            PIPELINE_LEASE_SECONDS="2",
        )
