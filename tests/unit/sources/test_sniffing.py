from __future__ import annotations

import pytest

from scribe_dagster.drivers.sources.sniffing import (
    content_type,
    foreign_content,
    foreign_media_type,
    is_html,
    is_html_document,
)


@pytest.mark.parametrize(
    ("header", "media_type", "charset"),
    [
        ("text/html; charset=UTF-8", "text/html", "utf-8"),
        ('TEXT/HTML;Charset="windows-1251"', "text/html", "windows-1251"),
        ("text/html, text/html", "text/html", None),
        ("application/pdf", "application/pdf", None),
        ("nonsense", "", None),
        ("", "", None),
        (None, "", None),
    ],
)
def test_a_content_type_is_read_however_it_is_written(
    header: str | None, media_type: str, charset: str | None
) -> None:
    assert content_type(header) == (media_type, charset)


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", "application/xhtml+xml", ""])
def test_html_and_text_are_not_foreign(media_type: str) -> None:
    assert foreign_media_type(media_type) is None


def test_a_stray_nul_is_forgiven_in_html_only() -> None:
    assert foreign_content(b"<p>a\0b</p>", media_type="text/html") is None
    assert foreign_content(b"a\0b", media_type="text/plain") == "binary data"
    assert foreign_content("a story".encode("utf-16")) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_markup_in_utf_16_is_no_binary_data_with_or_without_a_mark(encoding: str) -> None:
    assert foreign_content("<html><p>A story.".encode(encoding)) is None
    assert foreign_content("<rss version='2.0'>".encode(encoding)) == "a feed"


@pytest.mark.parametrize(
    "start", ["<!DOCTYPE html>", "<HTML lang=en>", "\ufeff\n<html>", "<?xml version='1.0'?><html>"]
)
def test_a_whole_document_is_known_by_its_beginning(start: str) -> None:
    assert is_html_document(start)
    assert is_html(start)


def test_a_fragment_is_html_but_no_document() -> None:
    assert is_html("<!-- a --><!-- b -->\n<p>A story.</p>")
    assert not is_html_document("<p>A story.</p>")
    assert not is_html("A story of <p>.")


def test_a_row_of_comments_is_looked_through_in_one_pass() -> None:
    assert not is_html("<!---->" * 200 + "the end")
