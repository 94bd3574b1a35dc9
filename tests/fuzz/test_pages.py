"""Whatever a page is, it is read or refused, and what was read can be stored."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from fakes.strange import any_text, fuzzed, markup, pages
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.sanitise import sanitise_article, visible_text
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.text import storable
from scribe_dagster.drivers.ai.markdown import as_html
from scribe_dagster.drivers.publishers.site_pages import _sanitised
from scribe_dagster.drivers.sources.charset import decode
from scribe_dagster.drivers.sources.document import read_document
from scribe_dagster.drivers.sources.language import detect_language
from scribe_dagster.drivers.sources.plain_text import text_of
from scribe_dagster.drivers.sources.sniffing import content_type
from scribe_dagster.errors import SourceError

URL = "https://example.com/a"
_RUNS = re.compile(
    r"<(script|style|iframe|object|embed|svg|math|form|base|meta|link|img|template)[\s/>]"
    r"|<[a-z][^<>]*\son\w+\s*=|<[a-z][^<>]*\shref=[\"']?\s*(javascript|data|vbscript):",
    re.IGNORECASE,
)

kinds = st.sampled_from(("text/html", "application/xhtml+xml", "text/plain", "text/xml", "", "x/y"))
charsets = st.none() | st.sampled_from(("utf-8", "utf-16", "latin-1", "gbk", "zlib")) | any_text


def read(data: bytes, kind: str, charset: str | None) -> ScrapedContent | None:
    with suppress(SourceError):
        return read_document(data, source=URL, url=URL, media_type=kind, charset=charset)
    return None


@fuzzed
@given(
    st.binary(max_size=500) | (pages | markup).map(lambda page: page.encode("utf-8", "replace")),
    kinds,
    charsets,
)
def test_a_document_is_read_or_refused_and_nothing_in_it_runs(
    data: bytes, kind: str, charset: str | None
) -> None:
    content = read(data, kind, charset)

    if content is not None:
        assert not _RUNS.search(content.html or "")
        payload = ContentPayload(source_url=URL, scraped=content)
        assert ContentPayload.model_validate_json(payload.model_dump_json()) == payload
        for address in (content.canonical_url, content.image_url):
            assert address is None or address.lower().startswith(("http://", "https://"))


@fuzzed
@given(markup)
def test_what_is_sanitised_runs_nothing_and_stays_as_it_is(html: str) -> None:
    clean = sanitise_article(html)

    assert not _RUNS.search(clean)
    assert sanitise_article(clean) == clean
    assert not _RUNS.search(str(_sanitised(storable(html))))
    visible_text(html).encode()


@fuzzed
@given(markup | st.text("#*_`[]()<>!|-\n ab:1.", max_size=200))
def test_markdown_runs_nothing_once_it_is_sanitised(content: str) -> None:
    assert not _RUNS.search(sanitise_article(as_html(content)))


@fuzzed
@given(st.binary(max_size=400), charsets)
def test_bytes_become_text_that_can_be_stored(data: bytes, charset: str | None) -> None:
    text = decode(data, transport_charset=charset)

    assert storable(text) == text
    text.encode()


@fuzzed
@given(markup | any_text)
def test_text_is_told_its_language_and_html_its_text(text: str) -> None:
    language = detect_language(text)

    assert language is None or len(language) == 2
    assert isinstance(text_of(storable(text)), str)


@fuzzed
@given(any_text)
def test_a_content_type_is_a_type_or_none(header: str) -> None:
    media_type, charset = content_type(header)

    assert media_type == "" or "/" in media_type
    assert charset is None or isinstance(charset, str)


@pytest.mark.parametrize("size", [2_000, 20_000])
def test_no_pattern_takes_quadratic_time_on_what_repeats(size: int) -> None:
    """A pattern that does would take hours here, and the suite's own time would tell."""
    for part in ("<meta charset=", "<!--", "<p>", "&", "<a href='", "cookie ", "[x](", "a@", "- "):
        read((part * size).encode(), "text/html", None)
        sanitise_article(as_html(part * size))
