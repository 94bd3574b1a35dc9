from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from rich.console import Console

from scribe_dagster.cli.run_timeline import print_timeline
from scribe_dagster.config.settings import DEFAULT_STAGES
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.domain.known_jobs import CUSTOM_JOB_NAME, JOB_NAME
from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome
from scribe_dagster.errors import ErrorKind

STAGES = ["Scrape", "AiRewrite", "GenerateImage", "Publish"]
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _two_hours_later() -> Iterator[None]:
    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        yield


def a_run(status: PipelineRunStatus, *stages: PipelineRunStage, **columns: Any) -> PipelineRun:
    return PipelineRun(
        **{
            "id": 42,
            "source_url": "https://example.org/clock",
            "status": status,
            "stages": STAGES,
            "attempt": 1,
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_micro_usd": 0,
            "created_at": NOON,
            "stage_attempts": list(stages),
            **columns,
        }
    )


def a_stage(
    index: int,
    outcome: StageOutcome = StageOutcome.COMPLETED,
    message: str | None = "well done",
    *,
    attempt: int = 1,
    **columns: Any,
) -> PipelineRunStage:
    return PipelineRunStage(
        **{
            "attempt": attempt,
            "stage_index": index,
            "stage_name": STAGES[index],
            "outcome": outcome,
            "message": message,
            "started_at": NOON,
            "finished_at": NOON + timedelta(seconds=1.5),
            **columns,
        }
    )


def printed(run: PipelineRun) -> list[str]:
    pipe = io.StringIO()
    print_timeline(Console(file=pipe, width=60), run, stages=DEFAULT_STAGES)
    return pipe.getvalue().splitlines()


def test_a_run_that_failed_and_was_resumed_is_told_from_its_beginning() -> None:
    run = a_run(
        PipelineRunStatus.COMPLETED,
        a_stage(0, message="312 words"),
        a_stage(1, StageOutcome.FAILED, "rate limited"),
        a_stage(
            1, message="412 words", attempt=2,
            model="gpt-5.4-mini", input_tokens=1200, output_tokens=300, cost_micro_usd=1234,
        ),
        a_stage(2, StageOutcome.SKIPPED, "no prompt", attempt=2),
        a_stage(3, message="2 channels", attempt=2),
        attempt=2, article_id=15, dagster_run_id="d2",
        input_tokens=1200, output_tokens=300, cost_micro_usd=1234,
    )  # fmt: skip

    assert printed(run) == [
        "Pipeline Run #42  completed",
        "  URL:          https://example.org/clock",
        "  Created:      2026-03-12 12:00:00 UTC (2h ago)",
        "  Attempt:      2",
        "  Article:      #15",
        "  Dagster run:  d2",
        "  Used:         1,200 + 300 tokens, $0.0012",
        "",
        "  ✓ [1/4] Scrape            1.50 s  312 words",
        "  ✗ [2/4] AiRewrite         1.50 s  rate limited",
        "  ── attempt 2: resumed at AiRewrite ──",
        "  ✓ [2/4] AiRewrite         1.50 s  412 words  1,200 + 300 tokens, $0.0012",
        "  ⊘ [3/4] GenerateImage     1.50 s  no prompt",
        "  ✓ [4/4] Publish           1.50 s  2 channels",
        "",
    ]


def test_a_failed_run_ends_with_its_error_and_how_to_resume_it() -> None:
    run = a_run(
        PipelineRunStatus.FAILED,
        a_stage(0),
        a_stage(1, StageOutcome.FAILED, "rate limited"),
        error_stage="AiRewrite",
        error_message="rate limited",
        error_kind=ErrorKind.TRANSIENT,
        resume_after=NOON + timedelta(hours=3),
    )

    assert printed(run)[-5:] == [
        "  · Publish",
        "",
        "  Failed at AiRewrite (transient): rate limited",
        "  Not before:   2026-03-12 15:00:00 UTC",
        "  Resume it:    scribe-dagster resume 42",
    ]


