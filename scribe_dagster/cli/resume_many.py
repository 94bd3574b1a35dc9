"""Many failed runs, resumed several at a time, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from scribe_dagster.cli.exit_codes import ExitCode


@dataclass(frozen=True, slots=True)
class Resumed:
    """What came of one of them."""

    run_id: int
    code: int
    run: dict[str, Any] | None
    """The run as ``resume --json`` prints it; None when it was refused."""
    error: str

    @property
    def line(self) -> str:
        """One line for people."""
        if self.run is None:
            return f"#{self.run_id} ✗ {self.error}"
        if self.code == ExitCode.COMPLETED:
            return f"#{self.run_id} ✓ completed — article #{self.run['article_id']}"
        if self.code == ExitCode.REJECTED:
            return f"#{self.run_id} ✗ rejected — {self.run['rejection_reason']}"
        return f"#{self.run_id} ✗ failed at {self.run['error_stage']}: {self.run['error_message']}"


def resume_many(run_ids: Sequence[int], *, concurrency: int) -> Iterator[Resumed]:
    """Resume these runs, and yield each as it ends.

    Dagster runs in several threads of one process deadlock, so several at once are several
    processes; one that dies takes no other along.
    """
    with ThreadPoolExecutor(concurrency) as pool:
        futures = [pool.submit(_resume, run_id) for run_id in run_ids]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            # On Ctrl-C: those at work have been told as well, those that wait never begin.
            pool.shutdown(wait=True, cancel_futures=True)


def exit_code_of_many(resumed: Iterable[Resumed]) -> ExitCode:
    """Return the code that asks for most attention: a failure, then a refusal, a rejection."""
    seen = {each.code for each in resumed}
    for code in (ExitCode.FAILED, ExitCode.USAGE, ExitCode.NOT_RESUMABLE, ExitCode.REJECTED):
        if code in seen:
            return code
    return ExitCode.COMPLETED if seen <= {ExitCode.COMPLETED} else ExitCode.FAILED


def _resume(run_id: int) -> Resumed:
    done = subprocess.run(  # noqa: S603  -- this program, with a number
        [sys.executable, "-m", "scribe_dagster", "resume", str(run_id), "--json"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    lines = done.stdout.splitlines()
    try:
        run = json.loads(lines[-1]) if lines else None
    except json.JSONDecodeError:
        # It printed something else, and died.
        run = None
    error = done.stderr.strip().removeprefix("✗ ").splitlines()
    return Resumed(
        run_id, done.returncode, run, error[0] if error else "it ended without any output"
    )
