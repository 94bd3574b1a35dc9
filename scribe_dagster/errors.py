"""Every error scribe-dagster raises on purpose, as one tree.

A message says what happened and what to do next. The docstring of a class is its default
message. ``kind`` tells a resumer whether trying again can help.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum


class ErrorKind(StrEnum):
    """Why a stage failed, in the terms of whoever has to decide whether to try again."""

    TRANSIENT = "transient"
    """A timeout, a 429, a 5xx: the same call may succeed later."""
    QUOTA = "quota"
    """Money or credit has run out: it succeeds once somebody pays or raises a limit."""
    PERMANENT = "permanent"
    """The same call will fail again until its input or the configuration changes."""
    LOST_WORKER = "lost_worker"
    """The process that ran the stage was interrupted or died."""
    FENCED = "fenced"
    """Another worker took the run over; this one may write nothing more."""


class ScribeError(Exception):
    """scribe-dagster could not go on."""

    kind = ErrorKind.PERMANENT

    usage: object | None = None
    """What had been paid for when it was raised: a :class:`~scribe_dagster.domain.usage.Usage`."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


# -- The caller asked for something that cannot be done; nothing has begun. ------------------


class ConfigurationError(ScribeError):
    """A setting is missing or wrong. `scribe-dagster doctor` shows what is configured."""


class DatabaseUnreachable(ConfigurationError):
    """The database cannot be reached. Check SCRIBE_DATABASE_URL, then `scribe-dagster doctor`."""

    kind = ErrorKind.TRANSIENT


class DagsterStorageLost(ScribeError):
    """Dagster's own database failed in the middle of a run."""

    kind = ErrorKind.TRANSIENT


class NotMigrated(ConfigurationError):
    """The database lacks our tables. Run `scribe-dagster migrate`."""


class UnknownPlugin(ConfigurationError):
    """No driver or stage of that name is installed."""

    @classmethod
    def named(cls, name: str, *, what: str, known: Sequence[str], chosen_by: str) -> UnknownPlugin:
        """Say which names would have been understood, and where this one was given."""
        installed = ", ".join(sorted(known)) or "none"
        return cls(f"Unknown {what} {name!r}. Installed: {installed}. Check {chosen_by}.")


class UnknownStage(ConfigurationError):
    """There is no stage of that name."""

    @classmethod
    def named(cls, name: str, *, known: Iterable[str]) -> UnknownStage:
        """Say which names would have been understood."""
        return cls(f"There is no stage {name!r}. There are: {', '.join(known)}.")


class InvalidSource(ScribeError):
    """The source is neither a URL, nor a readable file, nor text."""


class ContentSourceNotFound(ScribeError):
    """There is no such source. `scribe-dagster sources list` lists them."""

    @classmethod
    def numbered(cls, source_id: int) -> ContentSourceNotFound:
        """Say which source there is not."""
        return cls(f"There is no source #{source_id}. `scribe-dagster sources list` lists them.")


class InvalidEdit(ScribeError):
    """The payload cannot be edited this way."""


class AlreadyProcessed(ScribeError):
    """There is a run of this source already, and the caller wanted no second one."""

    def __init__(self, run_id: int, status: str) -> None:
        super().__init__(
            f"This source has a run already: #{run_id}, which is {status}. "
            f"`scribe-dagster runs show {run_id}` shows it; --if-exists run makes another one."
        )
        self.run_id = run_id
        self.status = status


# -- A run cannot be resumed the way it was asked. -------------------------------------------


class ResumeError(ScribeError):
    """The pipeline run cannot be resumed."""


class RunNotFound(ResumeError):
    """There is no such pipeline run. `scribe-dagster runs` lists them."""

    @classmethod
    def numbered(cls, run_id: int) -> RunNotFound:
        """Say which run there is not."""
        return cls(f"There is no pipeline run #{run_id}. `scribe-dagster runs` lists them.")


class NotResumable(ResumeError):
    """Only failed runs can be resumed. `scribe-dagster runs --status failed` lists them."""

    @classmethod
    def because(cls, run_id: int, status: str) -> NotResumable:
        """Say why a run of this status cannot be resumed."""
        why = {
            "completed": "it is completed, there is nothing left to do",
            "rejected": "its content was rejected, which is final",
            "running": "it is being executed right now",
            "pending": "it has not been started yet",
        }.get(status, f"it is {status}, and somebody else is taking it up")
        if status in ("running", "pending"):
            return cls(
                f"Pipeline run #{run_id} cannot be resumed: {why}. Should its worker be dead, "
                "`scribe-dagster reap` frees it, at the latest when its lease has run out "
                "(PIPELINE_LEASE_SECONDS)."
            )
        return cls(
            f"Pipeline run #{run_id} cannot be resumed: {why}. Only failed runs can be; "
            "`scribe-dagster runs --status failed` lists them."
        )


