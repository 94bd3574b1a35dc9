"""Intervals as people type them."""

from __future__ import annotations

from datetime import timedelta

import typer

from scribe_dagster.cli.duration import read_duration


def parse_every(value: str | timedelta) -> timedelta:
    """Read ``30m``, ``6h``, ``1d``, ``1w``.

    Raises:
        typer.BadParameter: It is none of these, or not from one minute to 30 days.
    """
    # Not for --help: it brings pydantic along.
    from scribe_dagster.domain.content_source import LONGEST_INTERVAL, SHORTEST_INTERVAL

    if isinstance(value, timedelta):
        return value
    interval = read_duration(value)
    if interval is None:
        raise typer.BadParameter(f"{value!r} is not a valid interval. Write 30m, 6h, 1d or 1w.")
    if not SHORTEST_INTERVAL <= interval <= LONGEST_INTERVAL:
        raise typer.BadParameter("A feed is polled at most once a minute, at least every 30 days.")
    return interval


def shown_interval(interval: timedelta) -> str:
    """Write an interval in the largest unit that divides it: ``90m``, ``6h``."""
    seconds = int(interval.total_seconds())
    for size, unit in ((604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
