"""Runs that the first version wrote, in a database that is brought to this one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from fakes.leases import let_the_lease_run_out
from fakes.payloads import URL, a_request
from fakes.runs import STAGES, complete_up_to
from sqlalchemy import Connection, text

from scribe_dagster.db import schema
from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.snapshot import dump_snapshot
from scribe_dagster.domain.status import PipelineRunStatus as Status
from scribe_dagster.errors import AlreadyProcessed, NotResumable

MARCH = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
BEFORE_THE_THIRD = a_request(language="de")

PENDING, RUNNING, FAILED, COMPLETED, FORK, WAITING_FORK, ORPHANED_FORK = range(1, 8)


def alembic(database: Database, step: Callable[..., None], *revisions: str) -> None:
    config = Config()
    config.set_main_option("script_location", "scribe_dagster.db:migrations")
    with database.write() as connection:
        config.attributes["connection"] = connection
        for revision in revisions:
            step(config, revision)


def insert(connection: Connection, table: str, **values: Any) -> None:
    """Write a row as the first version did: by its columns, not by those of today's models."""
    columns = ", ".join(values)
    holders = ", ".join(f":{column}" for column in values)
    for column, value in values.items():
        if isinstance(value, dict | list):
            values[column] = json.dumps(value)
        elif isinstance(value, datetime) and connection.dialect.name == "sqlite":
            values[column] = f"{value:%Y-%m-%d %H:%M:%S.%f}"
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({holders})"), values)


def insert_run(
    connection: Connection,
    run_id: int,
    status: Status,
    index: int,
    *,
    origin: int | None = None,
    done: range = range(0),
) -> None:
    insert(
        connection,
        "pipeline_runs",
        id=run_id,
        source_url=f"{URL}?run={run_id}",
        status=status.value,
        stages=list(STAGES),
        current_stage_index=index,
        current_stage_name=STAGES[index],
        attempt=1,
        forked_from_id=origin,
        input_tokens=7,
        output_tokens=0,
        cost_micro_usd=0,
        created_at=MARCH,
        updated_at=MARCH,
        heartbeat_at=MARCH,
        initial_snapshot=dump_snapshot(a_request() if origin is None else BEFORE_THE_THIRD),
        payload_snapshot=dump_snapshot(BEFORE_THE_THIRD),
    )
    for stage in done:
        insert(
            connection,
            "pipeline_run_stages",
            pipeline_run_id=run_id,
            attempt=1,
            stage_index=stage,
            stage_name=STAGES[stage],
            outcome="completed",
            started_at=MARCH,
            input_tokens=7,
            output_tokens=0,
            changes={"language": "de"},
        )


@pytest.fixture
def database(empty_database: Database) -> Database:
    """A database of the first version, with a run in every state of life."""
    alembic(empty_database, command.upgrade, "content_0001", "tracking_0001")
    with empty_database.write() as connection:
        insert_run(connection, PENDING, Status.PENDING, 0)
        insert_run(connection, RUNNING, Status.RUNNING, 2, done=range(2))
        insert_run(connection, FAILED, Status.FAILED, 2, done=range(2))
        insert_run(connection, COMPLETED, Status.COMPLETED, 3, done=range(4))
        insert_run(connection, FORK, Status.FAILED, 3, origin=COMPLETED, done=range(2, 3))
        insert_run(connection, WAITING_FORK, Status.PENDING, 2, origin=COMPLETED)
        insert_run(connection, ORPHANED_FORK, Status.FAILED, 3, done=range(2, 3))
        if connection.dialect.name == "postgresql":
            # Here ids were given, and not drawn.
            sequence = "pg_get_serial_sequence('pipeline_runs', 'id')"
            connection.execute(text(f"SELECT setval({sequence}, {ORPHANED_FORK})"))
    return empty_database


@pytest.fixture
def store(database: Database) -> RunStore:
    schema.migrate(database)
    return RunStore(database)


