"""The outcome of sending one article to one channel."""

from __future__ import annotations

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
