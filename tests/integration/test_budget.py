"""A run that may spend no more fails as quota, before anybody is asked."""

from __future__ import annotations

from typing import Any

import pytest
from dagster import DagsterInstance
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from scribe_dagster import ContentPipeline, PipelineResult, PipelineRunStatus
from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.errors import ConfigurationError, ErrorKind

ARTICLE = "The last bus of the day now waits for the train, the county said on Monday."


def process(
    settings: Settings, instance: DagsterInstance, server: FakeOpenAI, **changes: Any
) -> PipelineResult:
    pointed = {name.lower(): value for name, value in server.settings.items()}
    chosen = Settings(
        _env_file=None,
        **{**settings.model_dump(), **pointed, **changes},
    )
    return ContentPipeline(settings=chosen, instance=instance).process(text=ARTICLE)


def test_the_call_after_the_budget_is_spent_is_not_made(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    result = process(settings, instance, openai, scribe_budget_per_run="0.0001")

    assert result.status is PipelineRunStatus.FAILED
    assert result.error_stage == "GenerateImage"
    assert result.error_kind is ErrorKind.QUOTA
    assert "SCRIBE_BUDGET_PER_RUN" in str(result.error_message)
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 0)


def test_a_days_budget_that_is_spent_stops_the_next_run_before_its_first_call(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    process(settings, instance, openai)
    openai.calls.clear()

    result = process(settings, instance, openai, scribe_budget_per_day="0.0001")

    assert result.error_stage == "AiRewrite"
    assert result.error_kind is ErrorKind.QUOTA
    assert result.resume_after is not None
    assert openai.calls == []


def test_what_costs_nothing_is_not_stopped(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    free = {"ai_provider": "local", "ai_image_provider": "local"}

    assert process(settings, instance, openai, scribe_budget_per_run="0", **free).succeeded


def test_a_budget_that_nobody_counts_is_no_licence_to_spend(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    result = process(
        settings, instance, openai, scribe_budget_per_run="5", pipeline_track_runs=False
    )

    assert result.status is PipelineRunStatus.FAILED
    assert "PIPELINE_TRACK_RUNS" in str(result.error_message)
    assert openai.calls == []


def test_what_nobody_knows_the_price_of_is_not_asked_where_there_is_a_budget(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    with pytest.raises(ConfigurationError, match="genai-prices"):
        process(
            settings,
            instance,
            openai,
            scribe_budget_per_run="5",
            openai_fallback_model="gpt-of-tomorrow",
            ai_fallbacks=("local",),
        )

    assert openai.calls == []
    assert instance.get_runs() == []


def test_a_days_budget_that_is_spent_between_two_answers_is_waited_for(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    openai.article = {"title": "An answer that does not fit"}

    result = process(settings, instance, openai, scribe_budget_per_day="0.0001")

    assert result.error_stage == "AiRewrite"
    assert result.error_kind is ErrorKind.QUOTA
    assert openai.count(CHAT) == 1
    assert result.resume_after is not None
    assert result.run_id is not None
    run = load_run(Database.from_settings(settings), result.run_id)
    assert run.cost_usd > 0
    assert run.resume_at is not None


def test_a_free_model_that_stands_in_goes_on_when_the_budget_is_spent(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    result = process(
        settings, instance, openai, scribe_budget_per_run="0.0001", ai_image_fallbacks=("local",)
    )

    assert result.succeeded
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 0)
