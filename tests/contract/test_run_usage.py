"""What a run has cost."""

from __future__ import annotations

from decimal import Decimal

from fakes.payloads import a_request
from fakes.runs import STAGES, complete, fail

from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
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
