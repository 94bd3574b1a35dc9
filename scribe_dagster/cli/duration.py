"""Lengths of time as people type them."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_duration(typed: str) -> timedelta | None:
    """Read ``30m``, ``6h``, ``1d`` or ``1w``; None when it is none of these."""
    found = _DURATION.fullmatch(typed.strip().lower())
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
