"""A failure as it is recorded: what to show, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import storable
from scribe_dagster.domain.usage import Usage, used_by
from scribe_dagster.errors import ErrorKind, ScribeError, StageError

_LONGEST_MESSAGE = 2_000


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a stage failed, redacted and of bounded length."""

    message: str
    kind: ErrorKind
    resume_after: datetime | None = None
    deliberate: bool = False
    """Somebody stopped the worker on purpose: then it is for somebody, too, to resume the run."""
    usage: Usage | None = None
    """What the stage had paid for when it failed."""

    @classmethod
    def of(cls, error: BaseException, secrets: Iterable[str] = ()) -> Failure:
        """Describe an exception.

        An exception of our own says what happened in its message; of any other the type is part
        of the story. An exception that is no ``Exception`` (Ctrl-C, SIGTERM) means that the
        worker was told to stop, by somebody as far as it tells.
        """
        if isinstance(error, ScribeError):
            message = str(error)
        elif isinstance(error, Exception):
            message = f"{type(error).__name__}: {error}".rstrip(": ")
        else:
            message = "The worker was interrupted (Ctrl-C, or a signal to stop). Resume the run."
        message = redact(storable(message), secrets).strip()
        if len(message) > _LONGEST_MESSAGE:
            message = message[: _LONGEST_MESSAGE - 1] + "…"
        resume_after = error.resume_after if isinstance(error, StageError) else None
        return cls(
            message,
            _kind_of(error),
            resume_after,
            deliberate=not isinstance(error, Exception),
            usage=used_by(error),
        )


def _kind_of(error: BaseException) -> ErrorKind:
    if isinstance(error, ScribeError):
        return error.kind
    if isinstance(error, TimeoutError | ConnectionError):
        return ErrorKind.TRANSIENT
    return ErrorKind.PERMANENT if isinstance(error, Exception) else ErrorKind.LOST_WORKER
