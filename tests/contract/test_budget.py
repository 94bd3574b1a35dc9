"""No paid call is begun once the budget is spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from fakes.payloads import a_request
from fakes.query_plan import plan_of
from fakes.runs import RATE_LIMITED, STAGES, complete, fail
from sqlalchemy import insert, update

from scribe_dagster.db.budget import Budget
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRunStage
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import BudgetSpent, ConfigurationError, ErrorKind

A_CENT = Usage(model="m", cost_usd=Decimal("0.01"))


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


def test_a_run_may_spend_what_is_left_of_both_budgets(database: Database, store: RunStore) -> None:
    run = a_run_that_spent(store, "0.09")

    Budget(database, per_run=Decimal("0.10"), per_day=Decimal(1), run=run.scope).check()


def test_what_is_not_written_down_yet_is_spent_as_well(database: Database, store: RunStore) -> None:
    run = a_run_that_spent(store, "0.09")

    for caps in ({"per_run": Decimal("0.10")}, {"per_day": Decimal("0.10")}):
        with pytest.raises(BudgetSpent, match=r"\$0\.1000"):
            Budget(database, run=run.scope, **caps).check(A_CENT)


def test_without_tracking_nobody_knows_what_was_spent(database: Database) -> None:
    with pytest.raises(ConfigurationError, match="PIPELINE_TRACK_RUNS"):
        Budget(database, per_run=Decimal(5)).check()


def test_a_run_that_has_spent_its_budget_may_spend_no_more(
    database: Database, store: RunStore
) -> None:
    run = a_run_that_spent(store, "0.10")

    with pytest.raises(BudgetSpent, match=r"\$0\.10 a run.*SCRIBE_BUDGET_PER_RUN") as refusal:
        Budget(database, per_run=Decimal("0.10"), run=run.scope).check()

    assert refusal.value.kind is ErrorKind.QUOTA
    assert refusal.value.resume_after is None


def test_a_runs_budget_covers_all_its_attempts(database: Database, store: RunStore) -> None:
    run = a_run_that_spent(store, "0.10")
    fail(run, 1, RATE_LIMITED)
    store.claim(run.run_id, STAGES)

    with pytest.raises(BudgetSpent):
        Budget(database, per_run=Decimal("0.10"), run=run.scope).check()


def test_what_others_spent_is_no_matter_of_a_runs_budget(
    database: Database, store: RunStore
) -> None:
    a_run_that_spent(store, "5")
    run = store.start(a_request(), STAGES)

    Budget(database, per_run=Decimal("0.10"), run=run.scope).check()


def test_a_days_budget_is_one_for_all_runs(database: Database, store: RunStore) -> None:
    a_run_that_spent(store, "0.60")
    a_run_that_spent(store, "0.50")
    run = store.start(a_request(), STAGES)

    with pytest.raises(BudgetSpent, match=r"\$1 a day.*\$1\.1000 since midnight UTC") as refusal:
        Budget(database, per_day=Decimal(1), run=run.scope).check()

    assert refusal.value.kind is ErrorKind.QUOTA


def test_a_days_budget_is_there_again_at_the_next_midnight_in_utc(
    database: Database, store: RunStore
) -> None:
    run = a_run_that_spent(store, "2")
    budget = Budget(database, per_day=Decimal(1), run=run.scope)

    with pytest.raises(BudgetSpent) as refusal:
        budget.check()
    midnight = refusal.value.resume_after
    yesterday(database)

    budget.check()
    assert midnight is not None
    assert midnight == midnight.replace(hour=0, minute=0, second=0, microsecond=0)
    assert timedelta(0) < midnight - datetime.now(UTC) <= timedelta(days=1)


def test_a_days_spending_is_found_without_reading_all_runs(
    database: Database, store: RunStore
) -> None:
    run = store.start(a_request(), STAGES)
    long_ago = {
        "pipeline_run_id": run.run_id,
        "attempt": 1,
        "stage_index": 0,
        "stage_name": STAGES[0],
        "outcome": StageOutcome.COMPLETED,
        "finished_at": datetime.now(UTC) - timedelta(days=9),
        "cost_micro_usd": 1,
    }
    with database.write() as connection:
        connection.execute(insert(PipelineRunStage), [long_ago] * 2_000)
        connection.exec_driver_sql("ANALYZE pipeline_run_stages")

    plan = plan_of(database, Budget(database, per_day=Decimal(1), run=run.scope).check)

    # Each database in its own words: the index is searched for the moment, not read through.
    searched = "(finished_at>?)" if database.is_sqlite else "Index Cond: (finished_at >= "
    assert "ix_pipeline_run_stages_finished_at" in plan
    assert searched in plan


def test_what_has_no_known_price_counts_as_nothing(database: Database, store: RunStore) -> None:
    run = a_run_that_spent(store, None)

    Budget(database, per_run=Decimal("0.01"), per_day=Decimal("0.01"), run=run.scope).check()


def test_a_budget_of_nothing_lets_nothing_be_spent(database: Database, store: RunStore) -> None:
    run = store.start(a_request(), STAGES)

    with pytest.raises(BudgetSpent):
        Budget(database, per_run=Decimal(0), run=run.scope).check()
