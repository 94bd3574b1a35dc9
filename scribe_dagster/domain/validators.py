"""Asking only for what has changed (RFC 9110, section 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

# A server could otherwise have us keep, and send back, whatever it likes.
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave out to tell one version of a resource from the next.

    To be kept with what was made of the resource, and handed in when it is asked for again.
    """

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Read those of a response; header names in any case."""
        found = {name.lower(): value for name, value in headers.items()}
        return cls(_kept(found.get("etag")), _kept(found.get("last-modified")))

    def request_headers(self) -> dict[str, str]:
        """Return the headers that make a request conditional; none where nothing is known."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


def _kept(value: str | None) -> str | None:
    is_sound = value and len(value) <= _LONGEST and value.isascii() and value.isprintable()
    return value if is_sound else None
