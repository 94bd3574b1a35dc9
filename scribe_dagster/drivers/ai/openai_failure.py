"""What went wrong with a chat model, in our terms."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError
from pydantic_ai import FallbackExceptionGroup
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRequestTimeout,
    ModelTimeoutError,
    OutputTokenLimitExceeded,
    UnexpectedModelBehavior,
)

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.sanitise import visible_text
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.errors import ErrorKind, ModelError

_LONGEST_MESSAGE = 300
_LONGEST_DETAIL = 180

_NEXT_STEP = {
    401: "Check OPENAI_API_KEY.",
    403: "Check what OPENAI_API_KEY may do.",
    404: "Check OPENAI_CONTENT_MODEL and OPENAI_BASE_URL.",
}


def model_error(error: Exception, *, secrets: Iterable[str] = ()) -> ModelError:
    """Translate what pydantic-ai raises; the message holds none of the secrets."""
    failures = error.exceptions if isinstance(error, FallbackExceptionGroup) else (error,)
    # A resumed run asks the first model first, so it is the first one's failure that decides when.
    first, *others = failures
    message = _message(first)
    for other in others:
        message = _followed(message, f"The fallback model failed too: {_message(other)}")
    return ModelError(
        one_line(redact(message, secrets), limit=_LONGEST_MESSAGE * len(failures)),
        kind=kind_of(first),
        resume_after=resume_after(_headers(first)),
    )


def kind_of(error: Exception) -> ErrorKind:
    """Say whether asking again can help."""
    if isinstance(error, ModelQuotaExceededError):
        return ErrorKind.QUOTA
    if isinstance(error, ModelHTTPError):
        return failure_kind(error.status_code, str(error.body))
    # Without a status, an API error means that no answer arrived, or not all of it.
    return ErrorKind.TRANSIENT if isinstance(error, ModelAPIError) else ErrorKind.PERMANENT


def _message(error: Exception) -> str:
    match error:
        case ModelHTTPError():
            next_step = _NEXT_STEP.get(error.status_code, "")
            if kind_of(error) is ErrorKind.QUOTA:
                next_step = "Add credit or raise the limit, then resume the run."
            return _followed(
                f"OpenAI chat API error [{error.status_code}]: {_own_words(error.body)}", next_step
            )
        case ModelRequestTimeout() | ModelTimeoutError():
            return f"The OpenAI chat API did not answer in time for {error.model_name}."
        case ModelConnectionError():
            return _followed(
                f"The OpenAI chat API cannot be reached: {_root_cause(error)}",
                "Check the network and OPENAI_BASE_URL.",
            )
        case ModelAPIError():
            return "The OpenAI chat API broke off its answer, or sent something that is not JSON."
        case OutputTokenLimitExceeded():
            return (
                "The model's answer was cut off at its output limit. Set OPENAI_CONTENT_MODEL to "
                "a model with a higher limit, or use a shorter source."
            )
        case UnexpectedModelBehavior(__cause__=None | ValidationError()):
            return "The OpenAI chat API's answer is no chat completion. Check OPENAI_BASE_URL."
        case _:
            return _followed(
                f"The model gave no usable article, however often asked: {_root_cause(error)}",
                "Try another OPENAI_CONTENT_MODEL.",
            )


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
    said = cause.errors()[0]["msg"] if isinstance(cause, ValidationError) else str(cause)
    return one_line(said.removeprefix("Value error, "), limit=_LONGEST_DETAIL)


def _followed(message: str, by: str) -> str:
    return f"{message.rstrip('.')}. {by}" if by else message


def _headers(error: Exception) -> dict[str, str]:
    return (error.headers or {}) if isinstance(error, ModelHTTPError) else {}
