"""The Python door: process, resume, and what may be changed about a pipeline.

::

    from scribe_dagster import ContentPipeline

    pipeline = ContentPipeline()
    result = pipeline.process("https://example.com/article")
    if result.status.is_resumable:
        result = pipeline.resume(result.run_id)
"""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from dagster import DagsterInstance, JobDefinition
from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.events import ProgressListener, ignore_progress
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.known_jobs import (
    CUSTOM_JOB_NAME,
    how_to_resume,
    is_of_the_command_line,
)
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.payload_edits import Edit
from scribe_dagster.domain.stage import Stage
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.drivers.sources.request import make_request
from scribe_dagster.errors import NotResumable
from scribe_dagster.execution.local_run import LocalRun
from scribe_dagster.execution.recorder import RunRecorder
from scribe_dagster.execution.result import PipelineResult
from scribe_dagster.execution.turns import take_a_turn
from scribe_dagster.instance.open import open_instance
from scribe_dagster.jobs import (
    JOB_NAME,
    build_content_job,
    content_resources,
    position_of,
    resolve_stages,
)
from scribe_dagster.resources.launch import CHANGED_STAGES_TAG
from scribe_dagster.resources.lineage import lineage_tags
from scribe_dagster.resources.reaper import Reaper
from scribe_dagster.resources.request import Request
from scribe_dagster.resources.settings_resource import SettingsResource
from scribe_dagster.resources.sources import Sources
from scribe_dagster.resources.tracking import Tracking, TrackingResource


