"""Findings as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measurement import Findings


def facts_list(facts: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {fact}" for name, fact in facts.items())


def findings_table(findings: Findings) -> str:
    """Return a section: each contender's times, and its ratio to the baseline of the same run."""
    comparison, fsync = findings.comparison, findings.fsync
    lines = [
        f"### {comparison.question}",
        "",
        "| | median | fastest – slowest | ratio |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, series in findings.series.items():
        is_baseline = name == comparison.baseline
        ratio = "baseline" if is_baseline else f"{series.ratio_to(findings.baseline):.2f}"
        spread = f"{_time(series.fastest)} – {_time(series.slowest)}"
        lines.append(f"| {name} | {_time(series.median)} | {spread} | {ratio} |")
    lines += [
        "",
        f"{len(fsync.timings)} rounds; an fsync took {_time(fsync.median)} "
        f"({_time(fsync.fastest)} – {_time(fsync.slowest)}) meanwhile.",
    ]
    return "\n".join(lines)


def write_between_markers(
    document: Path, sections: Sequence[str], *, name: str = "figures"
) -> None:
    """Replace what stands between the markers of this name.

    Raises:
        ValueError: The document has no such markers.
    """
    beginning, ending = f"<!-- {name} -->", f"<!-- end of {name} -->"
    head, begin, rest = document.read_text(encoding="utf-8").partition(beginning)
    _, end, tail = rest.partition(ending)
    if not (begin and end):
        raise ValueError(f"{document} has no {beginning} ... {ending} to write between.")
    figures = "\n\n".join(["", *sections, ""])
    document.write_text(f"{head}{begin}{figures}{end}{tail}", encoding="utf-8")


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 100 else f"{milliseconds:.1f} ms"
