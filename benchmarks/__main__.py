"""The command: choose what to compare, measure, print; on request write it into the README."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from benchmarks import cold, command_line, resume, warm
from benchmarks.isolation import isolated
from benchmarks.machine import facts, fsync_seconds
from benchmarks.measurement import measure
from benchmarks.report import facts_list, findings_table, write_between_markers

_COMPARISONS = {
    "cold": cold.comparison,
    "warm": warm.comparison,
    "resume": resume.comparison,
    "commands": command_line.comparison,
}
_README = Path(__file__).with_name("README.md")


def main() -> None:
    options = _options()
    rounds: int = options.rounds or (2 if options.quick else 10)
    sections = [facts_list(facts())]
    print(sections[0])
    with isolated() as folder:
        for name in options.comparison or _COMPARISONS:
            place = folder / name
            place.mkdir()
            findings = measure(
                _COMPARISONS[name](place, quick=options.quick),
                rounds=rounds,
                fsync_probe=partial(fsync_seconds, folder),
                announce=partial(print, file=sys.stderr),
            )
            sections.append(findings_table(findings))
            print(f"\n{sections[-1]}", flush=True)
    if options.write:
        write_between_markers(_README, sections)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "comparison",
        nargs="*",
        metavar="comparison",
        help=f"Some of: {', '.join(_COMPARISONS)}. Default: all.",
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="Default: 10; with --quick, 2.")
    parser.add_argument(
        "--quick", action="store_true", help="A few rounds of a smaller load, to see that it runs."
    )
    parser.add_argument(
        "--write", action="store_true", help="Put the figures into benchmarks/README.md."
    )
    options = parser.parse_args()
    if unknown := set(options.comparison) - _COMPARISONS.keys():
        parser.error(f"no such comparison: {', '.join(sorted(unknown))}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if options.write and options.comparison:
        parser.error("--write needs all comparisons")
    return options


if __name__ == "__main__":
    main()
