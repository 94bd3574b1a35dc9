"""The matrix as people read it: in a terminal, and in the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from chaos.matrix import Column, Finding
from chaos.scenario import Scenario
from chaos.verdict import Tally

_SHORT = {"sqlite": "lite", "postgres": "pg"}
_COUNTED = ("rewrites", "images", "posts", "articles")


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows, columns, and what was found where they cross."""

    rows: Sequence[Scenario]
    columns: Sequence[Column]
    findings: Sequence[Finding]

    @property
    def broken(self) -> list[Finding]:
        """The cells that did not keep the promise; the table numbers them in this order."""
        return [finding for finding in self.findings if not finding.verdict.is_good]

    @property
    def faults(self) -> list[str]:
        """What broke, by these numbers."""
        return [
            f"✗{number} {finding.row.title} ({finding.column.door}, {finding.column.database}): "
            + "; ".join(finding.verdict.faults)
            for number, finding in enumerate(self.broken, 1)
        ]

    @property
    def heading(self) -> list[str]:
        """What stands above the columns."""
        doors = [f"{column.door} {_SHORT[column.database]}" for column in self.columns]
        return ["", *doors, *_COUNTED]

    @property
    def lines(self) -> list[list[str]]:
        """One for each row: how its cells went, and what was called and made in all of them."""
        return [self._line(row) for row in self.rows]

    @property
    def last_line(self) -> list[str]:
        """How many cells of each column went well, and the sums."""
        good = [
            sum(found.column == column and found.verdict.is_good for found in self.findings)
            for column in self.columns
        ]
        return ["All told", *map(str, good), *_counts(self.findings)]

    def _line(self, row: Scenario) -> list[str]:
        here = [finding for finding in self.findings if finding.row is row]
        cells = {finding.column: self._cell(finding) for finding in here}
        return [row.title, *(cells.get(column, "·") for column in self.columns), *_counts(here)]

    def _cell(self, finding: Finding) -> str:
        if finding.verdict.is_good:
            return "ok"
        return f"✗{self.broken.index(finding) + 1}"


def for_terminal(matrix: Matrix) -> Table:
    """Draw it."""
    table = Table(pad_edge=False, show_footer=True, row_styles=["", "dim"])
    last = matrix.last_line
    for number, (name, total) in enumerate(zip(matrix.heading, last, strict=True)):
        side = "left" if number == 0 else "center" if number <= len(matrix.columns) else "right"
        table.add_column(name.replace(" ", "\n"), total, justify=side)  # type: ignore[arg-type]
    for line in matrix.lines:
        table.add_row(*line)
    return table


def for_documentation(matrix: Matrix) -> str:
    """Write it in Markdown."""
    sides = [":--", *[":-:"] * len(matrix.columns), *["--:"] * len(_COUNTED)]
    lines = [matrix.heading, sides, *matrix.lines, matrix.last_line]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _counts(findings: Sequence[Finding]) -> list[str]:
    tally = sum((finding.verdict.tally for finding in findings), Tally())
    return [str(getattr(tally, name)) for name in _COUNTED]
