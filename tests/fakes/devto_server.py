"""A local server that speaks as much of Forem's API as a channel needs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from fakes.api_server import ApiServer, Call, Reply

KEY = "devto-key-0123456789"


@dataclass
class FakeDevto(ApiServer):
    """The articles of one account."""

    written: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, Any]:
        return {"devto_url": self.url, "devto_api_key": KEY}

    @property
    def secrets(self) -> list[str]:
        return [KEY]

    @property
    def articles(self) -> int:
        return len(self.written)

    def answer(self, call: Call) -> Reply:
        if call.headers.get("api-key") != KEY:
            return _error(401, "unauthorized")
        if call.headers.get("accept") != "application/vnd.forem.api-v1+json":
            return _error(406, "not acceptable")
        if call.method == "GET":
            first = (int(call.query["page"]) - 1) * int(call.query["per_page"])
            return Reply(self.written[::-1][first : first + int(call.query["per_page"])])
        fields = call.json["article"]
        if len(fields["title"]) > 128 or len(fields["tags"]) > 4:
            return _error(422, "Title is too long, or there are too many tags")
        if not all(re.fullmatch(r"[a-z0-9]{1,30}", tag) for tag in fields["tags"]):
            return _error(422, "Tag is too long, or contains non-alphanumeric characters")
        if call.method == "POST":
            number = len(self.written) + 1
            self.written.append({"id": number, "url": f"{self.url}/keepers/{number}"})
            return Reply(self._changed(self.written[-1], fields), 201)
        number = int(call.path.rpartition("/")[2])
        return Reply(self._changed(self.written[number - 1], fields))

    def _changed(self, article: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        article.update(fields)
        article["published_at"] = "2026-03-12T09:30:00Z" if article["published"] else None
        return article


def _error(status: int, message: str) -> Reply:
    return Reply({"error": message, "status": status}, status)
