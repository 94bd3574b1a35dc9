"""A run whose third stage failed, taken up again, beside a whole run; both warm."""

from __future__ import annotations

from pathlib import Path

from dagster import ReexecutionOptions, execute_job, reconstructable

from benchmarks.measurement import Comparison, Contender
from benchmarks.stock_dagster import reconstruct_growing_job_on_files, stock_instance
from benchmarks.workload import REQUEST, SIX_STAGES, outage
from scribe_dagster import ContentPipeline, Settings


def comparison(folder: Path, *, quick: bool) -> Comparison:
    pipeline = ContentPipeline(SIX_STAGES, settings=Settings(scribe_home=folder / "ours"))
    ours = _FailedRun(pipeline)
    stock = _FailedDagsterRun(folder / "stock")
    return Comparison(
        question="Resume after a failure at the third of six stages, warm",
        baseline="scribe-dagster, a whole run",
        contenders=(
            Contender("scribe-dagster, a whole run", lambda: pipeline.process(REQUEST)),
            Contender("scribe-dagster, resume", ours.resume, before=ours.fail),
            Contender("Dagster, stock SQLite, a whole run", stock.execute),
            Contender(
                "Dagster, stock SQLite, re-execute from failure", stock.resume, before=stock.fail
            ),
        ),
    )


class _FailedRun:
    def __init__(self, pipeline: ContentPipeline) -> None:
        self._pipeline = pipeline

    def fail(self) -> None:
        outage.is_on = True
        result = self._pipeline.process(REQUEST)
        outage.is_on = False
        assert result.run_id is not None
        self._run_id = result.run_id

    def resume(self) -> None:
        result = self._pipeline.resume(self._run_id)
        assert result.status == "completed", result.error_message


class _FailedDagsterRun:
    """Stock Dagster re-executes through ``execute_job``, and only where values are in files."""

    def __init__(self, home: Path) -> None:
        self._instance = stock_instance(home)
        self._job = reconstructable(reconstruct_growing_job_on_files)

    def execute(self) -> None:
        assert execute_job(self._job, self._instance).success

    def fail(self) -> None:
        outage.is_on = True
        self._failed_run_id = execute_job(self._job, self._instance).run_id
        outage.is_on = False

    def resume(self) -> None:
        again = ReexecutionOptions.from_failure(self._failed_run_id, self._instance)
        assert execute_job(self._job, self._instance, reexecution_options=again).success