class ContentPipeline:
    """Stages in a row, run in this process and recorded like every other run.

    A pipeline is not changed by use: :meth:`through`, :meth:`without_tracking` and
    :meth:`on_progress` return another one.

    Args:
        stages: Stages, or names of installed ones, in order. Default: PIPELINE_STAGES.
        settings: Default: those of the environment.
        resources: Resources for stages of your own, or in place of built-in ones, by key.
        instance: The Dagster instance to record runs in. Default: that of DAGSTER_HOME, or of
            SCRIBE_HOME, which ``scribe-dagster dev`` shows.

    Raises:
        ConfigurationError: A setting is wrong, or a stage is unknown.
    """

    def __init__(
        self,
        stages: Sequence[Stage | str] | None = None,
        *,
        settings: Settings | None = None,
        resources: Mapping[str, object] | None = None,
        instance: DagsterInstance | None = None,
    ) -> None:
        self._settings = settings or Settings.load()
        self._stages = resolve_stages(self._settings.pipeline_stages if stages is None else stages)
        self._given_resources = dict(resources or {})
        self._given_instance = instance
        self._listener: ProgressListener = ignore_progress

    # -- Variations --------------------------------------------------------------------------

    def through(self, stages: Sequence[Stage | str]) -> Self:
        """Return a pipeline of other stages."""
        return self._with(_stages=resolve_stages(stages))

    def without_tracking(self) -> Self:
        """Return a pipeline that touches no tracking table; its runs cannot be resumed."""
        settings = self._settings.model_copy(update={"pipeline_track_runs": False})
        return self._with(_settings=settings)

    def on_progress(self, listener: ProgressListener) -> Self:
        """Return a pipeline that calls ``listener`` with every event of its runs."""
        return self._with(_listener=listener)

    # -- Runs --------------------------------------------------------------------------------

    def process(
        self,
        source: str | Path | ContentPayload | None = None,
        *,
        text: str | None = None,
        driver: str | None = None,
        categories: str = "",
        language: str | None = None,
        if_exists: IfExists | str = IfExists.RUN,
    ) -> PipelineResult:
        """Take one piece of content through the stages.

        Args:
            source: A URL, the path of a file, or a payload made by the caller.
            text: Raw text instead of a source.
            driver: Source driver (``web``, ``file``, ``feed``, a plugin's). Default: told by the
                source.
            categories: Categories the model may choose from, such as ``"1:Tech,2:Health"``.
            language: Language to write in. Default: AI_OUTPUT_LANGUAGE.
            if_exists: What to do if the source, by its canonical URL, has a run already: ``run``
                it again, ``skip`` it, or ``reuse`` that run, which resumes it if it failed. Of
                any number of processes that skip or reuse, one makes the run.

        Returns:
            How it ended. A failed stage is told in the result; the run can then be resumed. Of a
            run that was there already it tells how that one stands.

        Raises:
            InvalidSource: There is no such source. Nothing has been written.
            ConfigurationError: A key, a driver or the database is missing. Nothing has been
                written.
        """
        if isinstance(source, ContentPayload):
            request = source
        else:
            request = make_request(
                str(source) if isinstance(source, Path) else source,
                text=text,
                driver=driver,
                categories=categories,
                language=language or self._settings.ai_output_language,
            )
        sources = self._resources.get("sources")
        if isinstance(sources, Sources):
            # What it lacks is told before the run begins, as for models and channels.
            sources.of(request)
        return self._execute(request, if_exists=IfExists(if_exists))

    def earlier_run(self, source_url: str) -> tuple[int, PipelineRunStatus] | None:
        """Return the id and the status of the run that a source has already, if it has one.

        :meth:`process` would make another one, unless ``if_exists`` says otherwise.
        """
        store = self._tracking.store
        return None if store is None else store.run_of_source(source_url)

    def resume(
        self, run: int | PipelineRun, *, accept_changed_stages: bool = False
    ) -> PipelineResult:
        """Execute a failed run from its failed stage on; what is done is not done again.

        A run whose worker is known to be dead counts as failed.

        Args:
            run: The run, or its id.
            accept_changed_stages: Go on even though the pipeline's stages are no longer those the
                run was started with: at the stage it stands at, or the one after the last done.

        Raises:
            RuntimeError: Tracking is off, so there is nothing to resume from.
            RunNotFound: There is no such run.
            NotResumable: It is not failed.
            StagesChanged: It was started with other stages than this pipeline has.
            Fenced: Somebody else has resumed it meanwhile.
            ConfigurationError: A key, a driver or the database is missing; the run stays failed.
        """
        store = self._store
        stored = store.resumable(
            _id_of(run), free=lambda held: Reaper(store, self._instance, self._settings).reap(held)
        )
        tags = lineage_tags(self._instance, stored, after=stored.dagster_run_id)
        if accept_changed_stages:
            tags[CHANGED_STAGES_TAG] = "true"
        state = store.state_before(stored.id, stored.current_stage_index)
        return self._execute(state, tags=tags)

    def fork(
        self,
        run: int | PipelineRun,
        *,
        from_stage: str,
        edits: Mapping[str, JsonValue] | None = None,
    ) -> PipelineResult:
        """Begin a new run with the stored state of another one, as it was before a stage.

        Args:
            run: The run to fork from, or its id. It stays as it is.
            from_stage: The first stage to execute; what earlier ones made is taken over.
            edits: Changes to the payload, by path: ``{"draft.title": "A better one"}``. They are
                recorded with the new run.

        Raises:
            RuntimeError: Tracking is off, so there is no stored state.
            UnknownStage: This pipeline has no such stage.
            ResumeError: There is no such run, or it has not come that far.
            InvalidEdit: An edit names no field, or its value does not fit.
        """
        origin = self._store.get(_id_of(run))
        fork = self._store.get(self._fork(origin.id, from_stage, edits))
        tags = lineage_tags(self._instance, fork, after=origin.dagster_run_id)
        return self._execute(self._store.state_before(fork.id, fork.current_stage_index), tags=tags)

    # -- Left to the Dagster daemon ------------------------------------------------------------

    def request_resume(self, run: int | PipelineRun) -> None:
        """Have the resume sensor do what :meth:`resume` does, as soon as it looks.

        Raises:
            RuntimeError: Tracking is off, so there is nothing to resume from.
            RunNotFound: There is no such run.
            NotResumable: It is not failed, or has no job whose sensor would take it up.
        """
        self._require_a_sensor()
        stored = self._store.get(_id_of(run))
        if stored.is_resumable():
            self._require_a_sensor_for(stored)
        self._store.request_resume(stored.id)

    def request_fork(
        self,
        run: int | PipelineRun,
        *,
        from_stage: str,
        edits: Mapping[str, JsonValue] | None = None,
    ) -> int:
        """Have the resume sensor do what :meth:`fork` does, at once; return the new run's id.

        Raises:
            NotResumable: This pipeline's job has no such sensor.
            Exception: As :meth:`fork` does.
        """
        self._require_a_sensor()
        return self._fork(_id_of(run), from_stage, edits, resume_in=timedelta(0))

    def _require_a_sensor(self) -> None:
        if self._job.name != JOB_NAME:
            raise NotResumable(
                "A pipeline with stages or resources of its own has no resume sensor, so nobody "
                "would take the run up. Resume it here instead; or put its job and "
                "build_resume_sensor(job) into a code location, and launch it from there."
            )

    def _require_a_sensor_for(self, run: PipelineRun) -> None:
        if run.job_name == CUSTOM_JOB_NAME:
            raise NotResumable(
                f"Pipeline run #{run.id} is of a pipeline that no sensor serves. Resume it "
                f"{how_to_resume(run.id, run.job_name)}."
            )
        names = [stage.name for stage in self._stages]
        if is_of_the_command_line(run.job_name) and run.stages != names:
            raise NotResumable(
                f"Pipeline run #{run.id} has other stages than {JOB_NAME} has now, so its sensor "
                f"would not take it up. Resume it here: {how_to_resume(run.id, run.job_name)}."
            )

    # -- How -----------------------------------------------------------------------------------

    def _fork(
        self,
        origin_id: int,
        from_stage: str,
        edits: Mapping[str, JsonValue] | None,
        *,
        resume_in: timedelta | None = None,
    ) -> int:
        names = [stage.name for stage in self._stages]
        return self._store.fork(
            origin_id,
            names,
            position_of(from_stage, names),
            job_name=self._job.name,
            edits=[Edit(path, value) for path, value in (edits or {}).items()],
            resume_in=resume_in,
        )

    def _execute(
        self,
        request: ContentPayload,
        *,
        tags: Mapping[str, str] | None = None,
        if_exists: IfExists = IfExists.RUN,
    ) -> PipelineResult:
        record = RunRecorder(request, self._listener)
        run = LocalRun(
            self._job, self._instance, self._settings, self._resources, self._tracking.store
        )
        asked = Request(lambda: request, if_exists)
        take_a_turn(lambda: run.execute(request, asked, record, tags or {}))
        if record.existing_run is not None:
            return PipelineResult.of_existing(self._store, record.existing_run)
        return record.result()

    @cached_property
    def _resources(self) -> dict[str, object]:
        """Everything the stages need, opened: what is missing is told before anything runs."""
        wanted = {"tracking", "policy"}.union(*(stage.resource_keys for stage in self._stages))
        available: dict[str, object] = {**content_resources(), **self._given_resources}
        available["tracking"] = self._tracking
        return {
            key: resource.open(self._settings)
            if isinstance(resource, SettingsResource)
            else resource
            for key, resource in available.items()
            if key in wanted
        }

    @cached_property
    def _tracking(self) -> Tracking:
        """Opened without the rest: what needs no stage needs no keys either."""
        given = self._given_resources.get("tracking", TrackingResource())
        tracking = given.open(self._settings) if isinstance(given, TrackingResource) else given
        assert isinstance(tracking, Tracking)
        return tracking

    @cached_property
    def _job(self) -> JobDefinition:
        """The job as the code location has it; under another name, if it is only ours."""
        usual = resolve_stages(self._settings.pipeline_stages)
        is_usual = self._stages == usual and not self._given_resources
        return build_content_job(
            self._stages,
            name=JOB_NAME if is_usual else CUSTOM_JOB_NAME,
            resources=self._given_resources,
        )

    @cached_property
    def _instance(self) -> DagsterInstance:
        return self._given_instance or open_instance(self._settings)

    @property
    def _store(self) -> RunStore:
        store = self._tracking.store
        if store is None:
            raise RuntimeError(
                "Tracking is off, so no run can be resumed. Set PIPELINE_TRACK_RUNS=true, and do "
                "not call without_tracking()."
            )
        return store

    def _with(self, **changes: Any) -> Self:
        other = copy(self)
        for opened in ("_resources", "_tracking", "_job"):
            other.__dict__.pop(opened, None)
        other.__dict__.update(changes)
        return other


def _id_of(run: int | PipelineRun) -> int:
    return run if isinstance(run, int) else run.id
