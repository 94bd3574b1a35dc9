"""The durable writes alone, without Dagster: the floor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, create_engine, event, insert

from benchmarks.workload import REQUEST, SIX_STAGES, STAGE_NAMES, grow
from scribe_dagster.db import schema
from scribe_dagster.db.database import Database
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.snapshot import dump_snapshot


class RunStoreAlone:
    """Everything ContentPipeline writes down of a run, through the run store and nothing else."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        database = Database(f"sqlite:///{home / 'scribe.db'}")
        schema.migrate(database)
        self._store = RunStore(database)

    def __call__(self) -> None:
        run = self._store.start(REQUEST, STAGE_NAMES)
        payload = REQUEST
        for index, stage in enumerate(SIX_STAGES):
            run.begin_stage(index)
            result = stage(payload)
            run.checkpoint(index, before=payload, result=result)
            payload = result.payload


class OneRowByHand:
    """The least that could be called tracking: one insert, then an update after each stage."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self._engine = create_engine(f"sqlite:///{home / 'bare.db'}")
        event.listen(self._engine, "connect", _durable)
        metadata = MetaData()
        self._runs = Table(
            "runs",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("stage", String),
            Column("snapshot", JSON),
        )
        metadata.create_all(self._engine)

    def __call__(self) -> None:
        payload = REQUEST
        with self._engine.begin() as connection:
            run_id = connection.execute(
                insert(self._runs).values(stage=STAGE_NAMES[0], snapshot=dump_snapshot(payload))
            ).inserted_primary_key
        assert run_id is not None
        this_run = self._runs.update().where(self._runs.c.id == run_id[0])
        for name in STAGE_NAMES:
            payload = grow(payload, name)
            with self._engine.begin() as connection:
                connection.execute(this_run.values(stage=name, snapshot=dump_snapshot(payload)))


def _durable(connection: Any, _record: object) -> None:
    """Ask of SQLite what scribe-dagster asks of it."""
    connection.execute("PRAGMA journal_mode = WAL").close()
    connection.execute("PRAGMA synchronous = FULL").close()
