"""The pipeline run that a Dagster run executes: found, claimed or started, then written to.

Whatever door a Dagster run came through, :meth:`Tracking.open` decides what it means:

1. It holds a claim already: go on.
2. It was launched to resume a run (``scribe/pipeline_run`` and ``scribe/attempt`` tags): claim it.
3. It re-executes a Dagster run from its failure: claim the run its parent executed.
4. It re-executes part of a Dagster run: start a fork from that run's stored state.
5. Anything else: start a run; forked from its parent's, if it re-executes the whole of one.
"""

from dataclasses import dataclass

from dagster import DagsterRun
from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.db.ready import ready_database
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.run_record import RunRecord, UntrackedRun
from scribe_dagster.resources.settings_resource import SettingsResource

PIPELINE_RUN_TAG = "scribe/pipeline_run"
"""Id of the pipeline run a Dagster run executes; on a launch of ours, the run to resume."""
ATTEMPT_TAG = "scribe/attempt"
"""On a launch of ours, the attempt the run was at when it was decided to resume it."""

_FROM_FAILURE_TAG = "dagster/is_resume_retry"


@dataclass(frozen=True, slots=True)
class Launch:
    """What a Dagster run says of where it came from."""

    dagster_run_id: str
    parent_run_id: str | None = None
    is_from_failure: bool = False
    resumes: int | None = None
    expected_attempt: int | None = None

    @classmethod
    def of(cls, run: DagsterRun) -> "Launch":
        """Read a Dagster run's lineage and tags."""
        # A run that the UI re-executes inherits its parent's tags; there they say nothing. Only
        # the UI's runs have a parent of their own, ours are grouped by tags alone.
        tag = None if run.parent_run_id else run.tags.get(PIPELINE_RUN_TAG)
        attempt = run.tags.get(ATTEMPT_TAG)
        return cls(
            dagster_run_id=run.run_id,
            parent_run_id=run.parent_run_id,
            is_from_failure=run.tags.get(_FROM_FAILURE_TAG) == "true",
            resumes=int(tag) if tag and tag.isdecimal() else None,
            expected_attempt=int(attempt) if attempt and attempt.isdecimal() else None,
        )


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where pipeline runs are found; ``store`` is None when tracking is off."""

    store: RunStore | None

    def locate(self, launch: Launch) -> int | None:
        """Return the stored run whose state a Dagster run starts from, without claiming it."""
        if self.store is None:
            return None
        own = self.store.executed_by(launch.dagster_run_id)
        if own is not None:
            return own
        if launch.parent_run_id is not None:
            return self.store.executed_by(launch.parent_run_id)
        return launch.resumes

    def open(
        self, launch: Launch, stages: tuple[str, ...], index: int, request: ContentPayload
    ) -> tuple[RunRecord, bool]:
        """Get hold of the pipeline run this Dagster run executes.

        Args:
            launch: The Dagster run.
            stages: Names of the job's stages.
            index: The stage about to be executed.
            request: What to process, should this be a new run.

        Returns:
            The run, and whether it was claimed or started just now.

        Raises:
            ResumeError: The run cannot be resumed, or somebody else got hold of it first.
        """
        if self.store is None:
            return UntrackedRun(), index == 0
        held = self.store.held_by(launch.dagster_run_id)
        if held is not None:
            return held, False
        return self._claim_or_start(self.store, launch, stages, index, request), True

    def _claim_or_start(
        self,
        store: RunStore,
        launch: Launch,
        stages: tuple[str, ...],
        index: int,
        request: ContentPayload,
    ) -> TrackedRun:
        parent = self.locate(launch)
        if parent is not None and (launch.is_from_failure or launch.resumes is not None):
            return store.claim(
                parent,
                stages,
                dagster_run_id=launch.dagster_run_id,
                expected_attempt=launch.expected_attempt if launch.resumes else None,
            )
        return store.start(
            store.state_before(parent, index) if parent is not None and index > 0 else request,
            stages,
            dagster_run_id=launch.dagster_run_id,
            first_index=index,
            forked_from_id=parent,
        )


class TrackingResource(SettingsResource[Tracking]):
    """Run tracking, on or off by PIPELINE_TRACK_RUNS."""

    enabled: bool | None = Field(default=None, description="Overrides PIPELINE_TRACK_RUNS.")

    def open(self, settings: Settings) -> Tracking:
        """Open the run store, and make sure now that the tables a run will need are there.

        Raises:
            NotMigrated: They are not. An embedded database is migrated instead.
            DatabaseUnreachable: The database cannot be reached.
        """
        tracked = settings.pipeline_track_runs if self.enabled is None else self.enabled
        database = ready_database(settings, tracking=tracked)
        return Tracking(RunStore(database) if tracked else None)
