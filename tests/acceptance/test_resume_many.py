"""`scribe-dagster resume --all-failed`: planned, then done, several at a time."""

from __future__ import annotations

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from scribe_dagster.jobs import DEFAULT_STAGES

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


@pytest.fixture
def three_failures(cli: CommandLine, openai: FakeOpenAI) -> None:
    """Two runs that failed at the image, and one that failed at its page."""
    for _ in range(2):
        openai.fail_next(IMAGES, 429, "rate limited")
    cli("process", str(EXAMPLE), str(EXAMPLE), "http://127.0.0.1:1/nobody")
    openai.calls.clear()


@pytest.mark.usefixtures("three_failures")
def test_the_plan_tells_what_is_reused_what_runs_again_and_what_was_spent(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    shown = cli("resume", "--all-failed", "--plan")
    planned = cli("resume", "--all-failed", "--stage", "GenerateImage", "--plan", "--json").objects

    assert shown.code == 0
    assert "3 runs" in shown.out
    assert "transient: OpenAI image API error [429]: rate limited" in shown.out
    assert [run["id"] for run in planned] == [1, 2]
    assert planned[0]["reused"] == ["Scrape", "AiRewrite"]
    assert planned[0]["runs_again"] == list(DEFAULT_STAGES[2:])
    assert planned[0]["input_tokens"] == 1200
    assert planned[0]["cost_usd"] > 0
    assert openai.calls == []


@pytest.mark.usefixtures("three_failures")
def test_all_that_match_are_resumed_and_nothing_is_paid_again(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    wanted = ("--error-like", "429", "--since", "1h")

    done = cli("resume", "--all-failed", *wanted, "--concurrency", "2")

    assert done.code == 0, done.err
    assert "#1 ✓ completed — article #" in done.out
    assert "#2 ✓ completed — article #" in done.out
    assert (openai.count(CHAT), openai.count(IMAGES)) == (0, 2)
    assert [run["id"] for run in cli("runs", "--status", "failed", "--json").objects] == [3]


@pytest.mark.usefixtures("three_failures")
def test_those_that_would_only_fail_again_can_be_left_out(cli: CommandLine) -> None:
    cli("process", "--text", "An article.", AI_PROVIDER="openai", OPENAI_CONTENT_MODEL="")
    planned = cli("resume", "--all-failed", "--kind", "permanent", "--plan", "--json").objects

    assert [run["error_kind"] for run in planned] == ["permanent"] * len(planned)
    transient = cli("resume", "--all-failed", "--kind", "transient", "--plan", "--json").objects
    assert [run["id"] for run in transient] == [1, 2, 3]


@pytest.mark.usefixtures("three_failures")
def test_one_that_fails_again_does_not_stop_the_others(cli: CommandLine) -> None:
    done = cli("resume", "--all-failed", "--json")

    assert done.code == 1
    assert {run["id"]: run["status"] for run in done.objects} == {
        1: "completed",
        2: "completed",
        3: "failed",
    }


def test_with_nothing_to_resume_it_says_so(cli: CommandLine) -> None:
    done = cli("resume", "--all-failed")

    assert done.code == 0
    assert "nothing to resume" in done.out


@pytest.mark.parametrize(
    "arguments", [(), ("1", "--all-failed"), ("1", "--stage", "Scrape")], ids=" ".join
)
def test_wrong_usage_is_told_before_anything_is_resumed(
    cli: CommandLine, arguments: tuple[str, ...]
) -> None:
    refused = cli("resume", *arguments)

    assert refused.code == 2
    assert "Traceback" not in refused.err


def test_what_resuming_has_saved_is_told(cli: CommandLine, openai: FakeOpenAI) -> None:
    openai.fail_next(IMAGES, 429, "rate limited")
    cli("process", str(EXAMPLE))

    resumed = cli("resume", "1")

    assert "Saved by resuming: 1,540 tokens, $0.0" in resumed.out
    assert "Saved:        1,540 tokens, $0.0" in cli("runs", "show", "1").out
    [story] = cli("runs", "show", "1", "--json").objects
    assert (story["saved_tokens"], story["saved_usd"] > 0) == (1540, True)
