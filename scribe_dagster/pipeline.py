"""The Python door: process, resume, and what may be changed about a pipeline.

::

    from scribe_dagster import ContentPipeline

    pipeline = ContentPipeline()
    result = pipeline.process("https://example.com/article")
    if result.status.is_resumable:
        result = pipeline.resume(result.run_id)
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from dagster import (
    DagsterError,
    DagsterExecutionInterruptedError,
    DagsterInstance,
    Failure,
    InitLoggerContext,
    JobDefinition,
    LoggerDefinition,
)

from scribe_dagster.config import Settings
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.domain.events import (
    ProgressEvent,
    ProgressListener,
    RunRefused,
    RunStarted,
    StageCompleted,
    StageFailed,
    StageRejected,
    StageSkipped,
    StageStarted,
    ignore_progress,
)
from scribe_dagster.domain.failure import Failure as RecordedFailure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage import Stage
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.drivers.sources.request import make_request
from scribe_dagster.errors import DatabaseUnreachable, NotResumable
from scribe_dagster.instance import open_instance
from scribe_dagster.jobs import build_content_job, content_resources, resolve_stages
from scribe_dagster.pipeline_result import PipelineResult
from scribe_dagster.resources.request import Request
from scribe_dagster.resources.settings_resource import SettingsResource
from scribe_dagster.resources.tracking import ATTEMPT_TAG, PIPELINE_RUN_TAG, Tracking

# Dagster runs in several threads of one process deadlock in its logging: they take turns here.
# To run many at once, use processes.
_ONE_RUN_AT_A_TIME = threading.Lock()


class _Running:
    """The thread that executes a run at the moment."""

    thread: int | None = None


_running = _Running()


class ContentPipeline:
    """Stages in a row, run in this process and recorded like every other run.

    A pipeline is not changed by use: :meth:`through`, :meth:`without_tracking` and
    :meth:`on_progress` return another one.

    Args:
        stages: Stages, or names of installed ones, in order. Default: the six built-in stages.
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
        self._stages = resolve_stages(stages)
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
    ) -> PipelineResult:
        """Take one piece of content through the stages.

        Args:
            source: A URL, the path of a file, or a payload made by the caller.
            text: Raw text instead of a source.
            driver: Source driver (``web``, ``file``, a plugin's). Default: told by the source.
            categories: Categories the model may choose from, such as ``"1:Tech,2:Health"``.
            language: Language to write in. Default: AI_OUTPUT_LANGUAGE.

        Returns:
            How it ended. A failed stage is told in the result; the run can then be resumed.

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
        return self._execute(request, tags={})

    def resume(self, run: int | PipelineRun) -> PipelineResult:
        """Execute a failed run from its failed stage on; what is done is not done again.

        Args:
            run: The run, or its id.

        Raises:
            RuntimeError: Tracking is off, so there is nothing to resume from.
            RunNotFound: There is no such run.
            NotResumable: It is not failed.
            StagesChanged: It was started with other stages than this pipeline has.
            Fenced: Somebody else has resumed it meanwhile.
            ConfigurationError: A key, a driver or the database is missing; the run stays failed.
        """
        store = self._tracking.store
        if store is None:
            raise RuntimeError(
                "Tracking is off, so no run can be resumed. Set PIPELINE_TRACK_RUNS=true, and do "
                "not call without_tracking()."
            )
        stored = store.get(run if isinstance(run, int) else run.id)
        if not stored.is_resumable():
            raise NotResumable.because(stored.id, stored.status)
        tags = {PIPELINE_RUN_TAG: str(stored.id), ATTEMPT_TAG: str(stored.attempt)}
        if stored.dagster_run_id:
            # Tags alone make the UI group the runs; it looks at nothing else.
            tags["dagster/parent_run_id"] = stored.dagster_run_id
            tags["dagster/root_run_id"] = self._root_of(stored.dagster_run_id)
        return self._execute(store.state_before(stored.id, stored.current_stage_index), tags=tags)

    # -- How -----------------------------------------------------------------------------------

    def _execute(self, request: ContentPayload, tags: Mapping[str, str]) -> PipelineResult:
        if threading.get_ident() == _running.thread:
            raise RuntimeError(
                "A stage or a progress listener cannot run a pipeline inside the one it belongs "
                "to. Process the other source when this run is over, or in another process."
            )
        record = _Recorder(request, self._listener)
        with _ONE_RUN_AT_A_TIME:
            _outside_any_event_loop(lambda: self._run_job(request, tags, record))
        return record.result()

    def _run_job(
        self, request: ContentPayload, tags: Mapping[str, str], record: "_Recorder"
    ) -> None:
        dagster_run_id = str(uuid4())
        _running.thread = threading.get_ident()
        try:
            self._job.execute_in_process(
                run_id=dagster_run_id,
                run_config=_shown_config(request),
                instance=self._instance,
                tags=dict(tags),
                resources={"request": Request(lambda: request), "progress": record},
            )
        except (Failure, DagsterError):
            # A failed stage is in the record; anything else has no other way out than up.
            if not record.is_over:
                raise
        except DagsterExecutionInterruptedError:
            # Dagster's name for Ctrl-C and SIGTERM.
            raise KeyboardInterrupt from None
        finally:
            _running.thread = None
            if not record.is_settled:
                self._release(dagster_run_id, record.interruption)

    def _release(self, dagster_run_id: str, interruption: BaseException) -> None:
        """Whatever came between a stage and the next: leave a run that can be resumed."""
        if self._tracking.store is not None:
            failure = RecordedFailure.of(interruption, self._settings.secrets)
            # Should the database be away, that is what is being raised already.
            with suppress(DatabaseUnreachable):
                self._tracking.store.release(dagster_run_id, failure)

    @cached_property
    def _resources(self) -> dict[str, object]:
        """Everything the stages need, opened: what is missing is told before anything runs."""
        wanted = {"tracking", "policy"}.union(*(stage.resource_keys for stage in self._stages))
        available: dict[str, object] = {**content_resources(), **self._given_resources}
        return {
            key: resource.open(self._settings)
            if isinstance(resource, SettingsResource)
            else resource
            for key, resource in available.items()
            if key in wanted
        }

    @cached_property
    def _tracking(self) -> Tracking:
        tracking = self._resources["tracking"]
        assert isinstance(tracking, Tracking)
        return tracking

    @cached_property
    def _job(self) -> JobDefinition:
        return build_content_job(self._stages, resources=self._resources, console=_silent)

    @cached_property
    def _instance(self) -> DagsterInstance:
        return self._given_instance or open_instance(self._settings)

    def _root_of(self, dagster_run_id: str) -> str:
        run = self._instance.get_run_by_id(dagster_run_id)
        tagged = run.tags.get("dagster/root_run_id") if run else None
        return tagged or (run.root_run_id if run else None) or dagster_run_id

    def _with(self, **changes: Any) -> Self:
        other = copy(self)
        for opened in ("_resources", "_tracking", "_job"):
            other.__dict__.pop(opened, None)
        other.__dict__.update(changes)
        return other


class _Recorder:
    """Listens to a run, to tell in the end what came of it."""

    def __init__(self, request: ContentPayload, listener: ProgressListener) -> None:
        self._run_id: int | None = None
        self._payload = request
        self._end: RunRefused | StageFailed | StageRejected | None = None
        self._all_done = False
        self._listener = listener

    def __call__(self, event: ProgressEvent) -> None:
        match event:
            case RunStarted(pipeline_run_id=run_id):
                self._run_id = run_id
            case StageStarted():
                self._end = None
            case StageCompleted(payload=payload) | StageSkipped(payload=payload):
                self._payload, self._end = payload, None
                self._all_done = event.index == event.total - 1
            case RunRefused() | StageFailed() | StageRejected():
                self._end = event
            case _:
                pass
        self._listener(event)

    @property
    def is_over(self) -> bool:
        """Whether the events tell how the run ended."""
        return self._end is not None or self._all_done

    @property
    def is_settled(self) -> bool:
        """Whether the row tells it as well: a refused worker may have left one it had begun."""
        return self._all_done or isinstance(self._end, StageFailed | StageRejected)

    @property
    def interruption(self) -> BaseException:
        """What ended a run that is not settled."""
        return self._end.error if isinstance(self._end, RunRefused) else KeyboardInterrupt()

    def result(self) -> PipelineResult:
        match self._end:
            case RunRefused(error=error):
                raise error
            case StageFailed(stage=stage, message=message, kind=kind, resume_after=resume_after):
                return PipelineResult(
                    PipelineRunStatus.FAILED,
                    self._run_id,
                    self._payload,
                    error_stage=stage,
                    error_message=message,
                    error_kind=kind,
                    resume_after=resume_after,
                )
            case StageRejected(reasons=reasons):
                return PipelineResult(
                    PipelineRunStatus.REJECTED,
                    self._run_id,
                    self._payload,
                    rejection_reasons=reasons,
                )
            case None:
                return PipelineResult(PipelineRunStatus.COMPLETED, self._run_id, self._payload)


def _outside_any_event_loop(work: Callable[[], None]) -> None:
    """Do it here; in a notebook, whose event loop Dagster's own would clash with, in a thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work()
    else:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(work).result()


def _shown_config(request: ContentPayload) -> dict[str, Any]:
    """What the UI shows as the run's config; the request itself is handed over as it is."""
    shown: dict[str, Any] = {"source_url": request.source_url}
    if request.source:
        shown["source"] = request.source
    if request.categories:
        shown["categories"] = ",".join(f"{c.id}:{c.name}" for c in request.categories)
    if request.language:
        shown["language"] = request.language
    return shown


def _silent_logger(context: InitLoggerContext) -> logging.Logger:
    quiet = logging.Logger("scribe_dagster.silent")
    quiet.addHandler(logging.NullHandler())
    return quiet


# The caller's terminal is the caller's; the events are in Dagster's log all the same.
_silent = LoggerDefinition(_silent_logger)
