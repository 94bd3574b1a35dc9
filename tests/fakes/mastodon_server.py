"""A local server that speaks as much of Mastodon's API as a channel needs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from fakes.api_server import ApiServer, Call, Reply

TOKEN = "mastodon-token-0123456789"
_LINK = re.compile(r"https?://[^\s/:?#]+\.[a-z]{2,}(?=[\s/:?#)]|$)(?:[/:?#]\S*?(?=\)?(?:\s|$)))?")


@dataclass
class FakeMastodon(ApiServer):
    """One account on one server."""

    statuses: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks_before_it_is_ready: int = 0
    """How often an upload has to be asked for until it has been processed."""

    @property
    def settings(self) -> dict[str, Any]:
        return {"mastodon_url": self.url, "mastodon_access_token": TOKEN}

    @property
    def secrets(self) -> list[str]:
        return [TOKEN]

    @property
    def articles(self) -> int:
        return len(self.statuses)

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"error": "The access token is invalid"}, 401)
        match call.method, call.path:
            case "GET", "/api/v1/accounts/verify_credentials":
                return Reply({"id": "9", "username": "keepers"})
            case "GET", "/api/v1/accounts/9/statuses":
                return Reply(self.statuses[::-1][: int(call.query["limit"])])
            case "POST", "/api/v2/media":
                if len(call.form["description"]) > 1_500:
                    return Reply({"error": "Validation failed: Description is too long"}, 422)
                self.uploads.append(call.form)
                ready = self.looks_before_it_is_ready == 0
                return Reply({"id": str(len(self.uploads))}, 200 if ready else 202)
            case "GET", path if path.startswith("/api/v1/media/"):
                self.looks_before_it_is_ready -= 1
                return Reply({"id": path[-1]}, 206 if self.looks_before_it_is_ready else 200)
            case "POST", "/api/v1/statuses":
                return self._post(call)
        return Reply({"error": "Record not found"}, 404)

    def _post(self, call: Call) -> Reply:
        key, fields = call.headers.get("idempotency-key"), call.json
        if key in self.keys:
            return Reply(self.keys[key])
        if len(_LINK.sub("x" * 23, fields["status"])) > 500:
            return Reply({"error": "Validation failed: Text character limit of 500 exceeded"}, 422)
        number = str(len(self.statuses) + 1)
        lines = escape(fields["status"]).split("\n\n")
        content = "".join(f"<p>{line}</p>" for line in lines)
        status = {**fields, "id": number, "url": f"{self.url}/@keepers/{number}"}
        self.statuses.append({**status, "content": content})
        if key:
            self.keys[key] = self.statuses[-1]
        return Reply(self.statuses[-1])


def too_many_requests(until: datetime) -> Reply:
    """Mastodon says when its limit ends, and never Retry-After."""
    reset = until.isoformat(timespec="microseconds").replace("+00:00", "Z")
    limits = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    return Reply({"error": "Too many requests"}, 429, limits)
