"""What a failure of the OpenAI SDK means, in our own errors."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.errors import ErrorKind, ImageError

if TYPE_CHECKING:
    from httpx2 import InvalidURL
    from openai import APIStatusError, OpenAIError

_LONGEST_REASON = 300

_REFUSALS = frozenset({"content_policy_violation", "moderation_blocked"})

_ADVICE = {
    400: "Check OPENAI_IMAGE_MODEL and OPENAI_IMAGE_SIZE.",
    401: "Check OPENAI_API_KEY.",
    403: "Check that OPENAI_API_KEY may use OPENAI_IMAGE_MODEL.",
    404: "Check OPENAI_IMAGE_MODEL and OPENAI_BASE_URL.",
}


def explain(error: OpenAIError | InvalidURL, *, secrets: Iterable[str] = ()) -> ImageError:
    """Turn an error of the SDK into one that says what happened and what to do.

    Args:
        error: What the SDK raised, or the HTTP client below it for an address it cannot parse.
        secrets: Values that must not show in the message.
    """
    import httpx2
    import openai

    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, secrets)
    if isinstance(error, openai.APITimeoutError):
        return ImageError(
            "OpenAI image API did not answer in time. Resume the run later.",
            kind=ErrorKind.TRANSIENT,
        )
    if isinstance(error, httpx2.InvalidURL) or isinstance(
        error.__cause__, httpx2.UnsupportedProtocol
    ):
        return ImageError("OPENAI_BASE_URL is not an http:// or https:// address. Correct it.")
    if isinstance(error, openai.APIConnectionError):
        reason = one_line(redact(str(error.__cause__ or error), secrets), limit=_LONGEST_REASON)
        return ImageError(
            f"OpenAI image API cannot be reached: {reason}. "
            "Check the network and OPENAI_BASE_URL, then resume the run.",
            kind=ErrorKind.TRANSIENT,
        )
    return ImageError(
        f"OpenAI image API: {one_line(redact(str(error), secrets), limit=_LONGEST_REASON)}"
    )


def _explain_status(error: APIStatusError, secrets: Iterable[str]) -> ImageError:
    status = error.status_code
    kind = failure_kind(status, error.response.text)
    reason = one_line(redact(_reason(error), secrets), limit=_LONGEST_REASON)
    if error.code in _REFUSALS:
        advice = "Reword the title, or set AI_IMAGE_PROVIDER=local."
    elif kind is ErrorKind.QUOTA:
        advice = "Add credit or raise the limit, then resume the run."
    else:
        advice = _ADVICE.get(status, "")
    message = f"OpenAI image API error [{status}]: {reason}"
    if advice:
        message = f"{message.rstrip('.')}. {advice}"
    # Of an empty account it is the rate limit's.
    after = None if kind is ErrorKind.QUOTA else resume_after(error.response.headers)
    return ImageError(message, kind=kind, resume_after=after)


def _reason(error: APIStatusError) -> str:
    """Find the API's own words; a proxy in between may have answered with a page instead."""
    match error.body:
        case {"message": str(reason)} | {"detail": str(reason)} | str(reason):
            if reason.strip() and not reason.lstrip().startswith("<"):
                return reason
    try:
        return HTTPStatus(error.status_code).phrase
    except ValueError:
        return "no reason given"
