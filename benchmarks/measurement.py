"""Contenders timed in turns, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.isolation import silenced


@dataclass(frozen=True, slots=True)
class Contender:
    """One thing that is timed.

    ``before``, if there is one, is called ahead of every run and stays outside the timing.
    """

    name: str
    run: Callable[[], object]
    before: Callable[[], object] | None = None

    def seconds(self) -> float:
        if self.before is not None:
            self.before()
        began = perf_counter()
        self.run()
        return perf_counter() - began


@dataclass(frozen=True, slots=True)
class Comparison:
    """Contenders that answer one question; ``baseline`` is the one others are set against."""

    question: str
    baseline: str
    contenders: Sequence[Contender]


@dataclass(frozen=True, slots=True)
class Series:
    """Timings of one contender, in seconds, in the order of the rounds."""

    timings: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.timings)

    @property
    def fastest(self) -> float:
        return min(self.timings)

    @property
    def slowest(self) -> float:
        return max(self.timings)

    def ratio_to(self, baseline: Series) -> float:
        """Return the median of the ratios within each round.

        The two timings of a round lie seconds apart, those of two medians perhaps minutes, and a
        shared disk may have changed its mood in between.
        """
        pairs = zip(self.timings, baseline.timings, strict=True)
        return statistics.median(own / other for own, other in pairs)


@dataclass(frozen=True, slots=True)
class Findings:
    """What came of a comparison."""

    comparison: Comparison
    series: dict[str, Series]
    fsync: Series
    """One small write made durable, timed at the start of each round."""

    @property
    def baseline(self) -> Series:
        return self.series[self.comparison.baseline]


def measure(
    comparison: Comparison,
    *,
    rounds: int,
    fsync_probe: Callable[[], float],
    announce: Callable[[str], None],
) -> Findings:
    """Run every contender once a round.

    One round ahead of them is thrown away: it fills caches and creates databases. Every second
    round goes backwards, so that nobody always comes after the same neighbour.
    """
    contenders = comparison.contenders
    findings = Findings(comparison, {each.name: Series() for each in contenders}, Series())
    for number in range(rounds + 1):
        announce(f"{comparison.question}: " + (f"round {number}/{rounds}" if number else "warm-up"))
        fsync = fsync_probe()
        in_turn = contenders if number % 2 else tuple(reversed(contenders))
        with silenced():
            timings = {each.name: each.seconds() for each in in_turn}
        if number:
            findings.fsync.timings.append(fsync)
            for name, seconds in timings.items():
                findings.series[name].timings.append(seconds)
    return findings
