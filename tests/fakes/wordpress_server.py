"""A local server that speaks as much of WordPress's REST API as a channel needs."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

from fakes.api_server import ApiServer, Call, Reply

USER, PASSWORD = "editor", "abcd EFGH ijkl MNOP qrst UVWX"
_TAG = re.compile(r"<[a-z/!][^>]*>?", re.I)


@dataclass
class FakeWordPress(ApiServer):
    """One user's WordPress; its collections are plain lists."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    media: list[dict[str, Any]] = field(default_factory=list)
    categories: list[dict[str, Any]] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)
    pretty: bool = True
    """Whether it has permalinks other than the plain ones."""
    term_search_is_stale: bool = False
    posts_refused: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "wordpress_url": self.url,
            "wordpress_username": USER,
            "wordpress_app_password": PASSWORD,
        }

    @property
    def secrets(self) -> list[str]:
        return [PASSWORD, PASSWORD.replace(" ", ""), _login().removeprefix("Basic ")]

    @property
    def articles(self) -> int:
        return len(self.posts)

    def answer(self, call: Call) -> Reply:
        route = call.query.get("rest_route", "")
        if self.pretty and call.path.startswith("/wp-json"):
            route = call.path.removeprefix("/wp-json")
        elif not route:
            return Reply(b"<!doctype html><title>Page not found</title>", 404)
        if call.headers.get("authorization") != _login():
            return _to_a_stranger(call)
        found = re.fullmatch(r"/wp/v2/(posts|media|categories|tags)(?:/(\d+))?", route)
        if found is None:
            return _error(404, "rest_no_route", "No route was found matching the URL.")
        collection: list[dict[str, Any]] = getattr(self, found[1])
        if call.method == "GET":
            return _page_of(self._search(collection, call.query), call.query)
        if found[2]:
            thing = next(thing for thing in collection if thing["id"] == int(found[2]))
            return Reply(self._changed(thing, call.json))
        if found[1] == "media":
            return self._upload(call)
        return self._create(found[1], collection, call.json)

    def _search(
        self, collection: list[dict[str, Any]], query: dict[str, str]
    ) -> list[dict[str, Any]]:
        if "search" in query:
            words = query["search"].lower()
            hits = [term for term in collection if words in term["name"].lower()]
            return [] if self.term_search_is_stale else hits
        status = query.get("status", "publish")
        return [
            _shown(thing, edit=query.get("context") == "edit")
            for thing in collection
            if thing["slug"] == query["slug"] and status in ("any", thing.get("status", status))
        ]

    def _upload(self, call: Call) -> Reply:
        disposition = call.headers.get("content-disposition", "")
        file = re.search(r'filename="(.+)\.\w+"', disposition)
        if file is None:
            return _error(400, "rest_upload_no_content_disposition", "No Content-Disposition.")
        if call.headers["content-type"] == "image/avif":
            told = "Sorry, you are not allowed to upload this file type."
            return _error(500, "rest_upload_sideload_error", told)
        upload = {"id": self._next_id(), "slug": file[1], "alt_text": "", "data": call.body}
        self.media.append({**upload, "mime_type": call.headers["content-type"]})
        return Reply({name: upload[name] for name in ("id", "slug", "alt_text")}, 201)

    def _create(self, kind: str, collection: list[dict[str, Any]], fields: Any) -> Reply:
        if kind == "posts" and self.posts_refused:
            return _error(500, "internal_server_error", "Out of order.")
        if kind != "posts":
            name = _term_name(fields["name"])
            if not name:
                body = {"code": "empty_term_name", "message": "A name is required for this term."}
                return Reply({**body, "data": None}, 500)
            for term in collection:
                if term["name"].lower() == name.lower():
                    body = {"code": "term_exists", "message": "A term with the name exists."}
                    return Reply({**body, "data": {"status": 400, "term_id": term["id"]}}, 400)
            fields = {"name": name, "slug": name.lower()}
        thing: dict[str, Any] = {"id": self._next_id()}
        if kind == "posts":
            fields = {**fields, "slug": _post_slug(fields["slug"])}
        collection.append(thing)
        return Reply(self._changed(thing, fields), 201)

    def _changed(self, thing: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        thing.update(fields)
        if "status" in thing:
            hidden = thing["status"] in ("draft", "pending")
            thing["link"] = f"{self.url}/" + (f"?p={thing['id']}" if hidden else thing["slug"])
        return _shown(thing)

    def _next_id(self) -> int:
        return 1 + sum(map(len, (self.posts, self.media, self.categories, self.tags)))


def _term_name(name: str) -> str:
    """What looks like a tag is dropped, and what is left is kept as HTML."""
    return escape(unescape(_TAG.sub("", name)), quote=False).strip()


def _post_slug(slug: str) -> str:
    """Archives keep numbers, and feeds their names, for themselves."""
    kept = slug.isdecimal() or slug in ("feed", "rdf", "rss", "rss2", "atom", "embed")
    return f"{slug}-2" if kept else slug


def _page_of(found: list[dict[str, Any]], query: dict[str, str]) -> Reply:
    size, number = int(query.get("per_page", 10)), int(query.get("page", 1))
    pages = -(-len(found) // size)
    return Reply(found[(number - 1) * size :][:size], 200, {"X-WP-TotalPages": str(pages)})


def _to_a_stranger(call: Call) -> Reply:
    """WordPress looks at the fields of a request before it asks who makes it."""
    if call.method == "GET" and "status" in call.query:
        told = {"params": {"status": "Status is forbidden."}, "status": 400}
        message = "Invalid parameter(s): status"
        return Reply({"code": "rest_invalid_param", "message": message, "data": told}, 400)
    if call.method == "GET":
        return Reply([], 200, {"X-WP-TotalPages": "0"})
    return _error(401, "rest_cannot_create", "Sorry, you are not allowed to do that.")


def _shown(thing: dict[str, Any], *, edit: bool = True) -> dict[str, Any]:
    shown = {name: value for name, value in thing.items() if name != "data"}
    for name in {"title", "content", "excerpt"} & shown.keys():
        shown[name] = {"rendered": f"<p>{shown[name]}</p>"} | ({"raw": shown[name]} if edit else {})
    return shown


def _login() -> str:
    return "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def _error(status: int, code: str, message: str) -> Reply:
    return Reply({"code": code, "message": message, "data": {"status": status}}, status)
