"""The command: choose cells, run them, print the matrix. The exit code is 1 if a cell is broken."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from itertools import product

from rich.console import Console

from chaos.databases import KINDS
from chaos.matrix import Column, Finding, run_matrix
from chaos.random_kills import random_rows
from chaos.rows import ROWS
from chaos.scenario import ALL_DOORS, Scenario
from chaos.table import Matrix, for_documentation, for_terminal


def main() -> int:
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    kinds = KINDS if options.database == "both" else (options.database,)
    columns = [Column(door, kind) for door, kind in product(options.door, kinds)]
    rows = [row for row in _rows(options) if any(column.has(row) for column in columns)]
    total = sum(column.has(row) for row in rows for column in columns)
    progress, began, done = Console(stderr=True), time.monotonic(), []

    def report(finding: Finding) -> None:
        done.append(finding)
        verdict = "ok" if finding.verdict.is_good else "; ".join(finding.verdict.faults)
        where = f"{finding.column.door}, {finding.column.database}"
        progress.print(
            f"{len(done)}/{total} {finding.row.title} ({where}): {verdict}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    findings = run_matrix(rows, columns, at_once=options.at_once, report=report)
    # Not to be folded where nobody has said how wide a line may be.
    console = Console(width=None if sys.stdout.isatty() else 1_000)
    matrix = Matrix(rows, columns, findings)
    console.print(for_documentation(matrix) if options.markdown else for_terminal(matrix))
    for fault in matrix.faults:
        console.print(fault, markup=False, highlight=False)
    broken = len(matrix.broken)
    minutes = (time.monotonic() - began) / 60
    console.print(f"{len(findings)} cells, {broken} broken, in {minutes:.0f} minutes.")
    return 1 if broken or not findings else 0


def _rows(options: argparse.Namespace) -> list[Scenario]:
    rows = list(ROWS)
    if options.rounds:
        Console(stderr=True).print(f"--seed {options.seed}")
        rows = list(random_rows(options.rounds, options.seed))
    wanted: list[str] = options.only or [""]
    return [row for row in rows if any(words.lower() in row.title.lower() for words in wanted)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument(
        "--door", action="append", choices=ALL_DOORS, help="May be repeated. Default: all."
    )
    parser.add_argument(
        "--only", action="append", metavar="WORDS", help="Rows with these words. May be repeated."
    )
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="Instead of the rows, N kills at random moments."
    )
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10_000), help="Makes random kills repeatable."
    )
    parser.add_argument("--markdown", action="store_true", help="Print the table in Markdown.")
    parser.add_argument(
        "--at-once", type=int, default=2, metavar="N", help="Lanes side by side. Default: 2."
    )
    options = parser.parse_args()
    options.door = options.door or list(ALL_DOORS)
    return options


if __name__ == "__main__":
    sys.exit(main())
