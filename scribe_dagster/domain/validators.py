"""By what a server recognises that nothing has changed (RFC 9110, section 8.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Validators:
    """An ``ETag`` and a ``Last-Modified``, as the server wrote them."""

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        """Read those of a response. What no server would send in earnest is left out."""
        etag, modified = headers.get("ETag"), headers.get("Last-Modified")
        return cls(
            etag if etag and len(etag) <= _LONGEST else None,
            modified if modified and len(modified) <= _LONGEST else None,
        )

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request that wants no answer if nothing has changed."""
        conditions = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in conditions.items() if value}
