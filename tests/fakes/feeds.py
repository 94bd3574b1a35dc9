"""Feeds to test with: one story in each format, and a server that keeps one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

STORY = " ".join(
    f"The keeper wound the harbour clock for the {n}th time, and it ticked on as before."
    for n in range(1, 15)
)
"""Long enough for an article."""

NEWEST = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """An entry, before it is written in a format."""

    title: str
    link: str | None = None
    id: str | None = None
    html: str | None = f"<p>{STORY}</p>"
    summary: str | None = None
    published: datetime | None = NEWEST


def items(count: int, *, base: str = "https://news.example/") -> list[Item]:
    """Make entries, newest first, a day apart."""
    return [
        Item(
            f"Story {number}",
            f"{base}{number}",
            f"story-{number}",
            published=NEWEST - timedelta(days=count - number),
        )
        for number in range(count, 0, -1)
    ]


def rss(entries: Sequence[Item], *, title: str = "Harbour News", language: str = "en-GB") -> str:
    """Write RSS 2.0."""
    written = "".join(
        "<item>"
        + _element("title", item.title)
        + _element("link", item.link)
        + _element('guid isPermaLink="false"', item.id)
        + _element("description", item.summary)
        + _element("content:encoded", item.html)
        + _element("pubDate", item.published and format_datetime(item.published))
        + "</item>"
        for item in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{title}</title><link>https://news.example/</link>"
        f"<language>{language}</language>{written}</channel></rss>"
    )


def rdf(entries: Sequence[Item], *, title: str = "Harbour News") -> str:
    """Write RSS 1.0."""
    written = "".join(
        f'<item rdf:about="{item.id or item.link}">'
        + _element("title", item.title)
        + _element("link", item.link)
        + _element("description", item.summary)
        + _element("content:encoded", item.html)
        + _element("dc:date", item.published and item.published.isoformat())
        + "</item>"
        for item in entries
    )
    return (
        '<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f'<channel rdf:about="https://news.example/"><title>{title}</title>'
        f"<dc:language>en</dc:language></channel>{written}</rdf:RDF>"
    )


def atom(entries: Sequence[Item], *, title: str = "Harbour News", attributes: str = "") -> str:
    """Write Atom."""
    written = "".join(
        "<entry>"
        + _element("title", item.title)
        + (f'<link href="{escape(item.link)}"/>' if item.link else "")
        + _element("id", item.id)
        + (_element("summary", item.summary))
        + (f'<content type="html">{escape(item.html)}</content>' if item.html else "")
        + _element("published", item.published and item.published.isoformat())
        + "</entry>"
        for item in entries
    )
    return (
        '<?xml version="1.0"?>'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" {attributes}>'
        f"<title>{title}</title>{written}</feed>"
    )


def json_feed(entries: Sequence[Item], *, title: str = "Harbour News") -> str:
    """Write a JSON Feed."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": title,
            "language": "en",
            "items": [
                {
                    key: value
                    for key, value in {
                        "id": item.id,
                        "url": item.link,
                        "title": item.title,
                        "content_html": item.html,
                        "summary": item.summary,
                        "date_published": item.published and item.published.isoformat(),
                    }.items()
                    if value is not None
                }
                for item in entries
            ],
        }
    )


FORMATS = {"rss": rss, "rdf": rdf, "atom": atom, "json": json_feed}

MEDIA_TYPES = {
    "rss": "application/rss+xml",
    "rdf": "application/rdf+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


@dataclass
class FeedServer:
    """A feed on a real server that honours conditional requests."""

    server: HTTPServer
    path: str = "/feed.xml"
    document: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """What it has answered so far."""
    sends_validators: bool = True

    def __post_init__(self) -> None:
        self.server.expect_request(self.path).respond_with_handler(self._answer)

    @property
    def url(self) -> str:
        return self.server.url_for(self.path)

    def publish(self, entries: Sequence[Item]) -> None:
        """Have these entries in the feed, and no others."""
        self.document = rss(entries)

    def _answer(self, request: Request) -> Response:
        etag = f'"{sha256(self.document.encode()).hexdigest()}"'
        status = self.status
        if status == 200 and self.sends_validators and request.headers.get("If-None-Match") == etag:
            status = 304
        self.statuses.append(status)
        body = self.document if status == 200 else ""
        response = Response(body, status, content_type="application/rss+xml; charset=utf-8")
        response.headers.extend(self.headers)
        if self.sends_validators:
            response.headers["ETag"] = etag
        return response


def _element(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{escape(text)}</{name.partition(' ')[0]}>"
