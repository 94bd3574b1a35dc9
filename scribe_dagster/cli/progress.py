"""Progress events, drawn line by line."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from scribe_dagster.domain.events import (
    ProgressEvent,
    RunStarted,
    StageCompleted,
    StageFailed,
    StageRejected,
    StageSkipped,
    StageStarted,
)


class ProgressPrinter:
    """Draws a run: a line for each stage, and under it what came of it.

    On a terminal the lines have colour, and a spinner turns while a stage works; piped, they are
    plain.
    """

    def __init__(self, console: Console, *, announce_run: bool = True) -> None:
        self._console = console
        self._announces_run = announce_run
        self._spinner: Status | None = None

    def __call__(self, event: ProgressEvent) -> None:
        """Draw one event."""
        match event:
            case RunStarted(pipeline_run_id=run_id) if self._announces_run:
                tracked = "not tracked" if run_id is None else f"#{run_id}"
                self._line(f"  Pipeline run: [bold]{tracked}[/]\n")
            case StageStarted(stage=stage, index=index, total=total):
                self._line(f"  [dim]\\[{index + 1}/{total}][/] [bold]{escape(stage)}[/]  …")
                self._spin()
            case StageCompleted(message=message):
                self._outcome("green", f"✓ completed — {message}")
            case StageSkipped(message=message):
                self._outcome("yellow", f"⊘ skipped — {message}")
            case StageFailed(message=message, will_retry=will_retry):
                what_now = "; trying again" if will_retry else ""
                self._outcome("red", f"✗ failed — {message}{what_now}")
            case StageRejected(reasons=reasons):
                self._outcome("yellow", f"✗ rejected — {'; '.join(reasons)}")
            case _:
                pass

    def _spin(self) -> None:
        if self._console.is_terminal:
            self._spinner = self._console.status("[dim]working[/]")
            self._spinner.start()

    def _outcome(self, colour: str, text: str) -> None:
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
        self._line(f"        [{colour}]{escape(text)}[/]")

    def _line(self, markup: str) -> None:
        self._console.print(markup, highlight=False, soft_wrap=True, emoji=False)
