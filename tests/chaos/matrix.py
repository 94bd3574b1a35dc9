"""Runs the cells: those of a lane one after the other, several lanes side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from threading import Event

from chaos.doorway import Doorway, open_doorway
from chaos.scenario import Scenario
from chaos.verdict import Verdict

Report = Callable[["Finding"], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A door over a kind of database."""

    door: str
    database: str

    def has(self, row: Scenario) -> bool:
        """Whether there is a cell for this row."""
        return self.door in row.doors and self.database in row.databases


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a cell."""

    row: Scenario
    column: Column
    verdict: Verdict


def run_matrix(
    rows: Sequence[Scenario], columns: Sequence[Column], *, at_once: int, report: Report
) -> list[Finding]:
    """Run every cell.

    Args:
        rows: What goes wrong.
        columns: Where; each is a lane of its own.
        at_once: How many lanes work at the same time; the last columns, which wait most, first.
        report: Called with every finding as soon as it is there, from the lane's thread.
    """
    stopping = Event()
    run_column = partial(_run_column, rows, report=report, stopping=stopping)
    with ThreadPoolExecutor(at_once) as threads:
        try:
            found = list(threads.map(run_column, reversed(columns)))
        except KeyboardInterrupt:
            # The cells that are under way end as they should, with all that they have started.
            stopping.set()
            raise
    return [finding for column in found for finding in column]


def _run_column(
    rows: Sequence[Scenario], column: Column, *, report: Report, stopping: Event
) -> list[Finding]:
    findings = []
    doorway: Doorway | None = None
    with ExitStack() as opened:
        for row in filter(column.has, rows):
            if stopping.is_set():
                break
            try:
                if doorway is None:
                    opening = open_doorway(column.database, column.door)
                    doorway = opened.enter_context(opening)
                verdict = doorway.run(row, column.door)
            except Exception as error:  # noqa: BLE001  -- whatever it is, the other cells go on
                verdict = Verdict((f"{type(error).__name__}: {error}",))
            finding = Finding(row, column, verdict)
            report(finding)
            findings.append(finding)
            if not finding.verdict.is_good:
                # Whatever it has left behind is not to spoil the next cell.
                opened.close()
                doorway = None
    return findings
