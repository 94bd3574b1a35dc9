"""A local server that speaks as much of Facebook's Graph API as a channel needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fakes.api_server import ApiServer, Call, Reply

TOKEN, PAGE = "EAAB-page-token-0123456789", "101"


@dataclass
class FakeFacebook(ApiServer):
    """One page."""

    posts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "facebook_url": self.url,
            "facebook_page_id": PAGE,
            "facebook_page_access_token": TOKEN,
        }

    @property
    def secrets(self) -> list[str]:
        return [TOKEN]

    @property
    def articles(self) -> int:
        return len(self.posts)

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return graph_error(401, 190, "Invalid OAuth access token.")
        match call.method, call.path.removeprefix(f"/{PAGE}/"):
            case "GET", "posts":
                latest = self.posts[::-1][: int(call.query["limit"])]
                return Reply({"data": [{k: p[k] for k in ("id", "message")} for p in latest]})
            case "POST", "feed":
                if not {"message", "link"} & call.form.keys():
                    return graph_error(400, 100, "Enter a message or a link.")
                return Reply({"id": self._posted(call)})
            case "POST", "photos":
                if not isinstance(call.form.get("source"), bytes):
                    return graph_error(400, 324, "Requires upload file")
                return Reply({"id": "900", "post_id": self._posted(call)})
        return graph_error(404, 100, "Unsupported request.")

    def _posted(self, call: Call) -> str:
        post_id = f"{PAGE}_{len(self.posts) + 1}"
        self.posts.append({**call.form, "id": post_id})
        return post_id


def graph_error(status: int, code: int, message: str, **more: Any) -> Reply:
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return Reply({"error": error}, status)
