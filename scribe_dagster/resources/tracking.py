"""The pipeline run that a Dagster run executes: found, claimed or started, then written to.

Whatever door a Dagster run came through, :meth:`Tracking.open` decides what it means:

1. It holds a claim already: go on.
2. It was launched to resume a run (``scribe/pipeline_run`` and ``scribe/attempt`` tags): claim it.
3. It re-executes a Dagster run from its failure, or from the stage its pipeline run failed at:
   claim that run.
4. It re-executes a Dagster run otherwise, whole or in part: start a fork from the stored state.
5. Anything else: start a run.
"""

from dataclasses import dataclass

from dagster import DagsterRun
from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.db.ready import ready_database
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.run_record import RunRecord, UntrackedRun
from scribe_dagster.errors import NotResumable, RunNotFound
from scribe_dagster.resources.request import Request
from scribe_dagster.resources.settings_resource import SettingsResource

PIPELINE_RUN_TAG = "scribe/pipeline_run"
"""Id of the pipeline run a Dagster run executes; on a launch of ours, the run to resume."""
ATTEMPT_TAG = "scribe/attempt"
"""On a launch of ours, the attempt the run was at when it was decided to resume it."""

_FROM_FAILURE_TAG = "dagster/is_resume_retry"


@dataclass(frozen=True, slots=True)
class Launch:
    """What a Dagster run says of where it came from and what it will execute."""

    dagster_run_id: str
    stages: tuple[str, ...]
    """Names of all stages of the job, in order."""
    selected: frozenset[str]
    """Names of those it will execute."""
    ancestors: tuple[str, ...] = ()
    """The Dagster runs it re-executes: its parent, then the first of them all."""
    is_from_failure: bool = False
    tagged_run: int | None = None
    """The pipeline run its tag names: to be resumed, or inherited from the parent."""
    expected_attempt: int | None = None

    @classmethod
    def of(cls, run: DagsterRun, stages: tuple[str, ...]) -> "Launch":
        """Read a Dagster run's lineage, selection and tags."""
        tag, attempt = run.tags.get(PIPELINE_RUN_TAG), run.tags.get(ATTEMPT_TAG)
        return cls(
            dagster_run_id=run.run_id,
            stages=stages,
            selected=frozenset(run.step_keys_to_execute or run.resolved_op_selection or stages),
            # Only the UI's re-executions have these; ours are grouped by tags alone.
            ancestors=tuple(filter(None, (run.parent_run_id, run.root_run_id))),
            is_from_failure=run.tags.get(_FROM_FAILURE_TAG) == "true",
            tagged_run=int(tag) if tag and tag.isdecimal() else None,
            expected_attempt=int(attempt) if attempt and attempt.isdecimal() else None,
        )

    @property
    def is_reexecution(self) -> bool:
        """Whether the UI, or Dagster's API, made it out of another Dagster run."""
        return bool(self.ancestors)

    def require_all_from(self, index: int) -> None:
        """Make sure that every stage from here on will be executed, so that the run can end.

        Raises:
            NotResumable: Some were left out of the selection.
        """
        wanted = self.stages[index:]
        if self.selected != frozenset(wanted):
            raise NotResumable(
                f"Select {wanted[0]} and every stage after it ({', '.join(wanted)}): a pipeline "
                "run that stops half-way could be neither completed nor resumed."
            )


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where pipeline runs are found; ``store`` is None when tracking is off."""

    store: RunStore | None

    def locate(self, dagster_run: DagsterRun) -> int | None:
        """Return the stored run whose state a Dagster run starts from, without claiming it."""
        return None if self.store is None else _locate(self.store, Launch.of(dagster_run, ()))

    def open(self, launch: Launch, index: int, request: Request) -> tuple[RunRecord, bool]:
        """Get hold of the pipeline run this Dagster run executes.

        Args:
            launch: The Dagster run.
            index: The stage about to be executed.
            request: What to process, should this be a new run.

        Returns:
            The run, and whether it was claimed or started just now.

        Raises:
            ResumeError: The run cannot be resumed, or somebody else got hold of it first.
            InvalidSource: The request of a new run cannot be understood.
        """
        if self.store is None:
            return UntrackedRun(), index == 0
        held = self.store.held_by(launch.dagster_run_id)
        if held is not None:
            return held, False
        launch.require_all_from(index)
        return _claim_or_start(self.store, launch, index, request), True


def _claim_or_start(store: RunStore, launch: Launch, index: int, request: Request) -> TrackedRun:
    origin = _locate(store, launch)
    if origin is None:
        if launch.is_from_failure:
            raise RunNotFound(
                "No pipeline run belongs to the Dagster run that is re-executed, so there is "
                "nothing to resume. Launch the whole job instead."
            )
        return store.start(request.payload(), launch.stages, dagster_run_id=launch.dagster_run_id)
    resumes = launch.is_from_failure or not launch.is_reexecution
    if resumes or _failed_at(store, origin, index):
        return store.claim(
            origin,
            launch.stages,
            dagster_run_id=launch.dagster_run_id,
            # The tag that a re-execution inherits tells of its parent's attempt, not of its own.
            expected_attempt=None if launch.is_reexecution else launch.expected_attempt,
        )
    return store.fork(origin, launch.stages, index, dagster_run_id=launch.dagster_run_id)


def _failed_at(store: RunStore, run_id: int, index: int) -> bool:
    """Whether selecting this stage and those after it means what resuming the run means."""
    run = store.get(run_id)
    return index > 0 and run.is_resumable() and run.current_stage_index == index


def _locate(store: RunStore, launch: Launch) -> int | None:
    for dagster_run_id in (launch.dagster_run_id, *launch.ancestors):
        found = store.executed_by(dagster_run_id)
        if found is not None:
            return found
    # A re-execution of a launch that never got as far as its claim.
    return launch.tagged_run


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
