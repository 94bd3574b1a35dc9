from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.drivers.sources.file_uri import path_of
from scribe_dagster.drivers.sources.identify import (
    IdentifiedSource,
    identify_source,
    identify_text,
)
from scribe_dagster.errors import InvalidSource


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "an article, no. 1.html"
    path.write_text("<p>Hello</p>", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://example.com/a?b=c", "https://example.com/a?b=c"),
        ("  http://example.com/a\n", "http://example.com/a"),
        ("HTTPS://example.com/a", "https://example.com/a"),
        ("https://example.com/a#comments", "https://example.com/a"),
        ("https://bücher.example/straße", "https://bücher.example/straße"),
        ("https://пример.рф/статья", "https://пример.рф/статья"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
        ("https://example.com/@somebody/a", "https://example.com/@somebody/a"),
    ],
)
def test_an_http_url_is_a_web_source(typed: str, url: str) -> None:
    assert identify_source(typed) == IdentifiedSource("web", url)


def test_the_path_of_a_file_becomes_an_absolute_file_uri(
    article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(article.parent)

    found = identify_source(article.name)

    assert found == IdentifiedSource("file", article.as_uri())
    assert path_of(found.url) == article


def test_a_file_uri_is_a_file_source(article: Path) -> None:
    assert identify_source(article.as_uri()) == IdentifiedSource("file", article.as_uri())


def test_a_path_in_the_home_folder_may_begin_with_a_tilde(
    article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(article.parent))
    monkeypatch.setenv("USERPROFILE", str(article.parent))

    assert identify_source(f"~/{article.name}").url == article.as_uri()


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("", "No source was given"),
        (" \n", "No source was given"),
        ("example.com/x", "did you mean https://example.com/x?"),
        ("www.example.com", "did you mean https://www.example.com?"),
        ("localhost:8000/x", "did you mean https://localhost:8000/x?"),
        ("//example.com/x", "did you mean https://example.com/x?"),
        ("https:/example.com/x", "did you mean"),
        ("ftp://example.com/x", "ftp is not supported"),
        ("mailto:somebody", "mailto is not supported"),
        ("missing.html", "There is no file"),
        ("folder/missing", "There is no file"),
        (r"C:\texts\article.html", "There is no file"),
        ("file:///no/such/file.html", "There is no file"),
        ("file://elsewhere/share/a.html", "another machine"),
        ("some words that are no URL", "There is no file"),
        ("https://", "not a host name"),
        ("https://exa mple.com", "not a host name"),
        ("https://example..com", "not a host name"),
        (f"https://{'a' * 64}.com", "not a host name"),
        ("https://[::1", "is not a URL"),
        ("https://example.com:99999/x", "is not a URL"),
        ("https://example.com:port/x", "is not a URL"),
        ("https://example.com:0/x", "port 0"),
        ("https://exam\tple.com/x", "characters"),
        ("https://example.com/\x00", "characters"),
        ("https://example.com/\ud800", "characters"),
        ("https://example.com/" + "a" * 2048, "at most 2048 characters"),
        ("a/" * 1000, "There is no file"),
    ],
)
def test_what_is_no_source_is_refused_with_advice(typed: str, advice: str) -> None:
    with pytest.raises(InvalidSource) as refusal:
        identify_source(typed)

    assert advice in str(refusal.value)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="is a directory"):
        identify_source(str(tmp_path))


@pytest.mark.parametrize(
    "typed",
    [
        "https://ann:hunter22@example.com/x",
        "https://hunter22@example.com/x",
        "https://ann:hunter22@example.com:99999/x",
        "https:/ann:hunter22@example.com/x",
        "ftp://ann:hunter22@example.com/x",
        "ann:hunter22@example.com/x",
        "//ann:hunter22@example.com/x",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(InvalidSource) as refusal:
        identify_source(typed)

    assert "hunter22" not in str(refusal.value)


def test_a_forced_driver_takes_only_its_own_kind(article: Path) -> None:
    assert identify_source("https://example.com", forced="web").driver == "web"
    assert identify_source(str(article), forced="file").driver == "file"
    with pytest.raises(InvalidSource, match="is not a URL"):
        identify_source(str(article), forced="web")
    with pytest.raises(InvalidSource, match="There is no file"):
        identify_source("https://example.com/x", forced="file")


def test_forced_text_is_the_text_itself() -> None:
    assert identify_source("Once upon a time", forced="text") == identify_text("Once upon a time")


def test_a_driver_of_somebody_elses_gets_the_source_as_it_was_typed() -> None:
    assert identify_source("r/python: top", forced="reddit") == IdentifiedSource(
        "reddit", "r/python: top"
    )


def test_the_same_text_has_the_same_url() -> None:
    first, again, other = map(identify_text, ("A story.", "A story.", "Another story."))

    assert first == again != other
    assert first.driver == "text"
    assert first.url.startswith("text:")
    assert len(first.url) == len("text:") + 16


@pytest.mark.parametrize("text", ["", " \n\t", "\x00"])
def test_blank_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidSource, match="blank"):
        identify_text(text)


def test_text_above_five_megabytes_is_refused() -> None:
    with pytest.raises(InvalidSource, match="at most"):
        identify_text("ж" * 2_500_001)


@pytest.mark.parametrize("raw", ["~\0", "~\ud800/a.html"])
def test_a_home_folder_nobody_can_have_is_refused(raw: str) -> None:
    with pytest.raises(InvalidSource):
        identify_source(raw)


@given(st.text(max_size=200) | st.text(max_size=100).map("https://{}".format))
def test_anything_typed_is_identified_or_refused(typed: str) -> None:
    try:
        found = identify_source(typed)
    except InvalidSource:
        return
    assert found.driver in {"web", "file"}
