"""What an HTTP failure means to whoever has to decide about trying again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from scribe_dagster.errors import ErrorKind

# RFC 9110 names the first and the fifth-hundreds, RFC 8470 425, RFC 6585 429.
_TRANSIENT_STATUSES = frozenset({408, 425, 429})

# OpenAI and those who follow its protocol answer an empty account with 429 as well, and tell the
# two apart in the body's error code.
_QUOTA_MARKS = ("insufficient_quota", "billing_hard_limit", "billing_not_active")

_LONGEST_WAIT = timedelta(days=30)
_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


def failure_kind(status: int, body: str = "") -> ErrorKind:
    """Classify a failed HTTP response by its status and, for quota, by its body."""
    if status == 402 or (status in (403, 429) and any(mark in body for mark in _QUOTA_MARKS)):
        return ErrorKind.QUOTA
    if status in _TRANSIENT_STATUSES or status >= 500:
        return ErrorKind.TRANSIENT
    return ErrorKind.PERMANENT


def bounded(moment: datetime, *, now: datetime | None = None) -> datetime:
    """Return when to try again, in UTC, if the other side has named a moment.

    One without a zone is one in UTC, and one that has passed means now. A wait of more than 30 days
    is cut to that.
    """
    now = now or datetime.now(UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment, now), now + _LONGEST_WAIT).astimezone(UTC)


def resume_after(headers: Mapping[str, str], *, now: datetime | None = None) -> datetime | None:
    """Read ``Retry-After`` (RFC 9110, section 10.2.3): seconds, or an HTTP date.

    Some servers write fractions of a second, which the RFC does not know.

    Returns:
        When to try again, in UTC; None when the header is absent or unreadable. A wait of more
        than 30 days is cut to that.
    """
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), "").strip()
    now = now or datetime.now(UTC)
    try:
        if _SECONDS.fullmatch(value):
            return now + timedelta(seconds=min(float(value), _LONGEST_WAIT.total_seconds()))
        return bounded(parsedate_to_datetime(value), now=now)
    except (ValueError, OverflowError):
        # Neither, or a number no calendar holds.
        return None
