"""`scribe-dagster resume`: go on where a run failed, and pay for nothing twice."""

from __future__ import annotations

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


def test_a_run_that_failed_at_the_image_is_resumed_without_a_second_rewrite(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    openai.fail_next(IMAGES, 429, "rate limited")

    failed = cli("process", str(EXAMPLE))
    assert failed.code == 1
    assert "✗ failed — OpenAI image API error [429]: rate limited" in failed.out
    assert "scribe-dagster resume 1" in failed.out
    resumed = cli("resume", "1")

    assert resumed.code == 0, resumed.err
    assert openai.count(CHAT) == 1
    assert openai.count(IMAGES) == 2
    assert resumed.out.startswith(
        "Resuming Pipeline Run #1\n"
        f"  URL:          {EXAMPLE.as_uri()}\n"
        "  Failed at:    GenerateImage\n"
        "  Error:        OpenAI image API error [429]: rate limited\n"
        "  Resuming from: stage 2\n"
        "\n"
        "  [3/6] GenerateImage  …\n"
        "        ✓ completed — generated articles/"
    )
    assert "  [5/6] CreateArticle  …\n        ✓ completed — article #1\n" in resumed.out
    assert "  [6/6] Publish  …\n        ✓ completed — 2 channels\n" in resumed.out
    assert "[1/6]" not in resumed.out


def test_the_row_tells_the_whole_story(cli: CommandLine, openai: FakeOpenAI) -> None:
    openai.fail_next(IMAGES, 429, "rate limited", Retry_After="7200")
    [failed] = cli("process", str(EXAMPLE), "--json").objects
    assert failed["status"] == "failed"
    assert failed["error_stage"] == "GenerateImage"
    assert failed["error_message"] == "OpenAI image API error [429]: rate limited"
    assert failed["error_kind"] == "transient"
    assert failed["current_stage_index"] == 2
    assert failed["resume_after"] > failed["failed_at"]
    assert failed["payload_snapshot"]["draft"]["title"] == "The last bus now waits"
    assert failed["payload_snapshot"]["image"] is None

    [resumed] = cli("resume", "1", "--json").objects
    assert resumed["id"] == failed["id"]
    assert resumed["status"] == "completed"
    assert resumed["attempt"] == 2
    assert resumed["error_message"] is None
    assert resumed["failed_at"] is None
    assert resumed["started_at"] == failed["started_at"]
    assert resumed["input_tokens"] == 1200

    shown = cli("runs", "show", "1")
    assert "✗ [3/6] GenerateImage" in shown.out
    assert "── attempt 2: resumed at GenerateImage ──" in shown.out
    [story] = cli("runs", "show", "1", "--json").objects
    assert [(s["attempt"], s["stage_name"], s["outcome"]) for s in story["history"]] == [
        (1, "Scrape", "completed"),
        (1, "AiRewrite", "completed"),
        (1, "GenerateImage", "failed"),
        (2, "GenerateImage", "completed"),
        (2, "OptimiseImage", "completed"),
        (2, "CreateArticle", "completed"),
        (2, "Publish", "completed"),
    ]


def test_a_completed_run_and_an_unknown_one_cannot_be_resumed(cli: CommandLine) -> None:
    cli("process", str(EXAMPLE))

    completed, unknown = cli("resume", "1"), cli("resume", "99")

    assert completed.code == 4
    assert "it is completed" in completed.err
    assert unknown.code == 4
    assert "no pipeline run #99" in unknown.err


def test_a_run_that_fails_again_can_be_resumed_again(cli: CommandLine, openai: FakeOpenAI) -> None:
    for _ in range(2):
        openai.fail_next(IMAGES, 500, "overloaded")
    cli("process", str(EXAMPLE))

    assert cli("resume", "1").code == 1
    assert cli("resume", "1").code == 0
    assert openai.count(CHAT) == 1


def test_a_missing_key_on_resume_leaves_the_run_failed(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    openai.fail_next(IMAGES, 429, "rate limited")
    cli("process", str(EXAMPLE))

    refused = cli("resume", "1", OPENAI_API_KEY="", OPENAI_BASE_URL="")

    assert refused.code == 2
    assert "OPENAI_API_KEY" in refused.err
    [run] = cli("runs", "--json").objects
    assert (run["status"], run["attempt"]) == ("failed", 1)


def test_of_two_resumers_at_once_exactly_one_wins(cli: CommandLine, openai: FakeOpenAI) -> None:
    from concurrent.futures import ThreadPoolExecutor

    openai.fail_next(IMAGES, 429, "rate limited")
    cli("process", str(EXAMPLE))

    with ThreadPoolExecutor(2) as pool:
        codes = sorted(done.code for done in pool.map(lambda _: cli("resume", "1"), range(2)))

    assert codes == [0, 4]
    assert openai.count(IMAGES) == 2


@pytest.mark.parametrize("command", [("resume",), ("runs", "show")])
@pytest.mark.parametrize("number", ["0", "99999999999999999999999", "seven"])
def test_an_id_no_database_can_hold_is_wrong_usage(
    cli: CommandLine, command: tuple[str, ...], number: str
) -> None:
    refused = cli(*command, number)

    assert refused.code == 2
    assert "Traceback" not in refused.err
