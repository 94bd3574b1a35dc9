from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.processes
def test_the_benchmarks_run_and_print_a_table_for_each_comparison() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--rounds", "1", "warm", "resume"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("| | median | fastest – slowest | ratio |") == 2
    assert done.stdout.count("| baseline |") == 2
    assert "\n| scribe-dagster, resume |" in done.stdout


def test_figures_are_written_between_the_markers_of_the_readme_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(REPOSITORY)
    from benchmarks.report import write_between_markers

    document = tmp_path / "README.md"
    document.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n")

    write_between_markers(document, ["### New", "| table |"])

    assert document.read_text() == (
        "before\n<!-- figures -->\n\n### New\n\n| table |\n\n<!-- end of figures -->\nafter\n"
    )
