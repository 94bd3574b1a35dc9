"""What went wrong with a chat model, in our terms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from math import ceil

from pydantic import ValidationError
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRequestTimeout,
    ModelTimeoutError,
    OutputTokenLimitExceeded,
    UnexpectedModelBehavior,
)

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.sanitise import visible_text
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.ai.provider_terms import ProviderTerms
from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.errors import ErrorKind, ModelError

_LONGEST_MESSAGE = 300
_LONGEST_DETAIL = 180

# No two makers have the same word for it, and only some have a code.
_TOO_LONG = re.compile(r"context.{0,12}(length|window|size)|(prompt|input).{0,20}too long", re.I)
_NO_SCHEMA = re.compile(r"response.?format|json.?(schema|validate)|structured.?output", re.I)
_LIMIT_OF_ONES_OWN = re.compile(r"reached your specified API usage limits", re.I)


def model_error(
    error: Exception, terms: ProviderTerms, *, secrets: Iterable[str] = ()
) -> ModelError:
    """Translate what pydantic-ai raises; the message holds none of the secrets."""
    return ModelError(
        one_line(redact(_message(error, terms), secrets), limit=_LONGEST_MESSAGE),
        kind=kind_of(error),
        resume_after=_resume_after(error),
    )


def knows_no_schema(error: ModelHTTPError) -> bool:
    """Tell whether a server refuses a question for the JSON schema its answer should follow."""
    return error.status_code in (400, 422, 501) and bool(_NO_SCHEMA.search(str(error.body)))


def kind_of(error: Exception) -> ErrorKind:
    """Say whether asking again can help."""
    if isinstance(error, ModelQuotaExceededError):
        return ErrorKind.QUOTA
    if isinstance(error, ModelHTTPError):
        if _LIMIT_OF_ONES_OWN.search(str(error.body)):
            return ErrorKind.QUOTA
        return failure_kind(error.status_code, str(error.body))
    # Without a status, an API error means that no answer arrived, or not all of it.
    return ErrorKind.TRANSIENT if isinstance(error, ModelAPIError) else ErrorKind.PERMANENT


def _message(error: Exception, terms: ProviderTerms) -> str:
    match error:
        case ModelHTTPError():
            return _followed(
                f"{terms.api} error [{error.status_code}]: {_own_words(error.body)}",
                _next_step(error, terms),
            )
        case ModelRequestTimeout() | ModelTimeoutError():
            return _followed(
                f"The {terms.api} did not answer in time for {error.model_name}.",
                f"Should it need longer, raise {terms.timeout}." if terms.timeout else "",
            )
        case ModelConnectionError():
            return _followed(
                f"The {terms.api} cannot be reached: {_root_cause(error)}",
                f"Check the network and {terms.base_url}.",
            )
        case ModelAPIError():
            return f"The {terms.api} broke off its answer, or sent something that is not JSON."
        case OutputTokenLimitExceeded():
            return (
                f"The model's answer was cut off at its output limit. Set {terms.model} to "
                "a model with a higher limit, or use a shorter source."
            )
        case UnexpectedModelBehavior() if not isinstance(error.__cause__, ValidationError | None):
            return _followed(
                f"The model gave no usable article, however often asked: {_root_cause(error)}",
                f"Try another {terms.model}.",
            )
        case _:
            return f"The {terms.api}'s answer is not a chat completion. Check {terms.base_url}."


def _next_step(error: ModelHTTPError, terms: ProviderTerms) -> str:
    if kind_of(error) is ErrorKind.QUOTA:
        return "Add credit or raise the limit, then resume the run."
    if error.status_code == 403:
        return f"Check what {terms.key} may do."
    if error.status_code == 401 or isinstance(error, ModelAuthenticationError):
        return f"Check {terms.key}."
    if error.status_code == 404 or isinstance(error, ModelNotFoundError):
        return f"Check {terms.model} and {terms.base_url}."
    if _TOO_LONG.search(str(error.body)):
        wider = f"Raise {terms.context}, or set" if terms.context else "Set"
        return f"{wider} {terms.model} to a model that can read more at once."
    return ""


def _own_words(body: object) -> str:
    """Return the error message the API sent, else the text of whatever it sent instead."""
    for key in ("error", "message"):
        if isinstance(body, dict) and body.get(key):
            body = body[key]
    said = visible_text(body) if isinstance(body, str) else str(body or "")
    return one_line(said, limit=_LONGEST_DETAIL) or "no reason given"


def _root_cause(error: BaseException) -> str:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, ValidationError):
        first = cause.errors()[0]
        field = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        said = f"{field}: {said}" if field else said
    else:
        said = str(cause) or "the connection was broken off"
    return one_line(said, limit=_LONGEST_DETAIL)


def _followed(message: str, by: str) -> str:
    return f"{message.rstrip('.')}. {by}" if by else message


def _resume_after(error: Exception) -> datetime | None:
    """Read when to come back: from the header, or as Google's APIs tell it, from the body.

    Not of an account that is empty: what they tell then is when the rate limit is over.
    """
    if not isinstance(error, ModelHTTPError) or kind_of(error) is ErrorKind.QUOTA:
        return None
    named = resume_after(error.headers or {})
    if named is None and error.retry_after is not None:
        return resume_after({"Retry-After": str(ceil(error.retry_after))})
    return named
