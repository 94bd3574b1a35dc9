"""Everybody who takes part: from a page to the text of its article, empty where none is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from benchmarks.extraction.corpus import Page
from scribe_dagster.drivers.sources.document import read_document
from scribe_dagster.drivers.sources.extraction import extract
from scribe_dagster.drivers.sources.language import detect_language
from scribe_dagster.errors import SourceError

BASELINE = "trafilatura"


def scrape_stage(page: Page) -> str:
    """Read the page as the stage does."""
    try:
        return read_document(page.html, source=page.url, url=page.url, media_type="text/html").text
    except SourceError:
        return ""


def is_a_wall(page: Page) -> bool:
    """Whether the stage refuses the page for what stands in front of its article."""
    if scrape_stage(page):
        return False
    try:
        return bool(extract(page.html, url=page.url))
    except SourceError:
        return False


def trafilatura(page: Page) -> str:
    """The library underneath, as its documentation calls it."""
    import trafilatura as library

    return library.extract(page.html, url=page.url, include_comments=False) or ""


def resiliparse(page: Page) -> str:
    """A parser in C++ with a few simple rules: what speed can do."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse_from_bytes(page.html, "utf-8")
    return str(extract_plain_text(tree, main_content=True, alt_texts=False, list_bullets=False))


def justext(page: Page) -> str:
    """Boilerplate removal that judges paragraphs by their stop words."""
    import justext as library

    paragraphs = library.justext(page.html, _stop_words(detect_language(page.article)))
    return "\n".join(part.text for part in paragraphs if not part.is_boilerplate)


@cache
def _stop_words(language: str | None) -> frozenset[str]:
    import justext as library
    from babel import Locale

    name = Locale.parse(language or "en").english_name or ""
    known = name if name in library.get_stoplists() else "English"
    return frozenset(library.get_stoplist(known))


STAGE = "scribe-dagster, Scrape"

CONTENDERS: Mapping[str, Callable[[Page], str]] = {
    STAGE: scrape_stage,
    BASELINE: trafilatura,
    "Resiliparse": resiliparse,
    "jusText": justext,
}
