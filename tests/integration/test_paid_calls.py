"""What a stage has paid for is known afterwards, however the stage ended."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dagster import DagsterInstance

from scribe_dagster import ContentPayload, ContentPipeline, Rejected, StageResult, stage
from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.domain.stage import Stage
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ModelError, ScribeError

REQUEST = ContentPayload(source_url="https://example.com/a")
USED = Usage(model="a-model", input_tokens=900, output_tokens=100, cost_usd=Decimal("0.25"))


def paid_for(error: ScribeError) -> ScribeError:
    error.usage = USED
    return error


@stage
def cut_off(payload: ContentPayload) -> StageResult:
    raise paid_for(ModelError("The answer was cut off."))


@stage
def judge(payload: ContentPayload) -> StageResult:
    raise paid_for(Rejected("It is an advertisement."))


@pytest.mark.parametrize("ending", [cut_off, judge])
def test_a_failure_or_a_verdict_that_was_paid_for_is_counted(
    settings: Settings, instance: DagsterInstance, ending: Stage
) -> None:
    pipeline = ContentPipeline([ending], settings=settings, instance=instance)

    result = pipeline.process(REQUEST)

    assert cost_of(settings, result.run_id) == (1000, Decimal("0.25"))


def test_a_failed_stage_that_the_run_goes_on_without_is_counted(
    settings: Settings, instance: DagsterInstance
) -> None:
    lenient = settings.model_copy(update={"pipeline_halt_on_error": False})

    result = ContentPipeline([cut_off], settings=lenient, instance=instance).process(REQUEST)

    assert result.succeeded
    assert cost_of(settings, result.run_id) == (1000, Decimal("0.25"))


def cost_of(settings: Settings, run_id: int | None) -> tuple[int, Decimal]:
    assert run_id is not None
    run: PipelineRun = load_run(Database.from_settings(settings), run_id)
    assert run.stage_attempts[0].cost_usd == run.cost_usd
    return run.input_tokens + run.output_tokens, run.cost_usd
