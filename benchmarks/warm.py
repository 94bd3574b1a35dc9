"""One run of six stages, in a process that has started long since."""

from __future__ import annotations

from pathlib import Path

from dagster import DagsterInstance

from benchmarks.bare_sql import OneRowByHand, RunStoreAlone
from benchmarks.measurement import Comparison, Contender
from benchmarks.stock_dagster import growing_job, growing_job_on_files, stock_instance
from benchmarks.workload import REQUEST, SIX_STAGES
from scribe_dagster import ContentPipeline, Settings
from scribe_dagster.instance.open import open_instance

_BASELINE = "Dagster, stock SQLite; cannot be resumed"


def comparison(folder: Path, *, quick: bool) -> Comparison:
    stock = stock_instance(folder / "stock")
    stock_on_files = stock_instance(folder / "stock-files")
    ours = open_instance(Settings(scribe_home=folder / "same-instance"))
    ephemeral = DagsterInstance.ephemeral()
    return Comparison(
        question="Warm: one run of six no-op stages, in one process",
        baseline=_BASELINE,
        contenders=(
            _pipeline("scribe-dagster", Settings(scribe_home=folder / "tracked")),
            _pipeline(
                "scribe-dagster, tracking off",
                Settings(scribe_home=folder / "untracked", pipeline_track_runs=False),
            ),
            Contender(_BASELINE, lambda: growing_job.execute_in_process(instance=stock)),
            Contender(
                "Dagster, stock SQLite, values in files",
                lambda: growing_job_on_files.execute_in_process(instance=stock_on_files),
            ),
            # Tells what our storage of Dagster's events saves from what our stages cost.
            Contender(
                "Dagster, on our instance; cannot be resumed",
                lambda: growing_job.execute_in_process(instance=ours),
            ),
            Contender(
                "Dagster, ephemeral; nothing is kept",
                lambda: growing_job.execute_in_process(instance=ephemeral),
            ),
            Contender("our commits alone, no Dagster", RunStoreAlone(folder / "run-store")),
            Contender("one insert, six updates by hand", OneRowByHand(folder / "by-hand")),
        ),
    )


def _pipeline(name: str, settings: Settings) -> Contender:
    pipeline = ContentPipeline(SIX_STAGES, settings=settings)

    def process() -> None:
        result = pipeline.process(REQUEST)
        assert result.status == "completed", result.error_message

    return Contender(name, process)
