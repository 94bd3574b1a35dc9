from __future__ import annotations

import io

import pytest
from fakes.payloads import a_request
from rich.console import Console

from scribe_dagster.cli.progress import ProgressPrinter
from scribe_dagster.domain.events import (
    ProgressEvent,
    RunRefused,
    RunStarted,
    StageCompleted,
    StageFailed,
    StageRejected,
    StageRestored,
    StageSkipped,
    StageStarted,
)
from scribe_dagster.errors import ErrorKind, Fenced

STAGES = ("Scrape", "AiRewrite", "GenerateImage", "OptimiseImage", "CreateArticle", "Publish")
PAYLOAD = a_request()


def printed(*events: ProgressEvent, announce_run: bool = True) -> str:
    """What a pipe gets."""
    pipe = io.StringIO()
    draw = ProgressPrinter(Console(file=pipe, width=40), announce_run=announce_run)
    for event in events:
        draw(event)
    return pipe.getvalue()


def done(index: int, message: str) -> tuple[ProgressEvent, ...]:
    place = (STAGES[index], index, len(STAGES))
    return StageStarted(*place), StageCompleted(*place, message, PAYLOAD)


def started(run_id: int | None) -> RunStarted:
    return RunStarted(run_id, 1, PAYLOAD.source_url, STAGES, first_index=0)


def test_a_resumed_run_is_drawn_stage_by_stage() -> None:
    resumed = (
        *(StageRestored(name, index, 6) for index, name in enumerate(STAGES[:2])),
        *done(2, "generated articles/abc123.png"),
        *done(3, "optimised to articles/abc123.webp"),
        *done(4, "article #15"),
        *done(5, "2 channels"),
    )

    assert printed(started(42), *resumed, announce_run=False) == (
        "  [3/6] GenerateImage  …\n"
        "        ✓ completed — generated articles/abc123.png\n"
        "  [4/6] OptimiseImage  …\n"
        "        ✓ completed — optimised to articles/abc123.webp\n"
        "  [5/6] CreateArticle  …\n"
        "        ✓ completed — article #15\n"
        "  [6/6] Publish  …\n"
        "        ✓ completed — 2 channels\n"
    )


def test_a_new_run_is_announced_by_its_number() -> None:
    assert printed(started(42)) == "  Pipeline run: #42\n\n"


def test_a_run_that_is_not_tracked_says_so() -> None:
    assert printed(started(None)) == "  Pipeline run: not tracked\n\n"


def test_a_skipped_stage_says_why() -> None:
    skipped = StageSkipped("OptimiseImage", 3, 6, "there is no image", PAYLOAD)

    assert printed(skipped) == "        ⊘ skipped — there is no image\n"


def test_a_failed_stage_says_what_happened() -> None:
    failed = StageFailed("GenerateImage", 2, 6, "rate limited", ErrorKind.TRANSIENT)

    assert printed(failed) == "        ✗ failed — rate limited\n"


def test_a_rejection_gives_all_its_reasons() -> None:
    rejected = StageRejected("AiRewrite", 1, 6, ("an advertisement", "too short"))

    assert printed(rejected) == "        ✗ rejected — an advertisement; too short\n"


def test_a_run_that_was_refused_is_left_to_the_error_to_tell() -> None:
    assert printed(RunRefused(Fenced())) == ""


@pytest.mark.parametrize(
    "message",
    [
        "OpenAI image API error [429]: rate limited",
        "[bold]not bold[/bold] [/] [#ff0000]",
        "cannot read C:\\articles\\",
        "\\[escaped]",
        ":warning: http://localhost:8080/:key:",
        "a line much longer than the terminal " * 3 + "is not broken",
        "東京の時計",
    ],
)
def test_a_message_is_printed_as_it_is_whatever_is_in_it(message: str) -> None:
    failed = StageFailed("GenerateImage", 2, 6, message, ErrorKind.TRANSIENT)

    assert printed(failed) == f"        ✗ failed — {message}\n"


def test_a_stage_of_ones_own_may_have_any_name() -> None:
    assert printed(StageStarted("[red]:x:", 0, 1)) == "  [1/1] [red]:x:  …\n"


def test_nothing_keeps_turning_on_a_terminal_when_a_stage_has_ended() -> None:
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=60)
    draw = ProgressPrinter(console)
    begun, ended = done(0, "312 words")

    draw(begun)
    draw(ended)

    # A second live display would be refused while the first one still turns.
    with console.status("free"):
        pass
    assert "✓ completed — 312 words" in terminal.getvalue()
