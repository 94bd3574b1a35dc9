"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from scribe_dagster.cli.duration import read_duration


def parse_since(value: str) -> datetime:
    """Read ``90m``, ``2h``, ``3d``, ``1w`` as that long ago, or an ISO 8601 date or time.

    A date or time that names no zone is local.

    Raises:
        typer.BadParameter: It is none of these.
    """
    try:
        if (ago := read_duration(value)) is not None:
            return datetime.now(UTC) - ago
        return datetime.fromisoformat(value.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{value!r} is not a valid time. Write 90m, 2h, 3d, or a date such as 2026-11-23."
        ) from None
