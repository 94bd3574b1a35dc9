from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scribe_dagster.domain.canonical_url import LONGEST, canonical_url
from scribe_dagster.drivers.sources.identify import identify_source, identify_text

A = "http://example.com/a"

# Pieces that meet in addresses, whole and broken.
pieces = st.sampled_from(
    (
        *("http://", "HTTPS://", "file://", "s3://", "text:", "://", "ann:hunter22@"),
        *("example.com", "bücher.example", "straße.de", "。", "a_b.com", "[::1]", "[::0:1"),
        *(":80", ":443", ":x", "/", "//", "..", ".", ";", "?", "#", "&", "=", "+", "|", "\\"),
        *("%", "%2", "%2F", "%61", "%e9", "é", "東", " ", "\t", "\x00"),
        *("utm_source=x", "%75tm_x=y", "gclid", "b=2", "a=1"),
    )
)
anything = st.text(st.characters(exclude_categories=()))
addresses = st.lists(pieces, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://EXAMPLE.com/a", A),
        ("HTTP://example.com/a", A),
        ("  http://example.com/a\n", A),
        ("http://example.com:80/a", A),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:/a", A),
        ("http://example.com./a", A),
        ("http://example.com", "http://example.com/"),
        ("http://example.com?b=1", "http://example.com/?b=1"),
        ("http://[::0:1]/a", "http://[::1]/a"),
        ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
        ("http://example。com/a", A),
        ("http://example.com/b/../a", A),
        ("http://example.com/./a", A),
        ("http://example.com/../a", A),
        ("http://example.com/b/%2E%2e/a", A),
        ("http://example.com/%61", A),
        ("http://example.com/%7Eann", "http://example.com/~ann"),
        ("http://example.com/a%2fb", "http://example.com/a%2Fb"),
        ("http://example.com/a b", "http://example.com/a%20b"),
        ("http://example.com/é", "http://example.com/%C3%A9"),
        ("http://example.com/100%", "http://example.com/100%25"),
        ("http://example.com/a#comments", A),
        ("http://example.com/a?", A),
        ("http://example.com/a?b=1&c=2", "http://example.com/a?c=2&b=1"),
        ("http://example.com/a?q=a+b", "http://example.com/a?q=a%20b"),
        ("http://example.com/a?q=é", "http://example.com/a?q=%c3%a9"),
        ("http://example.com/a?utm_source=x&utm_medium=y", A),
        ("http://example.com/a?b=1&fbclid=x", "http://example.com/a?b=1"),
        ("http://example.com/a?gclid=x&mc_cid=y&_hsenc=z", A),
        ("http://example.com/a?UTM_Source=x", A),
        ("http://example.com/a?%75tm_source=x", A),
        ("http://ann:hunter22@example.com/a", A),
        ("file:///texts/../a%20b.html", "file:///a%20b.html"),
        ("FILE://localhost/a.html", "file:///a.html"),
        ("file:///%61.html", "file:///a.html"),
    ],
)
def test_two_addresses_of_one_source_are_recognised(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.com/a", "https://example.com/a"),
        ("http://example.com/a", "http://www.example.com/a"),
        ("http://example.com/a", "http://example.com/a/"),
        ("http://example.com/a", "http://example.com/A"),
        ("http://example.com/a", "http://example.com:8080/a"),
        ("https://example.com/a", "https://example.com:80/a"),
        ("http://straße.example/", "http://strasse.example/"),
        ("http://example.com/a/b", "http://example.com/a//b"),
        ("http://example.com/a/b", "http://example.com/a%2Fb"),
        ("http://example.com/a;v=1", "http://example.com/a;v=2"),
        ("http://example.com/{a}", "http://example.com/{b}"),
        ("http://example.com/%e8", "http://example.com/%e9"),
        ("http://example.com/a?b=", "http://example.com/a"),
        ("http://example.com/a?b", "http://example.com/a?c"),
        ("http://example.com/a?b=1&b=2", "http://example.com/a?b=1"),
        ("http://example.com/a?q=%26c", "http://example.com/a?q=&c"),
        ("http://example.com/a?q=%2B", "http://example.com/a?q=+"),
        ("http://example.com/a?q=%e8", "http://example.com/a?q=%e9"),
        ("http://example.com/a?ref=1", "http://example.com/a?ref=2"),
        ("http://example.com/a?source=1", "http://example.com/a?source=2"),
        ("http://example.com/a?uid=1", "http://example.com/a?uid=2"),
        ("http://example.com/x/http://example.org/", "http://example.org/"),
        ("file:///a.html", "file:///A.html"),
        ("file:///a.html", "http:///a.html"),
        ("text:ab12", "text:cd34"),
    ],
)
def test_two_sources_stay_apart(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


def test_an_ordinary_address_is_its_own_identity() -> None:
    url = "https://example.com/2026/the-clock.html?page=2"

    assert canonical_url(url) == url


def test_a_file_is_recognised_by_whichever_path_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "texts").mkdir()
    article = tmp_path / "a: #1 ö.html"
    article.write_text("<p>Hello</p>")
    monkeypatch.chdir(tmp_path / "texts")

    names = (f"../{article.name}", str(article), article.as_uri())
    found = {canonical_url(identify_source(name).url) for name in names}

    assert len(found) == 1


