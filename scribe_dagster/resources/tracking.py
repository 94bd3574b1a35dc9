"""The pipeline run that a Dagster run executes: found, claimed or started, then written to."""

from dataclasses import dataclass

from dagster import DagsterInstance, DagsterRun
from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.db.ready import ready_database
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.run_record import RunRecord, UntrackedRun
from scribe_dagster.errors import AlreadyProcessed, Fenced, NotResumable
from scribe_dagster.resources.launch import Fork, Launch, Resume, Start
from scribe_dagster.resources.reaper import Reaper
from scribe_dagster.resources.request import Request
from scribe_dagster.resources.settings_resource import SettingsResource


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where pipeline runs are found; ``store`` is None when tracking is off."""

    store: RunStore | None
    settings: Settings

    def locate(self, dagster_run: DagsterRun) -> int | None:
        """Return the stored run whose state a Dagster run starts from, without claiming it."""
        return None if self.store is None else _locate(self.store, Launch.of(dagster_run, ()))

    def open(
        self, launch: Launch, index: int, request: Request, instance: DagsterInstance
    ) -> tuple[RunRecord, bool]:
        """Get hold of the pipeline run this Dagster run executes.

        Args:
            launch: The Dagster run.
            index: The stage about to be executed.
            request: What to process, should this be a new run.
            instance: Where Dagster runs are recorded.

        Returns:
            The run, and whether it was claimed or started just now.

        Raises:
            ResumeError: The run cannot be resumed, or somebody else got hold of it first.
            InvalidSource: The request of a new run cannot be understood.
            AlreadyProcessed: The request wants no second run of its source.
        """
        if self.store is None:
            return UntrackedRun(), index == 0
        held = self.store.held_by(launch.dagster_run_id)
        if held is not None:
            return held, False
        located = _locate(self.store, launch)
        if located is not None:
            self._free_from_a_dead_worker(located, instance)
        origin = None if located is None else self.store.get(located)
        match launch.means(origin, index):
            case Start():
                return self._start(launch, request, instance), True
            case Resume() as wanted:
                return self._claim(wanted, launch), True
            case Fork(origin_id):
                return self.store.start_fork(
                    origin_id,
                    launch.stages,
                    index,
                    job_name=launch.job_name,
                    dagster_run_id=launch.dagster_run_id,
                ), True

    def _start(self, launch: Launch, request: Request, instance: DagsterInstance) -> TrackedRun:
        assert self.store is not None
        try:
            return self.store.start(
                request.payload(),
                launch.stages,
                job_name=launch.job_name,
                dagster_run_id=launch.dagster_run_id,
                if_exists=request.if_exists,
            )
        except AlreadyProcessed as existing:
            if request.if_exists is not IfExists.REUSE:
                raise
            self._free_from_a_dead_worker(existing.run_id, instance)
            if not self.store.get(existing.run_id).is_resumable():
                raise
            try:
                return self._claim(Resume(existing.run_id), launch)
            except (NotResumable, Fenced):
                # Somebody else was faster, with the same wish.
                now = self.store.get(existing.run_id)
                raise AlreadyProcessed(now.id, now.status) from None

    def _claim(self, wanted: Resume, launch: Launch) -> TrackedRun:
        assert self.store is not None
        return self.store.claim(
            wanted.run_id,
            launch.stages,
            job_name=launch.job_name,
            dagster_run_id=launch.dagster_run_id,
            expected_attempt=wanted.expected_attempt,
            automatic=wanted.automatic,
            accept_changed_stages=wanted.accept_changed_stages,
        )

    def _free_from_a_dead_worker(self, run_id: int, instance: DagsterInstance) -> None:
        """Whoever resumes a run need not wait for somebody else to notice that it was lost."""
        assert self.store is not None
        Reaper(self.store, instance, self.settings).reap(run_id)


def _locate(store: RunStore, launch: Launch) -> int | None:
    for dagster_run_id in (launch.dagster_run_id, *launch.ancestors):
        found = store.executed_by(dagster_run_id)
        if found is not None:
            return found
    # A launch of ours, or a re-execution of one that left no trace.
    if launch.tagged_run is None or launch.tagged_created_at is None:
        return launch.tagged_run
    created_at = store.created_at(launch.tagged_run)
    is_it = created_at is not None and created_at.isoformat() == launch.tagged_created_at
    return launch.tagged_run if is_it else None


class TrackingResource(SettingsResource[Tracking]):
    """Run tracking, on or off by PIPELINE_TRACK_RUNS."""

    enabled: bool | None = Field(default=None, description="Overrides PIPELINE_TRACK_RUNS.")

    def open(self, settings: Settings) -> Tracking:
        """Open the run store, and make sure now that the tables a run will need are there.

        Raises:
            NotMigrated: They are not. An embedded database is migrated instead.
            DatabaseUnreachable: The database cannot be reached.
        """
        if settings.pipeline_track_runs if self.enabled is None else self.enabled:
            return Tracking(RunStore.from_settings(settings), settings)
        ready_database(settings, tracking=False)
        return Tracking(None, settings)
