"""No paid call is begun once the budget is spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from fakes.payloads import a_request
from fakes.runs import RATE_LIMITED, STAGES, complete, fail
from sqlalchemy import text, update

from scribe_dagster.db.budget import Budget
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRunStage
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import BudgetSpent, ErrorKind


def a_run_that_spent(store: RunStore, cost: str | None) -> TrackedRun:
    run = store.start(a_request(), STAGES)
    price = None if cost is None else Decimal(cost)
    complete(run, 0, a_request(), usage=Usage(model="m", input_tokens=10, cost_usd=price))
    return run


def yesterday(database: Database) -> None:
    """Let a day pass over all that has been spent."""
    with database.write() as connection:
        then = datetime.now(UTC) - timedelta(days=1, minutes=1)
        connection.execute(update(PipelineRunStage).values(finished_at=then))


def test_a_run_may_spend_what_is_left_to_it(database: Database, store: RunStore) -> None:
    run = a_run_that_spent(store, "0.09")

    left = Budget(database, per_run=Decimal("0.10"), per_day=Decimal(1)).left_to(run.run_id)

    assert left == Decimal("0.01")


def test_what_is_not_written_down_yet_is_spent_as_well(database: Database, store: RunStore) -> None:
    run = a_run_that_spent(store, "0.09")

    for caps in ({"per_run": Decimal("0.10")}, {"per_day": Decimal("0.10")}):
        with pytest.raises(BudgetSpent, match=r"\$0\.1000"):
            Budget(database, **caps).left_to(run.run_id, unbooked=Decimal("0.01"))


def test_without_a_cap_a_run_may_spend_what_it_takes(database: Database) -> None:
    assert Budget(database).left_to(1) is None


def test_a_run_that_has_spent_its_budget_may_spend_no_more(
    database: Database, store: RunStore
) -> None:
    run = a_run_that_spent(store, "0.10")

    with pytest.raises(BudgetSpent, match=r"\$0\.10 a run.*SCRIBE_BUDGET_PER_RUN") as refusal:
        Budget(database, per_run=Decimal("0.10")).left_to(run.run_id)

    assert refusal.value.kind is ErrorKind.QUOTA
    assert refusal.value.resume_after is None


def test_a_runs_budget_covers_all_its_attempts(database: Database, store: RunStore) -> None:
    run = a_run_that_spent(store, "0.10")
    fail(run, 1, RATE_LIMITED)
    store.claim(run.run_id, STAGES)

    with pytest.raises(BudgetSpent):
        Budget(database, per_run=Decimal("0.10")).left_to(run.run_id)


def test_what_others_spent_is_no_matter_of_a_runs_budget(
    database: Database, store: RunStore
) -> None:
    a_run_that_spent(store, "5")
    run = store.start(a_request(), STAGES)

    Budget(database, per_run=Decimal("0.10")).left_to(run.run_id)


def test_a_days_budget_is_one_for_all_runs(database: Database, store: RunStore) -> None:
    a_run_that_spent(store, "0.60")
    a_run_that_spent(store, "0.50")
    run = store.start(a_request(), STAGES)

    with pytest.raises(BudgetSpent, match=r"\$1 a day.*\$1\.1000 since midnight UTC") as refusal:
        Budget(database, per_day=Decimal(1)).left_to(run.run_id)

    assert refusal.value.kind is ErrorKind.QUOTA


def test_a_days_budget_is_there_again_at_the_next_midnight_in_utc(
    database: Database, store: RunStore
) -> None:
    run = a_run_that_spent(store, "2")
    budget = Budget(database, per_day=Decimal(1))

    with pytest.raises(BudgetSpent) as refusal:
        budget.left_to(run.run_id)
    midnight = refusal.value.resume_after
    yesterday(database)

    budget.left_to(run.run_id)
    assert midnight is not None
    assert midnight == midnight.replace(hour=0, minute=0, second=0, microsecond=0)
    assert timedelta(0) < midnight - datetime.now(UTC) <= timedelta(days=1)


def test_a_days_spending_is_found_without_reading_all_runs(database: Database) -> None:
    day = "SELECT sum(cost_micro_usd) FROM pipeline_run_stages WHERE finished_at >= :midnight"
    midnight = {"midnight": datetime.now(UTC).replace(hour=0, minute=0)}

    with database.write() as connection:
        explain = "EXPLAIN"
        if connection.dialect.name == "sqlite":
            explain += " QUERY PLAN"
        else:
            # A table as short as this one it would read all.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        asked = text(f"{explain} {day} AND cost_micro_usd IS NOT NULL")
        plan = " ".join(str(row[-1]) for row in connection.execute(asked, midnight))

    assert "ix_pipeline_run_stages_finished_at" in plan


def test_what_has_no_known_price_counts_as_nothing(database: Database, store: RunStore) -> None:
    run = a_run_that_spent(store, None)

    Budget(database, per_run=Decimal("0.01"), per_day=Decimal("0.01")).left_to(run.run_id)


def test_a_budget_of_nothing_lets_nothing_be_spent(database: Database, store: RunStore) -> None:
    run = store.start(a_request(), STAGES)

    with pytest.raises(BudgetSpent):
        Budget(database, per_run=Decimal(0)).left_to(run.run_id)