class StagesChanged(ResumeError):
    """The pipeline's stages are no longer those the run was started with."""

    @classmethod
    def between(
        cls, run_id: int, then: Sequence[str], now: Sequence[str], *, goes_on_at: int | None
    ) -> StagesChanged:
        """Show both lists, and what going on all the same would mean."""
        if goes_on_at is None:
            way_out = (
                "Nothing tells where to go on. Resume it with the stages it was started with, or "
                f"begin anew from a stage of your choice: scribe-dagster fork {run_id} --from STAGE"
            )
        else:
            gone = [stage for stage in then if stage not in now]
            without = f"without {', '.join(gone)}, and " if gone else ""
            way_out = (
                f"To go on all the same, {without}without running any earlier stage "
                f"(next: {' > '.join(now[goes_on_at:])}): "
                f"scribe-dagster resume {run_id} --accept-changed-stages"
            )
        return cls(
            f"Pipeline run #{run_id} was started with other stages than this pipeline has.\n"
            f"  then: {' > '.join(then)}\n"
            f"  now:  {' > '.join(now)}\n"
            f"{way_out}"
        )


class Fenced(ResumeError):
    """Another worker has claimed this pipeline run; this one stops without writing."""

    kind = ErrorKind.FENCED


# -- A stage failed, or gave its verdict. ----------------------------------------------------


class StageError(ScribeError):
    """A stage failed. Once the cause is gone, resume the run from that stage.

    Args:
        message: What happened, fit to be stored and shown: no secret in it.
        kind: Whether trying again can help.
        resume_after: The earliest time at which trying again makes sense, when the other side
            named one (``Retry-After``).
    """

    def __init__(
        self,
        message: str | None = None,
        *,
        kind: ErrorKind = ErrorKind.PERMANENT,
        resume_after: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.resume_after = resume_after


class DownloadFault(StrEnum):
    """What kept something from being fetched."""

    NOT_PUBLIC = "not public"
    NOT_A_URL = "not a URL"
    UNREACHABLE = "unreachable"
    INSECURE = "insecure"
    TOO_SLOW = "too slow"
    BROKEN_OFF = "broken off"
    REFUSED = "refused"
    TOO_MANY_REDIRECTS = "too many redirects"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"
    FORBIDDEN_BY_ROBOTS = "forbidden by robots.txt"


class DownloadError(StageError):
    """Something on the web could not be fetched.

    Args:
        url: What was asked for.
        reason: Why not, as the end of a sentence.
        fault: The same, for whoever knows a better next step.
        next_step: What to do, as a sentence.
        status: The HTTP status that refused it.
    """

    def __init__(
        self,
        url: str,
        reason: str,
        *,
        fault: DownloadFault,
        next_step: str,
        kind: ErrorKind = ErrorKind.PERMANENT,
        resume_after: datetime | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(
            f"Could not read {url}: {reason}. {next_step}", kind=kind, resume_after=resume_after
        )
        self.url = url
        self.reason = reason
        self.fault = fault
        self.next_step = next_step
        self.status = status


class BudgetSpent(StageError):
    """The budget is spent. Raise SCRIBE_BUDGET_PER_RUN or SCRIBE_BUDGET_PER_DAY, then resume."""

    def __init__(self, message: str | None = None, *, resume_after: datetime | None = None) -> None:
        super().__init__(message, kind=ErrorKind.QUOTA, resume_after=resume_after)


class SourceError(StageError):
    """The source could not be read."""


class ModelError(StageError):
    """The AI provider gave no usable answer."""


class ImageError(StageError):
    """The image could not be made or read."""


class PublishError(StageError):
    """A channel did not take the article."""


class NotTaken(PublishError):
    """The channel was not reached, or asks to come back later: nothing of the article is there."""


class NotUnderstood(PublishError):
    """The channel took the request and gave an answer that tells nothing: it may have arrived."""


class InDoubt(PublishError):
    """The channel may have the article, and only people can find out."""


class NotInDoubt(PublishError):
    """It is known whether the channel has the article."""

    @classmethod
    def because(cls, article_id: int, channel: str, status: str | None) -> NotInDoubt:
        """Say what is known of an article on a channel."""
        command = f"scribe-dagster publish {article_id} --channels {channel}"
        if status is None:
            return cls(f"Article #{article_id} was never sent to {channel}. Send it: {command}")
        if status == "success":
            return cls(f"Article #{article_id} is known to be on {channel} already.")
        return cls(f"Article #{article_id} was refused by {channel}. Send it again: {command}")


class CannotTell(PublishError):
    """The channel cannot be asked whether it has the article, and a second post would be seen."""


class MissingInput(StageError):
    """An earlier stage left out what this stage needs. Check the order of the stages."""


class Rejected(ScribeError):
    """The content was rejected.

    Raise it from a stage to end the run as ``rejected``: nothing failed, there is nothing to
    resume, and no later stage runs.
    """

    def __init__(self, *reasons: str) -> None:
        self.reasons: tuple[str, ...] = reasons or ("no reason was given",)
        super().__init__("; ".join(self.reasons))
