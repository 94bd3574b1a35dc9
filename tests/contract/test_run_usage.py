"""What a run has cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from fakes.payloads import a_request
from fakes.runs import RATE_LIMITED, STAGES, complete, fail
from sqlalchemy import event

from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import RunFilter, list_runs, load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.savings import saved_by_resumes
from scribe_dagster.domain.usage import Usage


def used(input_tokens: int, output_tokens: int, cost: str | None) -> Usage:
    return Usage(
        model="gpt-5.4-mini",
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=None if cost is None else Decimal(cost),
    )


def test_a_stage_keeps_the_model_the_tokens_and_the_money_it_used(
    database: Database, store: RunStore
) -> None:
    run = store.start(a_request(), STAGES)

    complete(run, 0, a_request(), usage=used(1200, 300, "0.001234"))

    (stage,) = load_run(database, run.run_id).stage_attempts
    assert (stage.model, stage.input_tokens, stage.output_tokens) == ("gpt-5.4-mini", 1200, 300)
    assert stage.cost_usd == Decimal("0.001234")


def test_a_price_nobody_knows_is_unknown_and_not_zero(database: Database, store: RunStore) -> None:
    run = store.start(a_request(), STAGES)

    complete(run, 0, a_request(), usage=used(1200, 300, None))

    (stage,) = load_run(database, run.run_id).stage_attempts
    assert stage.cost_usd is None


def test_a_call_that_was_free_costs_zero(database: Database, store: RunStore) -> None:
    run = store.start(a_request(), STAGES)

    complete(run, 0, a_request(), usage=used(1200, 300, "0"))

    (stage,) = load_run(database, run.run_id).stage_attempts
    assert stage.cost_usd == Decimal(0)


def test_a_run_adds_up_what_its_stages_used_over_all_attempts(store: RunStore) -> None:
    first = store.start(a_request(), STAGES)
    payload = complete(first, 0, a_request(), usage=used(1000, 200, "0.10"))
    fail(first, 1)
    second = store.claim(first.run_id, STAGES)
    payload = complete(second, 1, payload, usage=used(500, 50, "0.05"))
    payload = complete(second, 2, payload, usage=used(7, 3, None))
    complete(second, 3, payload)

    run = store.get(first.run_id)

    assert (run.input_tokens, run.output_tokens) == (1507, 253)
    assert run.cost_usd == Decimal("0.15")


@pytest.mark.parametrize(
    ("costs", "known"),
    [
        (["0.10", "0.05"], Decimal("0.15")),
        (["0", "0"], Decimal(0)),
        (["0.10", None], Decimal("0.10")),
        (["0", None], None),
        ([None, None], None),
    ],
    ids=["paid", "free", "at least", "free and unknown", "unknown"],
)
def test_what_a_run_has_cost_is_unknown_only_where_a_price_is(
    database: Database, store: RunStore, costs: list[str | None], known: Decimal | None
) -> None:
    run = store.start(a_request(), STAGES)
    payload = complete(run, 0, a_request(), usage=used(1000, 200, costs[0]))
    payload = complete(run, 1, payload, usage=used(500, 50, costs[1]))
    complete(run, 2, payload)

    (listed,) = list_runs(database, RunFilter(), with_prices=True)

    assert load_run(database, run.run_id).known_cost_usd == known
    assert listed.known_cost_usd == known


def test_the_prices_of_many_runs_are_looked_up_at_once(database: Database, store: RunStore) -> None:
    for _ in range(20):
        complete(store.start(a_request(), STAGES), 0, a_request(), usage=used(1, 1, None))
    asked: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    list_runs(database, RunFilter(), with_prices=True)
    event.remove(database.engine, "before_cursor_execute", note)

    assert sum("pipeline_run_stages" in statement for statement in asked) == 1


def test_what_was_paid_for_before_a_stage_failed_is_kept_and_counted(
    database: Database, store: RunStore
) -> None:
    first = store.start(a_request(), STAGES)
    first.begin_stage(0)

    first.fail(0, replace(RATE_LIMITED, usage=used(1000, 200, "0.10")))
    complete(store.claim(first.run_id, STAGES), 0, a_request(), usage=used(500, 50, "0.05"))

    run = load_run(database, first.run_id)
    failed, completed = run.stage_attempts
    assert (failed.input_tokens, failed.cost_usd) == (1000, Decimal("0.10"))
    assert (completed.input_tokens, completed.cost_usd) == (500, Decimal("0.05"))
    assert (run.input_tokens, run.output_tokens, run.cost_usd) == (1500, 250, Decimal("0.15"))


def test_a_verdict_costs_what_it_costs(database: Database, store: RunStore) -> None:
    run = store.start(a_request(), STAGES)
    run.begin_stage(0)

    run.reject(0, "an advertisement", usage=used(1000, 20, "0.10"))

    row = load_run(database, run.run_id)
    assert (row.input_tokens, row.cost_usd) == (1000, Decimal("0.10"))
    assert row.stage_attempts[0].model == "gpt-5.4-mini"


def test_a_failed_stage_saves_nothing_on_a_resume(database: Database, store: RunStore) -> None:
    first = store.start(a_request(), STAGES)
    first.begin_stage(0)
    first.fail(0, replace(RATE_LIMITED, usage=used(1000, 200, "0.10")))
    store.claim(first.run_id, STAGES)

    assert not saved_by_resumes(load_run(database, first.run_id).stage_attempts)
