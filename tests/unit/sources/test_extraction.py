from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.extraction import extract
from scribe_dagster.errors import ErrorKind, SourceError

URL = "https://example.com/2025/clock"
Page = Callable[..., str]


def test_the_article_is_taken_and_the_page_around_it_left(example: bytes) -> None:
    content = extract(example, url=URL)

    assert content.text.startswith("At 22:41 on a wet Tuesday")
    assert content.text.endswith("with its doors open.")
    assert "\n\nHow the waiting works\n\n" in content.text
    assert "- If the train is on time, leave on time.\n- If" in content.text
    assert 600 < content.word_count < 900
    for chrome in (
        *("cookies", "Subscribe", "Advertisement", "winter tyres", "Sign up", "Read more from"),
        *("Footbridge lift", "harbour_walker", "diesel", "Privacy", "Share by", "Log in"),
    ):
        assert chrome not in content.text


def test_the_body_keeps_its_headings_lists_quotes_and_links(example: bytes) -> None:
    html = extract(example, url=URL).html or ""

    assert "<h2>How the waiting works</h2>" in html
    assert "<li>If the train is on time, leave on time.</li>" in html
    assert "<blockquote>" in html
    assert '<a href="https://example.com/documents/last-bus-first-year.html">' in html


def test_what_the_page_says_of_itself_is_read(example: bytes) -> None:
    content = extract(example, url="https://example.com/?p=7")

    assert content.title == "A river town teaches its last bus to wait"
    assert content.author == "Ines Calloway"
    assert content.published_at == datetime(2025, 3, 14, 7, 30, tzinfo=UTC)
    assert content.language == "en"
    assert (content.description or "").startswith("For a year, the final bus")
    assert content.site_name == "The Alder Valley Courier"
    assert content.canonical_url == (
        "https://example.com/2025/03/a-river-town-teaches-its-last-bus-to-wait"
    )
    assert content.image_url == "https://example.com/images/penwick-bus-station.jpg"
    assert content.tags == ("buses", "public transport", "Penwick", "volunteering")


def test_the_title_is_not_repeated_in_the_text(page: Page) -> None:
    content = extract(page(), url=URL)

    assert content.title == "The clock is back"
    assert "The clock is back" not in content.text


def test_relative_urls_start_from_the_page(page: Page) -> None:
    head = (
        '<link rel="canonical" href="/clock#top">'
        '<meta property="og:image" content="//cdn.example/a.png">'
    )
    body = (
        'The clock has <a href="springs.html">new springs</a>, and a keeper to wind it up '
        "every morning before the market opens."
    )

    content = extract(page(head=head, sentences=(body,) * 5), url=URL)

    assert content.canonical_url == "https://example.com/clock"
    assert content.image_url == "https://cdn.example/a.png"
    assert '<a href="https://example.com/2025/springs.html">' in (content.html or "")


def test_a_link_within_the_page_hands_no_credential_of_its_url_on(page: Page) -> None:
    body = (
        'The clock has <a href="#springs">new springs</a>, and <a href="/k">a keeper</a> as well.'
    )

    content = extract(page(sentences=(body,) * 5), url=f"{URL}?token=0123456789abcdef")

    assert f'<a href="{URL}">' in (content.html or "")
    assert "0123456789abcdef" not in content.model_dump_json()


def test_the_links_of_a_page_with_a_broken_base_are_dropped_and_its_text_kept(page: Page) -> None:
    body = 'The clock has <a href="springs.html">new springs</a> and <a name="k">a keeper</a>.'
    html = page(head='<base href="https://[broken">', sentences=(body,) * 5)

    content = extract(html, url=None)

    assert content.text.startswith("The clock has new springs and a keeper.")
    assert "href" not in (content.html or "")


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "ftp://example.com/a", "http://[::1", "mailto:a@b"]
)
def test_a_canonical_url_is_an_http_url_or_none(page: Page, href: str) -> None:
    content = extract(page(head=f'<link rel="canonical" href="{href}">'), url=URL)

    assert content.canonical_url is None


def test_the_body_is_safe_to_show(page: Page) -> None:
    attack = (
        '<img src=x onerror="alert(1)"><a href="javascript:alert(1)">A link that attacks</a>'
        '<script>alert(1)</script><p onclick="alert(1)">And a paragraph that would like to.</p>'
    )

    html = extract(page().replace("</article>", f"{attack}</article>"), url=URL).html or ""

    assert "alert" not in html
    assert "onclick" not in html


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("2025-03-14T07:30:00+02:00", datetime(2025, 3, 14, 5, 30, tzinfo=UTC)),
        ("2025-03-14T07:30:00Z", datetime(2025, 3, 14, 7, 30, tzinfo=UTC)),
        ("2025-03-14", datetime(2025, 3, 14, tzinfo=UTC)),
        ("2999-01-01", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
    ],
)
def test_the_date_of_publication_is_in_utc(page: Page, stamp: str, moment: datetime | None) -> None:
    meta = f'<meta property="article:published_time" content="{stamp}">'
    json = f'<script type="application/ld+json">{{"datePublished": "{stamp}"}}</script>'

    for head in (meta, json):
        assert extract(page(head=head), url=None).published_at == moment