@pytest.mark.parametrize(
    ("job_name", "stages", "by_whom"),
    [
        (JOB_NAME, DEFAULT_STAGES, "by the resume sensor of `scribe-dagster dev`"),
        (None, DEFAULT_STAGES, "by the resume sensor of `scribe-dagster dev`"),
        ("digest", STAGES, "by the resume sensor of digest, if its code location has one"),
        (JOB_NAME, STAGES, "but content_pipeline has other stages by now, so its sensor leaves"),
        (CUSTOM_JOB_NAME, DEFAULT_STAGES, "but no sensor serves a pipeline that only Python knows"),
    ],
)
def test_a_run_that_is_due_says_who_resumes_it_and_promises_nothing_that_nobody_will_do(
    job_name: str | None, stages: Sequence[str], by_whom: str
) -> None:
    run = a_run(
        PipelineRunStatus.FAILED,
        job_name=job_name,
        stages=list(stages),
        error_stage=stages[0],
        error_message="rate limited",
        resume_at=NOON + timedelta(hours=3),
    )

    assert printed(run)[-1].startswith(f"  Due:          2026-03-12 15:00:00 UTC, {by_whom}")


def test_a_run_of_a_pipeline_of_ones_own_is_resumed_by_that_pipeline() -> None:
    run = a_run(
        PipelineRunStatus.FAILED,
        job_name=CUSTOM_JOB_NAME,
        error_stage="Scrape",
        error_message="rate limited",
    )

    assert printed(run)[-1] == (
        "  Resume it:    from Python, by the pipeline that started it: pipeline.resume(42)"
    )


def test_what_has_kept_the_sensor_from_resuming_a_run_stands_below_its_error() -> None:
    run = a_run(
        PipelineRunStatus.FAILED,
        a_stage(0, StageOutcome.FAILED, "rate limited"),
        error_stage="Scrape",
        error_message="rate limited\nNot resumed: no such image",
    )
    fork = a_run(PipelineRunStatus.PENDING, attempt=0, error_message="Not resumed: no such image")

    assert printed(run)[-3:-1] == [
        "  Failed at Scrape: rate limited",
        "  Not resumed: no such image",
    ]
    assert printed(fork)[-2:] == [
        "  Not resumed: no such image",
        "  Resume it:    scribe-dagster resume 42",
    ]


def test_a_run_whose_texts_were_dropped_says_what_that_means() -> None:
    kept = a_run(PipelineRunStatus.COMPLETED, initial_snapshot={"source_url": "text:1"})
    pruned = a_run(PipelineRunStatus.COMPLETED, initial_snapshot={})

    assert "cannot be forked" not in "".join(printed(kept))
    assert "  Texts:        no longer kept, so it cannot be forked" in printed(pruned)


def test_stages_that_have_not_begun_are_listed_last() -> None:
    assert printed(a_run(PipelineRunStatus.RUNNING, a_stage(0)))[-4:] == [
        "  · AiRewrite",
        "  · GenerateImage",
        "  · Publish",
        "",
    ]


def test_a_stage_that_is_running_has_no_duration_yet() -> None:
    running = a_stage(0, StageOutcome.RUNNING, None, finished_at=None)

    assert "  … [1/4] Scrape                    running" in printed(
        a_run(PipelineRunStatus.RUNNING, running)
    )


def test_a_rejected_run_ends_with_the_reason_and_nothing_to_resume() -> None:
    rejected = a_run(
        PipelineRunStatus.REJECTED,
        a_stage(0, StageOutcome.REJECTED, "an advertisement"),
        rejection_reason="an advertisement",
    )

    lines = printed(rejected)

    assert "  ✗ [1/4] Scrape            1.50 s  an advertisement" in lines
    assert lines[-1] == "  Rejected: an advertisement"


def test_money_is_not_mentioned_where_no_price_is_known() -> None:
    stage = a_stage(0, model="llama", input_tokens=7, output_tokens=3, cost_micro_usd=None)

    assert "  ✓ [1/4] Scrape            1.50 s  well done  7 + 3 tokens" in printed(
        a_run(PipelineRunStatus.RUNNING, stage)
    )


def test_what_a_stage_or_an_error_says_is_printed_as_it_is() -> None:
    odd = "[bold]no[/bold] :warning: C:\\" + "long " * 30 + "end"
    run = a_run(
        PipelineRunStatus.FAILED,
        a_stage(0, StageOutcome.FAILED, odd),
        error_stage="Scrape",
        error_message=odd,
    )

    lines = printed(run)

    assert f"  ✗ [1/4] Scrape            1.50 s  {odd}" in lines
    assert f"  Failed at Scrape: {odd}" in lines
