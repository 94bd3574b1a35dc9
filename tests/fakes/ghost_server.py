"""A local server that speaks as much of Ghost's Admin API as a channel needs."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from fakes.api_server import ApiServer, Call, Reply

KEY_ID, SECRET = "64f1c0ffee64f1c0ffee64f1", "ab12" * 16
_MOST = {
    "title": 255, "slug": 191, "custom_excerpt": 300, "meta_title": 300, "meta_description": 500,
    "feature_image_alt": 191,
}  # fmt: skip


@dataclass
class FakeGhost(ApiServer):
    """One site, as one integration sees it."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)
    """The slugs of its pages."""

    @property
    def settings(self) -> dict[str, Any]:
        return {"ghost_url": self.url, "ghost_admin_api_key": f"{KEY_ID}:{SECRET}"}

    @property
    def secrets(self) -> list[str]:
        return [f"{KEY_ID}:{SECRET}", SECRET]

    @property
    def articles(self) -> int:
        return len(self.posts)

    def answer(self, call: Call) -> Reply:
        refusal = _refusal(call.headers.get("authorization", ""))
        if refusal:
            return _error(401, refusal)
        route = call.path.removeprefix("/ghost/api/admin")
        if route == "/images/upload/":
            same = sum(image["ref"] == call.form["ref"] for image in self.images)
            self.images.append(call.form)
            stem, _, suffix = str(call.form["ref"]).rpartition(".")
            name = f"{stem}-{same}.{suffix}" if same else call.form["ref"]
            return Reply({"images": [{"url": f"{self.url}/img/{name}"}]}, 201)
        if call.method == "GET" and route.startswith("/pages/slug/"):
            there = route.removeprefix("/pages/slug/").rstrip("/") in self.pages
            return Reply({"pages": [{}]}) if there else _error(404, "Page not found.")
        if call.method == "GET":
            slug = route.removeprefix("/posts/slug/").rstrip("/")
            found = [post for post in self.posts if post["slug"] == slug]
            return Reply({"posts": found}) if found else _error(404, "Post not found.")
        [fields] = call.json["posts"]
        if call.query.get("source") != "html":
            return _error(422, "The content is not in a format that is known.")
        too_long = [name for name, most in _MOST.items() if len(fields.get(name) or "") > most]
        if too_long or any(len(tag["name"]) > 191 for tag in fields["tags"]):
            return _error(422, f"Validation error, cannot save post: {too_long} is too long.")
        if call.method == "POST":
            number = f"{len(self.posts) + 1:024x}"
            fields = {**fields, "slug": self._free(fields["slug"])}
            self.posts.append({"id": number, "version": 0})
            return Reply({"posts": [self._changed(self.posts[-1], fields)]}, 201)
        post = next(post for post in self.posts if post["id"] == route.split("/")[2])
        if fields["updated_at"] != post["updated_at"]:
            return _error(409, "Saving failed! Someone else is editing this post.")
        return Reply({"posts": [self._changed(post, fields)]})

    def _free(self, slug: str) -> str:
        if slug in ("ghost", "rss", "amp"):
            return f"{slug}-post"
        taken = self.pages | {post["slug"] for post in self.posts}
        number = 1
        while (free := slug if number == 1 else f"{slug}-{number}") in taken:
            number += 1
        return free

    def _changed(self, post: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        version = post["version"] + 1
        post.update(fields, version=version, updated_at=f"2026-03-12T09:30:{version:02}.000Z")
        where = post["slug"] if post["status"] == "published" else f"p/{post['id']}"
        post["url"] = f"{self.url}/{where}/"
        return post


def _error(status: int, message: str) -> Reply:
    return Reply({"errors": [{"message": message, "type": "SomeError"}]}, status)


def _refusal(authorization: str) -> str | None:
    scheme, _, token = authorization.partition(" ")
    if scheme != "Ghost":
        return "Authorization failed: no token."
    signed, _, signature = token.rpartition(".")
    made = hmac.new(bytes.fromhex(SECRET), signed.encode(), hashlib.sha256).digest()
    if urlsafe_b64encode(made).decode().rstrip("=") != signature:
        return "Invalid token: invalid signature"
    header, claims = (
        json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in signed.split(".")
    )
    if header != {"alg": "HS256", "typ": "JWT", "kid": KEY_ID} or claims["aud"] != "/admin/":
        return "Invalid token: jwt audience invalid"
    lifetime = claims["exp"] - claims["iat"]
    if not (claims["exp"] > time.time() and 0 < lifetime <= 300):
        return "Invalid token: maxAge exceeded"
    return None