def test_a_file_stays_the_same_source_when_its_content_changes(tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text("A story.")
    before = canonical_url(identify_source(str(article)).url)

    article.write_text("Another story.")

    assert canonical_url(identify_source(str(article)).url) == before


def test_a_text_that_changes_is_another_source() -> None:
    first, again, other = (
        canonical_url(identify_text(text).url) for text in ("A story.", "A story.", "Another.")
    )

    assert first == again != other


@pytest.mark.parametrize(
    "source", ["", " ", "text:ab12", "r/python: top", "mailto:ann@example.com", "example.com/a"]
)
def test_what_is_no_address_is_left_as_it_is(source: str) -> None:
    assert canonical_url(source) == source


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///a",
        "http://exa mple.com/",
        "http://example..com/",
        "http://💩.la/",
        "http://[::1/a",
        "http://example.com:port/a",
        "http://example.com:99999/a",
        "http://example.com/\ud800",
        "file://another-machine/share/../a.html",
        "s3://bucket/../a?utm_source=x#y",
    ],
)
def test_an_address_nobody_can_normalise_is_left_as_it_is(url: str) -> None:
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://ann:hunter22@example.com/a",
        "https://hunter22@example.com/a",
        "https://ann:hunter22@example.com:99999/a",
        "https://ann:hunter22@exa mple.com/a",
        "https://ann@b:hunter22@example.com",
        "ftp://ann:hunter22@example.com/a",
        "s3://key:hunter22@bucket/a",
        "https://ann:hunter22@example.com/" + "é" * 2000,
    ],
)
def test_no_password_is_left(url: str) -> None:
    assert "hunter22" not in canonical_url(url)


def test_an_at_sign_after_the_host_is_no_password() -> None:
    url = "https://web.archive.org/web/2026/http://ann@example.com/@ann?to=a@b"

    assert "ann@example.com/@ann" in canonical_url(url)


def test_what_would_be_too_long_is_told_apart_by_its_hash() -> None:
    one, other = ("http://example.com/" + "é" * 2000 + last for last in "ab")

    assert canonical_url(one) != canonical_url(other)
    assert canonical_url(one).startswith("http://example.com/sha256:")


@given(addresses | anything)
@example("http://" + "é" * 2041)
@example("https://example.com/%d%31")
@example("http://example.com\\。/")
@example("x" * (LONGEST + 1))
def test_any_text_has_an_identity_of_bounded_length_that_is_final(text: str) -> None:
    canonical = canonical_url(text)

    assert len(canonical) <= LONGEST
    assert canonical_url(canonical) == canonical


@given(st.text(min_size=1), st.text())
def test_a_tracking_parameter_makes_no_difference_wherever_it_stands(path: str, value: str) -> None:
    url = f"http://example.com/{quote(path)}"
    tracked = f"utm_campaign={quote(value)}"

    assert canonical_url(f"{url}?{tracked}") == canonical_url(url)
    assert canonical_url(f"{url}?a=1&{tracked}&b=2") == canonical_url(f"{url}?a=1&b=2")


def test_a_credential_in_a_query_leaves_no_more_than_a_digest() -> None:
    one = canonical_url("https://example.com/a?token=s3cret-one&page=2")
    other = canonical_url("https://example.com/a?token=s3cret-two&page=2")

    assert "s3cret" not in one + other
    assert one != other
    assert "page=2" in one
    assert canonical_url(one) == one
