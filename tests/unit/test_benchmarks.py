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


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """One page, laid out as the corpus is."""
    import gzip
    import json

    article = (REPOSITORY / "examples" / "article.html").read_bytes()
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(article))
    marked = {"a": {"url": "https://example.com/a", "articleBody": "At 22:41 on a wet Tuesday"}}
    (tmp_path / "ground-truth.json").write_text(json.dumps(marked))
    return tmp_path


@pytest.mark.processes
def test_everybody_is_scored_on_the_same_pages_beside_the_library_underneath(corpus: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.extraction", "--pages", str(corpus)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for name in ("scribe-dagster, Scrape", "trafilatura", "Resiliparse", "jusText"):
        assert f"\n| {name} | " in done.stdout
    assert done.stdout.count("baseline | baseline |") == 1
    assert "\n1 pages; " in done.stdout


@pytest.mark.parametrize(
    ("found", "precision", "recall"),
    [
        ("one two three four five six", 1.0, 1.0),
        ("one  two\nthree. four five -- six", 1.0, 1.0),
        ("one two three four", 1.0, 1 / 3),
        ("zero one two three four five six", 3 / 4, 1.0),
        ("", 0.0, 0.0),
    ],
)
def test_a_score_counts_runs_of_four_words(
    found: str, precision: float, recall: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(REPOSITORY)
    from benchmarks.extraction.score import Matches, score

    result = score([Matches.between("one two three four five six", found)])

    assert (result.precision, result.recall) == pytest.approx((precision, recall))
