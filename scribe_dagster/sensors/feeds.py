"""What the Dagster daemon does for feeds: poll them, and launch a run for each new entry."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    JobDefinition,
    RunRecord,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from scribe_dagster.config import Settings
from scribe_dagster.db.staged_contents import StagedContents, WaitingContent
from scribe_dagster.resources.feed_poller import FeedPoller, Poll
from scribe_dagster.resources.launches import LONGEST_SILENCE, last_word

STAGED_CONTENT_TAG = "scribe/staged_content"
"""Id of the staged content that a Dagster run was launched for."""

_POLLING_SECONDS = 20.0
"""Of the 60 that a sensor has; what is being polled by then is waited for."""
_AT_ONCE = 20
"""Runs launched by one tick, and runs that may wait in Dagster's queue for this sensor."""
_MOST_LAUNCHES = 3
"""Times to launch a Dagster run that ends before its pipeline run has begun."""

_CREATED = DagsterRunStatus.NOT_STARTED
_UNDER_WAY = (DagsterRunStatus.STARTING, DagsterRunStatus.STARTED)
_RUN_KEY_TAG = "dagster/run_key"


def build_feed_sensor(job: JobDefinition, *, name: str = "feed_sensor") -> SensorDefinition:
    """Build the sensor that polls feeds and takes their new entries through a job's stages.

    An entry is staged first and launched then: what is staged and has no run is launched by the
    next tick, whatever happened to this one. A run is launched for it once; a second time only if
    Dagster's record of the first says that it ended without ever beginning the pipeline run.

    Args:
        job: A job made by :func:`~scribe_dagster.jobs.build_content_job`. Two such sensors would
            share the feeds between them at random: have one in a deployment.
        name: The sensor's name.
    """

    @sensor(
        name=name,
        job=job,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
        description="Polls the feeds of `scribe-dagster sources`, and processes new entries.",
    )
    def poll_feeds(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        settings = Settings.load()
        if not settings.pipeline_track_runs:
            return SkipReason(
                "Tracking is off (PIPELINE_TRACK_RUNS=false): nobody could tell which entries "
                "have been processed."
            )
        poller = FeedPoller.from_settings(settings)
        polls = poller.poll_due(_POLLING_SECONDS)
        for poll in polls:
            if trouble := poll.error or poll.damage:
                context.log.warning(f"Source #{poll.source.id}: {trouble}")
        requests = _requests(context, poller.staged)
        return SensorResult(
            run_requests=requests, skip_reason=None if requests else SkipReason(_summary(polls))
        )

    return poll_feeds


def _requests(context: SensorEvaluationContext, staged: StagedContents) -> list[RunRequest]:
    waiting = staged.waiting(_AT_ONCE)
    launched = _launched_for(context.instance, waiting)
    requests = []
    for content in waiting:
        earlier = [record.dagster_run for record in launched[content.id]]
        ended = [run for run in earlier if run.is_finished]
        # One that was created only, when its daemon died, is launched by asking for it again.
        if any(not run.is_finished and run.status is not _CREATED for run in earlier):
            _end_what_never_began(context.instance, launched[content.id])
        elif len(ended) >= _MOST_LAUNCHES:
            staged.give_up(content.id, f"{len(ended)} Dagster runs ended before it began")
            context.log.warning(
                f"{content.source_url} was launched {len(ended)} times and never begun; see "
                f"Dagster run {ended[0].run_id}. It is left to people now."
            )
        else:
            requests.append(_request(content, number=len(ended)))
    return requests


def _end_what_never_began(instance: DagsterInstance, records: Sequence[RunRecord]) -> None:
    """End the Dagster runs whose worker must have died on its way to the pipeline run."""
    for record in records:
        run = record.dagster_run
        if run.status not in _UNDER_WAY:
            continue
        if datetime.now(UTC) - last_word(instance, record) > LONGEST_SILENCE:
            instance.report_run_failed(run, "Its worker died before it began the pipeline run.")


def _launched_for(
    instance: DagsterInstance, waiting: Sequence[WaitingContent]
) -> dict[int, list[RunRecord]]:
    """Return, for each content, the Dagster runs that were launched for it."""
    wanted = {str(content.id): content for content in waiting}
    found: dict[int, list[RunRecord]] = {content.id: [] for content in waiting}
    if not wanted:
        return found
    for record in instance.get_run_records(RunsFilter(tags={STAGED_CONTENT_TAG: list(wanted)})):
        tags = record.dagster_run.tags
        content = wanted[tags[STAGED_CONTENT_TAG]]
        if tags.get(_RUN_KEY_TAG, "").startswith(_key(content)):
            found[content.id].append(record)
    return found


def _request(content: WaitingContent, *, number: int) -> RunRequest:
    config = {
        "source_url": content.source_url,
        "source": "feed",
        "staged_content_id": content.id,
        "categories": content.categories or None,
        "language": content.language,
    }
    return RunRequest(
        run_key=f"{_key(content)}{number}",
        run_config={key: value for key, value in config.items() if value is not None},
        tags={STAGED_CONTENT_TAG: str(content.id)},
    )


def _key(content: WaitingContent) -> str:
    # Dagster launches a key once, for ever, and a database that was emptied begins to count anew.
    return f"staged/{content.id}/{content.created_at:%Y%m%dT%H%M%S%f}/"


def _summary(polls: Sequence[Poll]) -> str:
    if not polls:
        return "No feed is due."
    failed = sum(poll.error is not None for poll in polls)
    what = f"{len(polls)} polled" + (f", of which {failed} failed" if failed else "")
    return f"{what}; nothing new, or all of it launched already."
