"""Moments as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import typer

_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_since(value: str) -> datetime:
    """Read ``90m``, ``2h``, ``3d``, ``1w`` as that long ago, or an ISO 8601 date or time.

    A date or time that names no zone is local.

    Raises:
        typer.BadParameter: It is none of these.
    """
    ago = _AGO.fullmatch(value.strip().lower())
    try:
        if ago:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(value.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{value!r} is no time. Write 90m, 2h, 3d, or a date such as 2026-11-23."
        ) from None