def test_a_copyright_year_is_no_date_of_publication(page: Page) -> None:
    html = page().replace("</body>", "<footer>© 2019 The Harbour Post</footer></body>")

    assert extract(html, url=URL).published_at is None


def test_the_language_is_told_by_the_page_then_by_its_text(page: Page) -> None:
    assert extract(page(lang="de-AT"), url=URL).language == "de"
    assert extract(page(lang=""), url=URL).language == "en"
    assert extract("<p>12 345 678</p>" * 9, url=URL, fallback_language="fi").language == "fi"


RUSSIAN = (
    "Портовая контора снова открыла двери в понедельник после зимнего ремонта.",
    "Смотритель сказал, что часы были самой трудной частью, ведь пружин никто не продаёт.",
)


def test_a_page_in_windows_1251_is_read_by_header_or_by_meta(page: Page) -> None:
    plain = page(sentences=RUSSIAN, lang="ru")
    declared = page(sentences=RUSSIAN, lang="ru", head='<meta charset="windows-1251">')

    by_header = extract(plain.encode("cp1251"), url=URL, transport_charset="windows-1251")
    by_meta = extract(declared.encode("cp1251"), url=URL)

    assert by_header.text == by_meta.text == "\n\n".join(RUSSIAN)


def test_a_page_with_a_byte_order_mark_is_read(page: Page) -> None:
    assert extract(page().encode("utf-8-sig"), url=URL).title == "The clock is back"
    assert extract(page().encode("utf-16"), url=URL).title == "The clock is back"


def test_nuls_and_lone_surrogates_are_dropped(page: Page) -> None:
    html = page(head="<title>\ud800 The clock\0 is back</title>").replace("brass", "br\0\udfffass")

    content = extract(html, url=URL)

    assert "the old brass clock" in content.text
    assert extract(page().replace("brass", "br\0ass").encode(), url=URL).text == content.text
    assert "brass" in extract(page().replace("brass", "brass&#0;&#xD800;"), url=URL).text


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "ul", "table", "span"])
def test_deep_nesting_does_no_harm(page: Page, tag: str) -> None:
    deep = f"<{tag}>" * 20_000 + "at the bottom" + f"</{tag}>" * 20_000

    content = extract(page().replace("</article>", f"{deep}</article>"), url=URL)

    assert "The harbour office opened" in content.text


@pytest.mark.parametrize(
    "html",
    [
        "",
        " ",
        "<html></html>",
        "<!-- nothing -->",
        '<!doctype html><html><head><title>App</title></head><body><div id="root"></div>'
        "<noscript>Please enable JavaScript.</noscript></body></html>",
    ],
)
def test_a_page_without_an_article_is_a_permanent_failure_that_names_it(html: str) -> None:
    with pytest.raises(SourceError) as failure:
        extract(html, url=URL)

    assert failure.value.kind is ErrorKind.PERMANENT
    assert f"No article text was found at {URL}" in str(failure.value)


def test_a_fragment_is_read_like_a_page() -> None:
    sentence = "One lonely paragraph about clocks, and about the people who wind them up."

    assert extract(f"<p>{sentence}</p>", url=None).text == sentence


def test_a_page_of_nothing_but_a_menu_holds_no_article() -> None:
    with pytest.raises(SourceError, match="No article text"):
        extract("<body><nav><a>Home</a> <a>News</a> <a>Contact</a></nav></body>", url=URL)


SNIPPETS = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<table>",
            "<td>",
            "<ul><li>",
            "<h1>Title</h1>",
            "<a href='",
            "'>",
            "<!--",
        ),
        *("<article>", "&#xD800;", "&#0;", "\0", "<base href='http://[", "<script type="),
        *(
            '"application/ld+json">{"datePublished": "2024-02-30"',
            "</script>",
            "<html lang=",
            "]]>",
        ),
        *(
            "<meta property='og:title' content='",
            "<link rel=canonical href=//[>",
            "<?xml",
            "words ",
        ),
    ]
)
PAGES = st.lists(SNIPPETS | st.text(max_size=12), max_size=30).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.text(max_size=300) | PAGES, st.none() | st.just(URL))
def test_whatever_comes_in_content_or_a_source_error_comes_out(
    html: bytes | str, url: str | None
) -> None:
    try:
        content = extract(html, url=url)
    except SourceError:
        return
    assert isinstance(content, ScrapedContent)
    content.model_dump_json().encode()
