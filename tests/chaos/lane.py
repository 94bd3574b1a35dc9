"""A lane: a database, a home and an outside world of its own, for cells that follow each other."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from chaos.databases import ChaosDatabase, open_database
from chaos.orders import VICTIM, Orders
from chaos.outside_world import CHANNELS, OutsideWorld, outside_world
from chaos.patience import until
from chaos.shell import SCRIBE_DAGSTER, ShellProcess
from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.models import ArticleRow, PipelineRun, PublishLogRow
from scribe_dagster.instance.open import dagster_home

_FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass
class Lane:
    """Where cells happen, and what can be seen of them afterwards."""

    folder: Path
    database: ChaosDatabase
    tables: Database
    world: OutsideWorld
    orders: Orders
    environment: dict[str, str]
    of_the_cell: dict[str, str] = field(default_factory=dict)
    """What the environment of the current cell's commands has besides."""
    _started: list[ShellProcess] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    # -- Processes -------------------------------------------------------------------------------

    def start(self, command: Sequence[str], **environment: str) -> ShellProcess:
        """Start a command in this lane's environment."""
        log = self.folder / f"process-{next(self._numbers)}.log"
        process = ShellProcess.start(
            command,
            {**os.environ, **self.environment, **environment, **self.of_the_cell},
            self.folder,
            log,
        )
        self._started.append(process)
        return process

    def stop_all(self) -> None:
        """End what has been started and still runs."""
        for process in self._started:
            process.kill()
        self._started.clear()
        self.of_the_cell.clear()

    # -- What the product has written down -------------------------------------------------------

    def newest_run_id(self) -> int:
        """Return the id of the newest run, 0 if there is none."""
        with self.tables.read() as connection:
            return connection.scalar(select(func.max(PipelineRun.id))) or 0

    def runs_after(self, run_id: int) -> Sequence[PipelineRun]:
        """Return all later runs with their histories, oldest first."""
        query = (
            select(PipelineRun)
            .where(PipelineRun.id > run_id)
            .options(selectinload(PipelineRun.stage_attempts))
            .order_by(PipelineRun.id)
        )
        with self.tables.session() as session:
            return session.scalars(query).all()

    def articles_of(self, run_id: int) -> int:
        """Return how many articles a run has made."""
        made = select(func.count()).where(ArticleRow.pipeline_run_id == run_id)
        with self.tables.read() as connection:
            return connection.scalar(made) or 0

    def publications_of(self, run_id: int) -> dict[str, str]:
        """Return the status of each publication of a run's article, by channel."""
        query = (
            select(PublishLogRow.channel, PublishLogRow.status)
            .join(ArticleRow, ArticleRow.id == PublishLogRow.article_id)
            .where(ArticleRow.pipeline_run_id == run_id)
        )
        with self.tables.read() as connection:
            return {channel: str(status) for channel, status in connection.execute(query)}

    def wait_until_lease_is_over(self, run_id: int) -> None:
        """Wait until nobody has a claim to a run any more."""
        over = select(
            PipelineRun.lease_expires_at.is_(None)
            | (PipelineRun.lease_expires_at < database_time())
        ).where(PipelineRun.id == run_id)

        def is_over() -> bool:
            with self.tables.read() as connection:
                return bool(connection.scalar(over))

        until(is_over, f"the lease of run #{run_id} does not end")

    def unfinished_dagster_runs(self) -> set[str]:
        """Return the Dagster runs that look as if they were still going on."""
        # Read as it is: Dagster's own classes do not like to be used from several threads.
        history = self.folder / "home" / "dagster" / "history" / "runs.db"
        if not history.exists():
            return set()
        with closing(sqlite3.connect(history)) as connection:
            rows = connection.execute("SELECT run_id, status FROM runs")
            return {run_id for run_id, status in rows if status not in _FINISHED}


@contextmanager
def open_lane(kind: str, folder: Path, **environment: str) -> Iterator[Lane]:
    """Open a lane over a database of this kind."""
    home = folder / "home"
    with open_database(kind, folder) as database, outside_world() as world:
        tables = Database(database.url)
        dagster_home(Settings(scribe_home=home))
        orders = Orders(folder / "order")
        lane = Lane(
            folder,
            database,
            tables,
            world,
            orders,
            environment=_no_settings_of_the_developer()
            | {
                "SCRIBE_HOME": str(home),
                "SCRIBE_ALLOW_HOSTS": "127.0.0.1",
                "SCRIBE_RESPECT_ROBOTS": "false",
                "SCRIBE_DATABASE_URL": database.url,
                "AI_PROVIDER": "openai",
                "AI_IMAGE_PROVIDER": "openai",
                "OPENAI_BASE_URL": world.models.base_url,
                "OPENAI_API_KEY": "sk-chaos-0123456789abcdef",
                "OPENAI_CONTENT_MODEL": "gpt-4o-mini",
                "PUBLISHER_CHANNELS": ",".join(CHANNELS),
                "PYTHONPATH": os.pathsep.join(
                    filter(None, (str(VICTIM), os.environ.get("PYTHONPATH")))
                ),
                "CHAOS_ORDER": str(orders.file),
                "CHAOS_WORLD": world.url,
                "COLUMNS": "200",
            }
            | environment,
        )
        try:
            lane.start([*SCRIBE_DAGSTER, "migrate"]).wait()
            yield lane
        finally:
            lane.stop_all()
            tables.close()


def _no_settings_of_the_developer() -> dict[str, str]:
    # An empty variable counts as none.
    return {name.upper(): "" for name in Settings.model_fields} | {"DAGSTER_HOME": ""}
