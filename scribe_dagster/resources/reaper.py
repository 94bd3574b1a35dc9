"""Finds the runs whose worker has died, and fails them so that they can be resumed.

Three things prove a death, in the order in which they usually come:

1. the Dagster run that executed it is over, which its launcher sees within a second;
2. its process is gone, which the same machine knows at once;
3. its lease has run out: the only proof there is of a worker on a node that is no more.
"""

from dataclasses import dataclass

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from scribe_dagster.config import Settings
from scribe_dagster.db.lost_runs import ActiveRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.failure import Failure
from scribe_dagster.errors import ErrorKind
from scribe_dagster.worker_lock import clear_worker_lock, dead_workers, worker_is_gone


@dataclass(frozen=True, slots=True)
class LostRun:
    """A run that was freed."""

    id: int
    stage: str
    """Where it stands, and will go on."""
    why: str


@dataclass(frozen=True, slots=True)
class Reaper:
    """Frees runs from dead workers."""

    store: RunStore
    instance: DagsterInstance
    settings: Settings

    def reap(self, run_id: int | None = None) -> list[LostRun]:
        """Fail every run whose worker is known to be dead, and end its Dagster run as well.

        Args:
            run_id: Look at this one only. Otherwise Dagster runs are ended, too, whose process
                died while it held no run: before its claim, or after it had lost it.
        """
        lost = []
        for run in self.store.active(run_id):
            dagster_run = self._dagster_run(run)
            why = self._what_proves_it(run, dagster_run)
            if why is None:
                continue
            is_over = dagster_run is not None and dagster_run.is_finished
            failure = Failure(
                f"The worker was lost: {why}",
                ErrorKind.LOST_WORKER,
                deliberate=_was_cancelled(dagster_run),
            )
            if not self.store.lose(run, failure, unless_alive=not is_over):
                continue
            if dagster_run is not None and not is_over:
                # Nobody else would: Dagster would show it as running for ever, and refuse to
                # re-execute it.
                self.instance.report_run_failed(dagster_run, failure.message)
            if run.dagster_run_id is not None:
                clear_worker_lock(self.settings, run.dagster_run_id)
            lost.append(LostRun(run.id, run.stage, why))
        if run_id is None:
            self._end_what_held_nothing()
        return lost

    def _end_what_held_nothing(self) -> None:
        held = {run.dagster_run_id for run in self.store.active()}
        for dagster_run_id in dead_workers(self.settings):
            if dagster_run_id in held:
                continue
            dagster_run = self.instance.get_run_by_id(dagster_run_id)
            if dagster_run is not None and not dagster_run.is_finished:
                self.instance.report_run_failed(
                    dagster_run, "Its process ended without a word, while it held no pipeline run."
                )
            clear_worker_lock(self.settings, dagster_run_id)

    def _dagster_run(self, run: ActiveRun) -> DagsterRun | None:
        if run.dagster_run_id is None:
            return None
        return self.instance.get_run_by_id(run.dagster_run_id)

    def _what_proves_it(self, run: ActiveRun, dagster_run: DagsterRun | None) -> str | None:
        if dagster_run is not None and dagster_run.is_finished:
            return f"its Dagster run ended ({dagster_run.status.value}) without ending the stage."
        if run.dagster_run_id and worker_is_gone(self.settings, run.dagster_run_id):
            return "its process ended without a word, as after kill -9 or a lack of memory."
        if run.lease_ran_out:
            return "it has given no sign of life for the length of its lease."
        return None


def _was_cancelled(dagster_run: DagsterRun | None) -> bool:
    """Whether somebody terminated it: then nobody wants to see it at work again by itself."""
    return dagster_run is not None and dagster_run.status is DagsterRunStatus.CANCELED
