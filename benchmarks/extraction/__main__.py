"""The command: score everybody on the same pages in one run, and print the ratios."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from benchmarks.extraction.contenders import BASELINE, CONTENDERS, STAGE, is_a_wall
from benchmarks.extraction.corpus import DEFAULT, Page, read_corpus
from benchmarks.extraction.score import Matches, Score, score
from benchmarks.report import write_between_markers

_README = Path(__file__).parents[1] / "README.md"
_PACKAGES = ("scribe-dagster", "trafilatura", "resiliparse", "justext")


@dataclass(frozen=True, slots=True)
class Result:
    """What one contender made of the corpus, and in how many seconds."""

    score: Score
    seconds: float


def main() -> None:
    options = _options()
    try:
        pages = read_corpus(options.pages)
    except FileNotFoundError as error:
        sys.exit(str(error))
    walls = [page for page in pages if is_a_wall(page)]
    table = results_table(compare([page for page in pages if page not in walls]))
    note = about(pages, walls)
    print(f"{table}\n\n{note}")
    if options.write:
        write_between_markers(_README, [table, note], name="extraction")


def compare(pages: Sequence[Page]) -> dict[str, Result]:
    """Let everybody read every page, in turns, so that a busy machine hits all alike."""
    seconds = dict.fromkeys(CONTENDERS, 0.0)
    matches: dict[str, list[Matches]] = {name: [] for name in CONTENDERS}
    for extract in CONTENDERS.values():  # what is imported and loaded on first use
        extract(pages[0])
    for page in pages:
        for name, extract in CONTENDERS.items():
            began = perf_counter()
            found = extract(page)
            seconds[name] += perf_counter() - began
            matches[name].append(Matches.between(page.article, found))
    return {name: Result(score(matches[name]), seconds[name]) for name in CONTENDERS}


def results_table(results: Mapping[str, Result]) -> str:
    """Return the results as Markdown; ratios are to the baseline of this run."""
    baseline = results[BASELINE]
    lines = [
        "| | F1 | precision | recall | errors, ratio | time, ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, result in results.items():
        found = result.score
        errors = (1 - found.f1) / (1 - baseline.score.f1) if baseline.score.f1 < 1 else 1.0
        ratios = (
            ("baseline", "baseline")
            if name == BASELINE
            else (f"{errors:.2f}", f"{result.seconds / baseline.seconds:.2f}")
        )
        shares = (f"{share:.3f}" for share in (found.f1, found.precision, found.recall))
        lines.append(f"| {' | '.join((name, *shares, *ratios))} |")
    return "\n".join(lines)


def about(pages: Sequence[Page], walls: Sequence[Page]) -> str:
    """Say what was read, and what was left out for everybody."""
    packages = ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
    said = f"{len(pages) - len(walls)} pages; {packages}."
    if walls:
        with_walls = {
            name: score(Matches.between(page.article, CONTENDERS[name](page)) for page in pages)
            for name in (STAGE, BASELINE)
        }
        said += (
            f"\nLeft out for everybody: {len(walls)} of {len(pages)} that hold but the beginning "
            "of an article, which the Scrape stage refuses as paywalls. Were they counted as its "
            f"misses, its F1 would be {with_walls[STAGE].f1:.3f}, and that of {BASELINE}, which "
            f"takes them for articles, {with_walls[BASELINE].f1:.3f}."
        )
    return said


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__)
    parser.add_argument(
        "--pages",
        type=Path,
        default=DEFAULT,
        metavar="FOLDER",
        help="Pages and ground-truth.json of article-extraction-benchmark.",
    )
    parser.add_argument(
        "--write", action="store_true", help="Put the figures into benchmarks/README.md."
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
