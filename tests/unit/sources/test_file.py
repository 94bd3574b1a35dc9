from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.file import FileSource
from scribe_dagster.errors import ErrorKind, SourceError

Page = Callable[..., str]


def read(path: Path) -> ScrapedContent:
    return FileSource.from_settings(Settings(_env_file=None)).read(
        ContentPayload(source_url=path.as_uri())
    )


def written(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.xhtml", "a", "ä ö#1?.html"])
def test_an_html_file_is_read_by_suffix_or_by_content(
    tmp_path: Path, page: Page, name: str
) -> None:
    content = read(written(tmp_path / name, page()))

    assert content.title == "The clock is back"
    assert content.text.startswith("The harbour office")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a"])
def test_a_text_file_is_read_as_text(tmp_path: Path, name: str) -> None:
    content = read(written(tmp_path / name, "# The clock is back\n\nIt <b>ticks</b>."))

    assert content.title == "The clock is back"
    assert content.text == "It <b>ticks</b>."


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", b"%PDF-1.7\n...", "is a PDF document"),
        ("a.html", b"%PDF-1.7\n...", "is a PDF document"),
        ("a.docx", b"PK\x03\x04...", "is an archive or an office document"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "is an image"),
        ("a.txt", b"\x00\x01\x02\x03", "is binary data"),
        ("a.txt", b" \n", "it is empty"),
        ("a.txt", b"a" * 10_000_001, "larger than 10 MB"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    path = written(tmp_path / name, data)

    with pytest.raises(SourceError) as failure:
        read(path)

    assert failure.value.kind is ErrorKind.PERMANENT
    assert reason in str(failure.value)
    assert str(path) in str(failure.value)


def test_a_missing_file_is_named_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no file .*gone\.html.* give the right path"):
        read(tmp_path / "gone.html")


def test_a_directory_or_a_pipe_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a regular file"):
        read(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(SourceError, match="not a regular file"):
            read(tmp_path / "pipe")


@pytest.mark.parametrize(
    "uri", ["https://example.com/a", "file://elsewhere/a.html", "file:", "file:///%00"]
)
def test_what_is_not_the_uri_of_a_file_here_is_refused(uri: str) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        FileSource.from_settings(Settings(_env_file=None)).read(ContentPayload(source_url=uri))


def test_a_file_that_may_not_be_read_is_a_source_error(tmp_path: Path) -> None:
    path = written(tmp_path / ("a" * 50), "text")
    too_long = path.with_name("b" * 300)

    with pytest.raises(SourceError, match="cannot be read"):
        read(too_long)
