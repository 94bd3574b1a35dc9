"""Questions people ask about runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, selectinload, undefer

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import ErrorKind, RunNotFound, UnknownStage


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; what is None does not matter."""

    status: PipelineRunStatus | None = None
    url: str | None = None
    """Part of the URL, in any case."""
    stage: str | None = None
    """Name of the current, or last, stage."""
    since: datetime | None = None
    """Created at this moment or later."""
    error: str | None = None
    """Part of the error message, in any case."""
    error_kind: ErrorKind | None = None
    failed_since: datetime | None = None
    """Failed at this moment or later."""
    job: str | None = None
    """The Dagster job that executed it last; a run that names none is of any."""
    oldest_first: bool = False
    limit: int = 20
    pipeline: Sequence[str] = ()
    """The stages that the pipeline has now: names of stages that need no run to be known."""

    def as_query(self) -> Select[tuple[PipelineRun]]:
        """Return the query, newest run first unless told otherwise."""
        order = PipelineRun.id if self.oldest_first else PipelineRun.id.desc()
        query = select(PipelineRun).order_by(order).limit(self.limit)
        if self.status is not None:
            query = query.where(PipelineRun.status == self.status)
        if self.url is not None:
            query = query.where(PipelineRun.source_url.icontains(self.url, autoescape=True))
        if self.stage is not None:
            query = query.where(PipelineRun.current_stage_name == self.stage)
        if self.since is not None:
            query = query.where(PipelineRun.created_at >= self.since)
        if self.error is not None:
            query = query.where(PipelineRun.error_message.icontains(self.error, autoescape=True))
        if self.job is not None:
            query = query.where(
                or_(PipelineRun.job_name == self.job, PipelineRun.job_name.is_(None))
            )
        if self.error_kind is not None:
            query = query.where(PipelineRun.error_kind == self.error_kind)
        if self.failed_since is not None:
            query = query.where(PipelineRun.failed_at >= self.failed_since)
        return query


def list_runs(
    database: Database,
    wanted: RunFilter,
    *,
    with_snapshots: bool = False,
    with_prices: bool = False,
) -> Sequence[PipelineRun]:
    """List runs in the order that is wanted.

    Args:
        database: Where they are.
        wanted: Which of them.
        with_snapshots: Whether to load their latest snapshots, which are large.
        with_prices: Whether to load what ``known_cost_usd`` needs, for all of them at once.

    Raises:
        UnknownStage: Those at a stage are wanted that neither the pipeline nor any run has.
    """
    query = wanted.as_query()
    if with_snapshots:
        query = query.options(undefer(PipelineRun.payload_snapshot))
    if with_prices:
        prices = selectinload(PipelineRun.stage_attempts)
        query = query.options(
            prices.load_only(PipelineRunStage.model, PipelineRunStage.cost_micro_usd)
        )
    with database.session() as session:
        found = session.scalars(query).all()
        if wanted.stage is not None and not found:
            _require_known(wanted.stage, wanted.pipeline, session)
    return found


def _require_known(stage: str, pipeline: Sequence[str], session: Session) -> None:
    """Tell a stage that no run is at from one that nobody has ever heard of."""
    known = dict.fromkeys(pipeline)
    for stages in session.scalars(select(PipelineRun.stages).distinct()):
        known.update(dict.fromkeys(stages))
    if stage not in known:
        raise UnknownStage.named(stage, known=known)


def load_run(database: Database, run_id: int) -> PipelineRun:
    """Load a run with its history, and its first and its latest snapshot.

    Raises:
        RunNotFound: There is no such run.
    """
    query = (
        select(PipelineRun)
        .where(PipelineRun.id == run_id)
        .options(
            undefer(PipelineRun.initial_snapshot),
            undefer(PipelineRun.payload_snapshot),
            selectinload(PipelineRun.stage_attempts),
        )
    )
    with database.session() as session:
        run = session.scalars(query).one_or_none()
    if run is None:
        raise RunNotFound.numbered(run_id)
    return run