def test_nothing_that_was_stored_is_lost(database: Database) -> None:
    with database.read() as connection:
        before = connection.execute(text("SELECT * FROM pipeline_runs ORDER BY id")).mappings()
        rows = [dict(row) for row in before]

    schema.migrate(database)

    with database.read() as connection:
        after = connection.execute(text("SELECT * FROM pipeline_runs ORDER BY id")).mappings()
        kept = [{name: row[name] for name in rows[0]} for row in after]
    assert kept == rows


def test_a_worker_of_the_version_before_gets_a_minute_to_come_to_an_end(
    database: Database, store: RunStore
) -> None:
    active = store.active()

    assert [run.id for run in active] == [PENDING, RUNNING, WAITING_FORK]
    assert not any(run.lease_ran_out for run in active)
    minute = [store.get(run.id).lease_expires_at for run in active]
    assert all(
        timedelta(0) < (until or MARCH) - datetime.now(UTC) < timedelta(seconds=61)
        for until in minute
    )
    with pytest.raises(NotResumable):
        store.claim(RUNNING, STAGES)

    let_the_lease_run_out(database, RUNNING)

    assert store.claim(RUNNING, STAGES).current_index == 2


@pytest.mark.parametrize("run_id", [FAILED, COMPLETED, FORK, ORPHANED_FORK])
def test_nobody_holds_what_was_over(store: RunStore, run_id: int) -> None:
    assert store.get(run_id).lease_expires_at is None


def test_nothing_is_resumed_that_nobody_asks_for(store: RunStore) -> None:
    assert store.due("any", STAGES, limit=20) == []

    store.request_resume(FAILED)

    assert [run.id for run in store.due("any", STAGES, limit=20)] == [FAILED]


def test_a_failed_run_goes_on_with_what_it_had(database: Database, store: RunStore) -> None:
    resumed = store.claim(FAILED, STAGES)

    assert resumed.state_before(2) == BEFORE_THE_THIRD
    complete_up_to(resumed, len(STAGES))
    run = load_run(database, FAILED)
    assert (run.status, run.input_tokens) == (Status.COMPLETED, 7)
    assert len(run.stage_attempts) == 4


@pytest.mark.parametrize(
    ("run_id", "began_at"),
    [
        *((run_id, 0) for run_id in (PENDING, RUNNING, FAILED, COMPLETED)),
        *((fork_id, 2) for fork_id in (FORK, WAITING_FORK, ORPHANED_FORK)),
    ],
)
def test_it_is_known_where_every_run_began(store: RunStore, run_id: int, began_at: int) -> None:
    assert store.get(run_id).first_stage_index == began_at


def test_a_fork_has_the_states_of_its_origin_before_it_began(store: RunStore) -> None:
    assert store.state_before(FORK, 0) == a_request()
    assert store.state_before(FORK, 2) == BEFORE_THE_THIRD
    with pytest.raises(NotResumable, match="forked from is gone"):
        store.state_before(ORPHANED_FORK, 1)


def test_a_source_that_was_processed_is_recognised(store: RunStore) -> None:
    with pytest.raises(AlreadyProcessed) as existing:
        store.start(a_request(f"{URL}?run={COMPLETED}"), STAGES, if_exists=IfExists.SKIP)

    assert existing.value.run_id == COMPLETED


def test_it_can_be_undone_and_done_again(database: Database, store: RunStore) -> None:
    new = store.start(a_request(), STAGES).run_id

    alembic(database, command.downgrade, "tracking@tracking_0001")

    assert schema.applied(database) == {schema.CONTENT_HEAD, "tracking_0001"}
    with database.read() as connection:
        statuses = connection.execute(text("SELECT id, status FROM pipeline_runs ORDER BY id"))
        assert [tuple(row) for row in statuses][-1] == (new, "pending")

    schema.migrate(database)

    assert store.get(FORK).first_stage_index == 2
    assert store.claim(FAILED, STAGES).current_index == 2
