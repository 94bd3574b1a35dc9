"""What a failure of the Gemini API means, in our own errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.errors import ErrorKind, ImageError

if TYPE_CHECKING:
    import httpx2

_LONGEST_REASON = 300

# A day's allowance is used up: unlike a minute's, it is not there again in a moment.
_DAILY = re.compile(r"PerDay", re.IGNORECASE)

_ADVICE = {
    400: "Check GEMINI_API_KEY, GEMINI_IMAGE_MODEL and GEMINI_IMAGE_ASPECT_RATIO.",
    401: "Check GEMINI_API_KEY.",
    403: "Check that GEMINI_API_KEY may use GEMINI_IMAGE_MODEL.",
    404: "Check GEMINI_IMAGE_MODEL and GEMINI_BASE_URL.",
}


def explain(response: httpx2.Response, *, secrets: Iterable[str] = ()) -> ImageError:
    """Turn an error response into one that says what happened and what to do."""
    error = _error_in(response)
    status = response.status_code
    kind = failure_kind(status)
    advice = _ADVICE.get(status, "")
    if status == 429 and _DAILY.search(response.text):
        kind = ErrorKind.QUOTA
        advice = "Raise the limit, or resume the run when the day is over."
    said = error.get("message")
    reason = said if isinstance(said, str) and said.strip() else response.reason_phrase
    message = f"Gemini API error [{status}]: {reason or 'no reason given'}"
    if advice:
        message = f"{message.rstrip('.')}. {advice}"
    # Of a day's allowance it is the minute's.
    after = None if kind is ErrorKind.QUOTA else resume_after(response.headers) or _delay(error)
    return ImageError(
        one_line(redact(message, secrets), limit=_LONGEST_REASON), kind=kind, resume_after=after
    )


def unreachable(error: Exception, *, secrets: Iterable[str] = ()) -> ImageError:
    """Turn what the HTTP client raises when no answer came."""
    import httpx2

    if isinstance(error, httpx2.TimeoutException):
        return ImageError(
            "The Gemini API did not answer in time. Resume the run later.",
            kind=ErrorKind.TRANSIENT,
        )
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return ImageError("GEMINI_BASE_URL is not an http:// or https:// address. Correct it.")
    reason = one_line(redact(str(error), secrets), limit=_LONGEST_REASON)
    return ImageError(
        f"The Gemini API cannot be reached: {reason}. Check the network and GEMINI_BASE_URL, "
        "then resume the run.",
        kind=ErrorKind.TRANSIENT,
    )


def _error_in(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _delay(error: dict[str, Any]) -> datetime | None:
    """Read ``google.rpc.RetryInfo``: Google's APIs say in the body when to come back."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str) and re.fullmatch(r"\d+(\.\d+)?s", delay):
            return resume_after({"Retry-After": str(ceil(float(delay[:-1])))})
    return None
