"""A local server that speaks as much of Blogger's API as a channel needs, and Google's login."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fakes.api_server import ApiServer, Call, Reply
from google.auth import jwt

TOKEN, BLOG = "ya29.token-0123456789", "77"


@cache
def _key_pair() -> tuple[str, bytes]:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public


@dataclass
class FakeBlogger(ApiServer):
    """One blog, and the login by which it is written to."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    subjects: list[str | None] = field(default_factory=list)
    """Whom each login was for."""

    @property
    def settings(self) -> dict[str, Any]:
        key = {
            "type": "service_account",
            "client_email": "scribe@project.iam.example",
            "private_key": _key_pair()[0],
            "private_key_id": "k1",
            "token_uri": f"{self.url}/token",
        }
        return {
            "blogger_url": f"{self.url}/blogger/v3",
            "blogger_blog_id": BLOG,
            "blogger_service_account": json.dumps(key),
        }

    @property
    def secrets(self) -> list[str]:
        return [_key_pair()[0]]

    @property
    def articles(self) -> int:
        return len(self.posts)

    def is_a_post(self, call: Call) -> bool:
        return call.method != "GET" and call.path != "/token"

    def answer(self, call: Call) -> Reply:
        if call.path == "/token":
            claims = jwt.decode(
                call.form["assertion"], certs=_key_pair()[1], audience=f"{self.url}/token"
            )
            if claims["scope"] != "https://www.googleapis.com/auth/blogger":
                return Reply({"error": "invalid_scope"}, 400)
            self.subjects.append(claims.get("sub"))
            return Reply({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return google_error(401, "Invalid Credentials", "authError")
        root = f"/blogger/v3/blogs/{BLOG}/posts"
        match call.method, call.path.removeprefix(root):
            case "GET", "" if call.query["status"] not in ("LIVE", "DRAFT", "SCHEDULED"):
                return google_error(400, "Invalid value at 'status'", "invalid")
            case "GET", "":
                return Reply({"kind": "blogger#postList", **self._items()})
            case "POST", "":
                status = "DRAFT" if call.query["isDraft"] == "true" else "LIVE"
                number = str(len(self.posts) + 1)
                self.posts.append({"id": number, "status": status, **call.json})
                return Reply(self._shown(self.posts[-1]))
            case "PUT", path:
                post = self.posts[int(path.removeprefix("/")) - 1]
                post.update(call.json)
                if call.query.get("publish") == "true":
                    post["status"] = "LIVE"
                return Reply(self._shown(post))
        return google_error(404, "Not Found", "notFound")

    def _items(self) -> dict[str, Any]:
        # An empty list is left out.
        return {"items": [self._shown(post) for post in self.posts[::-1]]} if self.posts else {}

    def _shown(self, post: dict[str, Any]) -> dict[str, Any]:
        where = f"2026/03/{post['id']}.html" if post["status"] == "LIVE" else ""
        return {**post, "url": f"{self.url}/{where}"}


def google_error(status: int, message: str, reason: str) -> Reply:
    detail = {"message": message, "domain": "global", "reason": reason}
    return Reply({"error": {"code": status, "message": message, "errors": [detail]}}, status)
