"""What a Dagster run says of where it came from, and what that means for the pipeline run."""

from dataclasses import dataclass

from dagster import DagsterRun

from scribe_dagster.db.models import PipelineRun
from scribe_dagster.errors import NotResumable, RunNotFound

PIPELINE_RUN_TAG = "scribe/pipeline_run"
"""Id of the pipeline run a Dagster run executes; on a launch of ours, the run to resume."""
ATTEMPT_TAG = "scribe/attempt"
"""The attempt it executes; on a launch of ours, the one at which it was decided to resume."""
CREATED_TAG = ".dagster/scribe_created_at"
"""When that pipeline run was created: in another database, its number means another run. Dagster
hides what begins like this."""
OURS_TAG = ".dagster/scribe_launch"
"""On a launch of ours that has a parent: its own Dagster run id, which a copy cannot have."""
AUTOMATIC_TAG = "scribe/automatic"
"""``true`` on a launch of the resume sensor's own decision."""
CHANGED_STAGES_TAG = "scribe/accept_changed_stages"
"""``true`` on a launch by somebody who knows that the pipeline's stages have changed."""

_FROM_FAILURE_TAG = "dagster/is_resume_retry"


@dataclass(frozen=True, slots=True)
class Start:
    """A run of its own."""


@dataclass(frozen=True, slots=True)
class Resume:
    """The same pipeline run goes on where it stands."""

    run_id: int
    expected_attempt: int | None = None
    automatic: bool = False
    accept_changed_stages: bool = False


@dataclass(frozen=True, slots=True)
class Fork:
    """A new pipeline run begins with the stored state of another one."""

    origin_id: int


@dataclass(frozen=True, slots=True)
class Launch:
    """A Dagster run's lineage, selection and tags."""

    dagster_run_id: str
    job_name: str
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
    tagged_created_at: str | None = None
    automatic: bool = False
    accept_changed_stages: bool = False

    @classmethod
    def of(cls, run: DagsterRun, stages: tuple[str, ...]) -> "Launch":
        """Read a Dagster run."""
        # Ours names the run it goes on from, so that the UI groups the two, as a re-execution
        # does; but what it means stands in its tags.
        is_ours = run.tags.get(OURS_TAG) == run.run_id
        lineage = () if is_ours else (run.parent_run_id, run.root_run_id)
        return cls(
            dagster_run_id=run.run_id,
            job_name=run.job_name,
            stages=stages,
            selected=frozenset(run.step_keys_to_execute or run.resolved_op_selection or stages),
            ancestors=tuple(filter(None, lineage)),
            is_from_failure=run.tags.get(_FROM_FAILURE_TAG) == "true",
            tagged_run=_number(run.tags.get(PIPELINE_RUN_TAG)),
            expected_attempt=_number(run.tags.get(ATTEMPT_TAG)),
            tagged_created_at=run.tags.get(CREATED_TAG),
            automatic=run.tags.get(AUTOMATIC_TAG) == "true",
            accept_changed_stages=run.tags.get(CHANGED_STAGES_TAG) == "true",
        )

    @property
    def is_reexecution(self) -> bool:
        """Whether the UI, or Dagster's API, made it out of another Dagster run."""
        return bool(self.ancestors)

    def means(self, origin: PipelineRun | None, index: int) -> Start | Resume | Fork:
        """Tell what this Dagster run is to do. All doors lead through here.

        Args:
            origin: The pipeline run it leads back to: that of the Dagster run it re-executes, or
                the one its tag names.
            index: The stage about to be executed: the first of those selected.

        Raises:
            NotResumable: Not every stage from there on is selected.
            RunNotFound: It leads back to no pipeline run, and does not begin at the beginning.
        """
        self._require_all_from(index)
        if origin is None:
            if self.tagged_run is not None and not self.is_reexecution:
                raise RunNotFound(
                    f"There is no pipeline run #{self.tagged_run} in this database to go on with: "
                    "it was deleted, or this worker has another SCRIBE_DATABASE_URL than whoever "
                    "launched it."
                )
            if index > 0:
                raise RunNotFound(
                    "No pipeline run belongs to the Dagster run that is re-executed, so there is "
                    "nothing to resume. Launch the whole job instead."
                )
            # A launch; or a re-execution of one that never got as far as a row.
            return Start()
        if not self.is_reexecution:
            return Resume(
                origin.id, self.expected_attempt, self.automatic, self.accept_changed_stages
            )
        # To select the failed stage and all that follow is to resume, by whatever button. The
        # tags of a re-execution are its parent's: they tell nothing of this one.
        selects_the_rest = index > 0 and index == origin.current_stage_index
        if self.is_from_failure or (selects_the_rest and origin.is_resumable()):
            return Resume(origin.id)
        return Fork(origin.id)

    def _require_all_from(self, index: int) -> None:
        wanted = self.stages[index:]
        if self.selected != frozenset(wanted):
            raise NotResumable(
                f"Select {wanted[0]} and every stage after it ({', '.join(wanted)}): a pipeline "
                "run that stops half-way could be neither completed nor resumed."
            )


def _number(tag: str | None) -> int | None:
    return int(tag) if tag and tag.isdecimal() else None
