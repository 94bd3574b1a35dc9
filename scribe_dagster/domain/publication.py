"""The outcome of sending one article to one channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from scribe_dagster.domain.text import StorableText
from scribe_dagster.domain.value import Value


class PublicationStatus(StrEnum):
    """Where a publication stands."""

    SENDING = "sending"
    """Written before the call: should the worker die, nobody knows whether it arrived."""
    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"
    """The call broke off with no answer; ask the channel before sending again."""


class Receipt(Value):
    """What a channel says of an article it has taken."""

    url: StorableText | None = None
    external_id: StorableText | None = None


class Publication(Value):
    """One article on one channel."""

    channel: StorableText
    status: PublicationStatus
    url: StorableText | None = None
    external_id: StorableText | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What is written down of one article on one channel."""

    publication: Publication
    calls: int
    """Times the channel was called, or was about to be."""
    age: timedelta
    """How long it has said so, by the database's clock."""
    its_worker_is_dead: bool = False
    """Whether it was written by an earlier worker of the run that reads it now."""


@dataclass(frozen=True, slots=True)
class ChannelCall:
    """One call of a channel, noted before it is made. Its number fences off all earlier ones."""

    article_id: int
    channel: str
    number: int


def first_web_address(urls: Iterable[str | None]) -> str | None:
    """Return the first that anybody can open: no file, and no channel without a page."""
    return next((url for url in urls if url and url.startswith(("http://", "https://"))), None)


def idempotency_key(article_id: int, channel: str) -> str:
    """Name the posting of an article to a channel, the same however often it is tried."""
    return f"scribe-{article_id}-{channel}"
