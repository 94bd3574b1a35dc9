"""Finds the runs whose worker has died, and fails them so that they can be resumed.

Three things prove a death, in the order in which they usually come:

1. the Dagster run that executed it is over, which its launcher sees within a second;
2. its process is gone, which the same machine knows at once;
3. its lease has run out, and runs out no further: the only proof there is of a worker on a node
   that is no more.

The third takes two looks. A worker that was cut off from the database, or slept with its laptop,
finds its lease over when it wakes: it is given the time to say so. One whose process is known to
live is not taken for dead at all.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from time import sleep

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from scribe_dagster.config import Settings
from scribe_dagster.db.lost_runs import ActiveRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.claim_terms import ClaimTerms
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.redaction import redact
from scribe_dagster.errors import ErrorKind
from scribe_dagster.resources.launch import PIPELINE_RUN_TAG
from scribe_dagster.worker_lock import WorkerFate, clear_worker_lock, dead_workers, fate_of_worker

_AT_WORK = [DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
_STOPPED_BY_SOMEBODY = (DagsterRunStatus.CANCELED, DagsterRunStatus.CANCELING)


@dataclass(frozen=True, slots=True)
class LostRun:
    """A run that was freed."""

    id: int
    stage: str
    """Where it stands, and will go on."""
    why: str


@dataclass(slots=True)
class Sweep:
    """What one look at everything has found, and done about it."""

    lost: list[LostRun] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """Ids of Dagster runs that were ended because they held no pipeline run any more."""
    suspects: set[str] = field(default_factory=set)
    """Who gives no sign of life. One that is a suspect in two looks, a patience apart, is dead."""
    troubles: list[str] = field(default_factory=list)
    """What could not be done; the next look tries again."""


@dataclass(frozen=True, slots=True)
class Reaper:
    """Frees runs from dead workers."""

    store: RunStore
    instance: DagsterInstance
    settings: Settings

    @property
    def patience(self) -> float:
        """How long a worker that has just woken is given to say so, in seconds: two beats."""
        return 2 * ClaimTerms.from_settings(self.settings).beat_seconds

    def reap(self, run_id: int | None = None, *, wait: Callable[[float], object] = sleep) -> Sweep:
        """Fail every run whose worker is known to be dead, and end its Dagster run as well.

        Where somebody has been silent for the length of a lease, this waits, and looks twice.

        Args:
            run_id: Look at this one only, which somebody wants: then a lease that has run out
                will do, and nobody waits. Should its worker live after all, its next write is
                refused.
            wait: How to wait for some seconds.
        """
        if run_id is not None:
            sweep = Sweep()
            self._free_the_lost(self.store.active(run_id), sweep, a_lease_will_do=True)
            return sweep
        first = self.sweep()
        if not first.suspects:
            return first
        wait(self.patience)
        second = self.sweep(first.suspects)
        return Sweep(first.lost + second.lost, first.ended + second.ended, set(), second.troubles)

    def sweep(self, confirmed: Collection[str] = (), *, run_id: int | None = None) -> Sweep:
        """Look once: fail the runs, and end the Dagster runs, of workers that are proven dead.

        Args:
            confirmed: The suspects of an earlier look, a :attr:`patience` ago.
            run_id: Look at this run only.
        """
        sweep = Sweep()
        self._free_the_lost(self.store.active(run_id), sweep, confirmed)
        if run_id is None:
            self._end_what_holds_nothing(sweep, confirmed)
        return sweep

    # -- Pipeline runs ---------------------------------------------------------------------------

    def _free_the_lost(
        self,
        runs: Collection[ActiveRun],
        sweep: Sweep,
        confirmed: Collection[str] = (),
        *,
        a_lease_will_do: bool = False,
    ) -> None:
        for run in runs:
            try:
                dagster_run = self._dagster_run(run)
            except Exception as error:  # noqa: BLE001  -- Dagster's storage is away, whatever it says
                sweep.troubles.append(self._trouble(f"Run #{run.id} was not looked at", error))
                continue
            fate = self._fate(run.dagster_run_id)
            suspect = f"{run.id}/{run.attempt}/{run.heartbeat_at}"
            if dagster_run is not None and dagster_run.is_finished:
                status = dagster_run.status.value
                why = f"its Dagster run ended ({status}) without ending the stage."
            elif fate is WorkerFate.GONE:
                why = "its process was killed (by kill -9, or for lack of memory)."
            elif run.lease_ran_out and (a_lease_will_do or suspect in confirmed):
                why = "it has given no sign of life for the length of its lease."
            else:
                if run.lease_ran_out and fate is not WorkerFate.ALIVE:
                    sweep.suspects.add(suspect)
                continue
            self._free(run, dagster_run, why, sweep)

    def _free(self, run: ActiveRun, dagster_run: DagsterRun | None, why: str, sweep: Sweep) -> None:
        is_over = dagster_run is not None and dagster_run.is_finished
        failure = Failure(
            f"The worker was lost: {why}",
            ErrorKind.LOST_WORKER,
            # Then nobody wants to see it at work again by itself.
            deliberate=dagster_run is not None and dagster_run.status in _STOPPED_BY_SOMEBODY,
        )
        if not self.store.lose(run, failure, unless_alive=not is_over):
            return
        sweep.lost.append(LostRun(run.id, run.stage, why))
        if dagster_run is not None and not is_over:
            self._end(dagster_run, failure.message, sweep)
        if run.dagster_run_id is not None:
            clear_worker_lock(self.settings, run.dagster_run_id)

    def _dagster_run(self, run: ActiveRun) -> DagsterRun | None:
        if run.dagster_run_id is None:
            return None
        return self.instance.get_run_by_id(run.dagster_run_id)

    def _fate(self, dagster_run_id: str | None) -> WorkerFate:
        if dagster_run_id is None:
            return WorkerFate.UNKNOWN
        return fate_of_worker(self.settings, dagster_run_id)

    # -- Dagster runs ----------------------------------------------------------------------------

    def _end_what_holds_nothing(self, sweep: Sweep, confirmed: Collection[str]) -> None:
        """End the Dagster runs that nobody executes any more, and that have no run to be freed.

        Their worker died before its claim, or after its run was over or had been taken over; or
        their run was freed, and Dagster could not be told.
        """
        held = {run.dagster_run_id for run in self.store.active()}
        try:
            for dagster_run_id in dead_workers(self.settings):
                if dagster_run_id not in held:
                    self._end_dead_worker(dagster_run_id, sweep)
            self._end_former_workers(sweep, confirmed)
        except Exception as error:  # noqa: BLE001  -- as above
            sweep.troubles.append(self._trouble("Dagster's runs were not looked at", error))

    def _end_dead_worker(self, dagster_run_id: str, sweep: Sweep) -> None:
        dagster_run = self.instance.get_run_by_id(dagster_run_id)
        if dagster_run is not None and not dagster_run.is_finished:
            message = "Its process was killed while it held no pipeline run."
            if not self._end(dagster_run, message, sweep):
                return
            sweep.ended.append(dagster_run_id)
        clear_worker_lock(self.settings, dagster_run_id)

    def _end_former_workers(self, sweep: Sweep, confirmed: Collection[str]) -> None:
        at_work = {
            run.run_id: run
            for run in self.instance.get_runs(RunsFilter(statuses=_AT_WORK))
            if PIPELINE_RUN_TAG in run.tags
        }
        for dagster_run_id in sorted(self.store.former_workers(at_work)):
            # A worker that has just ended its run is about to end its Dagster run as well.
            if self._fate(dagster_run_id) is WorkerFate.ALIVE:
                continue
            if dagster_run_id not in confirmed:
                sweep.suspects.add(dagster_run_id)
                continue
            message = "Its worker is gone, and its pipeline run is over or somebody else's."
            if self._end(at_work[dagster_run_id], message, sweep):
                sweep.ended.append(dagster_run_id)

    def _end(self, dagster_run: DagsterRun, message: str, sweep: Sweep) -> bool:
        """End a Dagster run, if Dagster can be told.

        Nobody else would: it would be shown as running for ever, and could not be re-executed.
        """
        try:
            if dagster_run.status is DagsterRunStatus.CANCELING:
                self.instance.report_run_canceled(dagster_run, message)
            else:
                self.instance.report_run_failed(dagster_run, message)
        except Exception as error:  # noqa: BLE001  -- as above
            what = f"Dagster run {dagster_run.run_id} could not be ended"
            sweep.troubles.append(self._trouble(what, error))
            return False
        return True

    def _trouble(self, what: str, error: Exception) -> str:
        reason = redact(f"{type(error).__name__}: {error}", self.settings.secrets)
        return f"{what}, which the next look will try again. {reason}"
