"""What is understood of a feed, and what is said of a document that is none."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.feeds import FORMATS, NEWEST, STORY, Item, atom, items, json_feed, rss
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.feed_entry import Feed, FeedEntry
from scribe_dagster.drivers.sources.feed_document import is_feed_document, read_feed
from scribe_dagster.errors import SourceError

URL = "https://news.example/feed.xml"
# Gzipped, as many as somebody has collected.
REAL_FEEDS = Path(os.environ.get("SCRIBE_TEST_FEEDS", "no folder named"))

Write = Callable[[Sequence[Item]], str]


@pytest.fixture(params=FORMATS)
def write(request: pytest.FixtureRequest) -> Write:
    """Writes a feed, in each format."""
    return FORMATS[request.param]


def read(document: str | bytes, **told: str) -> Feed:
    data = document.encode() if isinstance(document, str) else document
    return read_feed(data, source=URL, **told)


def the_entry(document: str | bytes) -> FeedEntry:
    [entry] = read(document).entries
    return entry


# -- Every format ------------------------------------------------------------------------------


def test_an_entry_is_the_same_in_every_format(write: Write) -> None:
    entry = the_entry(write([Item("The clock is back", "https://news.example/a", "a1")]))

    assert entry.title == "The clock is back"
    assert entry.url == entry.source_url == "https://news.example/a"
    assert entry.html == f"<p>{STORY}</p>"
    assert entry.published_at == NEWEST
    assert (entry.language, entry.site_name) == ("en", "Harbour News")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_feed_in_utf_16_is_read_without_a_byte_order_mark(encoding: str) -> None:
    document = rss(items(2)).replace("utf-8", "utf-16").encode(encoding)

    assert is_feed_document(document)
    assert [entry.title for entry in read(document).entries] == ["Story 2", "Story 1"]


def test_a_feed_is_recognised_by_its_content(write: Write) -> None:
    assert is_feed_document(write(items(2)).encode())


@pytest.mark.parametrize(
    "document",
    ["<!doctype html><html></html>", "<p>Hello</p>", "Plain text", "{}", '{"version": 1}', ""],
)
def test_what_is_no_feed_is_not_taken_for_one(document: str) -> None:
    assert not is_feed_document(document.encode())


def test_the_newest_entry_comes_first_whatever_the_order(write: Write) -> None:
    newest_last = list(reversed(items(3)))

    titles = [entry.title for entry in read(write(newest_last)).entries]

    assert titles == ["Story 3", "Story 2", "Story 1"]


def test_without_all_dates_the_order_of_the_feed_stays(write: Write) -> None:
    entries = [Item("A", "https://x.example/a", published=None), *items(2)]

    assert [entry.title for entry in read(write(entries)).entries] == ["A", "Story 2", "Story 1"]


def test_a_feed_without_entries_is_a_feed(write: Write) -> None:
    assert read(write([])).entries == ()


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY harbour "Hafen">]>',
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "https://x.example/rss-0.91.dtd">',
        '<!-- made by hand --><!DOCTYPE rss [ <!ENTITY nbsp "&#160;"> ]><!-- really -->',
    ],
)
def test_a_feed_may_declare_its_entities(declared: str) -> None:
    document = rss([Item("A", "https://x.example/a")]).replace("<rss", f"{declared}\n<rss", 1)

    assert is_feed_document(document.encode())
    assert the_entry(document).title == "A"


def test_the_picture_of_an_episode_is_its_image() -> None:
    episode = '<link>https://x.example/a</link><itunes:image href="https://x.example/a.jpg"/>'
    document = (
        '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>'
        f"<item><title>A</title>{episode}</item></channel></rss>"
    )

    assert the_entry(document).image_url == "https://x.example/a.jpg"


def test_the_paragraphs_of_a_summary_do_not_run_into_one_another(write: Write) -> None:
    [entry] = read(write([Item("A", "https://x.example/a", "a", "<p>One.</p><p>Two.</p>")])).entries

    assert entry.summary == "One. Two."


def test_an_entry_with_a_summary_only_has_no_text_of_its_own(write: Write) -> None:
    teaser = Item("A", "https://x.example/a", "a", html=None, summary="The clock ticks again […]")

    entry = the_entry(write([teaser]))

    assert entry.html is None
    assert entry.summary == "The clock ticks again […]"


def test_scripts_and_handlers_are_taken_out(write: Write) -> None:
    html = f'<p onclick="steal()">{STORY}</p><script>alert(1)</script><img src=x onerror=steal()>'

    entry = the_entry(write([Item("A", "https://x.example/a", html=html)]))

    assert entry.html == f"<p>{STORY}</p>"


def test_relative_links_start_at_the_entry(write: Write) -> None:
    html = f'<p>{STORY} See <a href="../map">the map</a>.</p>'

    entry = the_entry(write([Item("A", "https://x.example/2026/a/", "a", html=html)]))

    assert '<a href="https://x.example/2026/map">' in (entry.html or "")


# -- Identity ----------------------------------------------------------------------------------


def test_an_entry_without_an_id_is_known_by_its_link(write: Write) -> None:
    if write is FORMATS["rdf"]:
        pytest.skip("An RSS 1.0 item has its address for an id.")
    entry = the_entry(write([Item("A", "https://x.example/a")]))

    assert entry.id == "https://x.example/a"


def test_an_entry_without_link_and_id_is_known_by_what_it_says(write: Write) -> None:
    if write is FORMATS["rdf"]:
        pytest.skip("An RSS 1.0 item has its address for an id.")
    entry, again, other = (the_entry(write([Item(title)])) for title in ("A", "A", "B"))

    assert entry.id == again.id != other.id
    assert entry.url is None
    assert entry.source_url.startswith(f"feed:{URL}#sha256:")


def test_an_entry_that_stands_there_twice_is_read_once() -> None:
    twice = Item("A", "https://x.example/a", "a")

    assert len(read(rss([twice, twice])).entries) == 1


def test_different_entries_that_bear_one_id_are_told_apart_by_their_links() -> None:
    entries = [Item("A", "https://x.example/a", "1"), Item("B", "https://x.example/b", "1")]

    assert [entry.id for entry in read(rss(entries)).entries] == [
        "https://x.example/a",
        "https://x.example/b",
    ]


def test_entries_on_one_page_have_addresses_of_their_own() -> None:
    entries = [Item(name, f"https://x.example/log#{name}", name) for name in "ab"]

    feed = read(rss(entries))

    assert {entry.url for entry in feed.entries} == {"https://x.example/log"}
    assert [entry.source_url for entry in feed.entries] == [f"feed:{URL}#a", f"feed:{URL}#b"]


def test_entries_without_ids_that_all_link_to_one_page_are_told_apart_by_what_they_say() -> None:
    home = "https://x.example/"
    entries = [Item("A", home), Item("B", home), Item("B", home)]

    feed = read(rss(entries))

    assert [entry.title for entry in feed.entries] == ["A", "B"]
    assert {entry.url for entry in feed.entries} == {home}
    assert len({entry.source_url for entry in feed.entries}) == 2


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "http://", "https://x.example/" + "é" * 2_000]
)
def test_a_link_nobody_can_follow_is_none(link: str) -> None:
    entry = the_entry(rss([Item("A", link, "a")]))

    assert entry.url is None
    assert entry.source_url == f"feed:{URL}#a"


def test_a_very_long_id_is_stored_as_its_hash() -> None:
    entry = the_entry(rss([Item("A", "https://x.example/a", "i" * 3_000)]))

    assert entry.id.startswith("sha256:")
    assert len(entry.id) < 255


# -- What formats do in their own way ----------------------------------------------------------


def test_a_long_description_is_the_text_where_there_is_no_other() -> None:
    entry = the_entry(
        rss([Item("A", "https://x.example/a", html=None, summary=f"<p>{STORY}</p>" * 2)])
    )

    assert entry.html == f"<p>{STORY}</p>" * 2


@pytest.mark.parametrize(
    "cut", ["…", "[...]", "[…]", "Continue reading The clock →", "[+1234 chars]"]
)
def test_a_long_description_that_goes_on_elsewhere_is_no_text(cut: str) -> None:
    summary = f"<p>{STORY}</p><p>{STORY} {cut}</p>"

    entry = the_entry(rss([Item("A", "https://x.example/a", html=None, summary=summary)]))

    assert entry.html is None


def test_links_start_where_xml_base_says() -> None:
    document = atom([Item("A", "posts/a", "a")], attributes='xml:base="https://base.example/blog/"')

    assert the_entry(document).url == "https://base.example/blog/posts/a"


def test_a_link_within_an_entry_hands_no_credential_of_the_feeds_url_on() -> None:
    story = f'<p>{STORY * 3} <a href="#note">A note.</a></p>'
    feed = read_feed(
        rss([Item("A", "", "a", html=story)]).encode(),
        source="the feed",
        url="https://news.example/feed?token=0123456789abcdef",
    )

    assert "https://news.example/feed" in (feed.entries[0].html or "")
    assert "0123456789abcdef" not in (feed.entries[0].html or "")


def test_links_start_at_the_feed_when_nothing_else_is_said() -> None:
    assert the_entry(rss([Item("A", "/a", "a")])).url == "https://news.example/a"


def test_plain_text_of_a_json_feed_becomes_paragraphs() -> None:
    document = json_feed([Item("A", "https://x.example/a", "a")]).replace(
        '"content_html": "<p>', '"content_text": "1 < 2\\n\\n'
    )

    assert (the_entry(document).html or "").startswith("<p>1 &lt; 2</p><p>The keeper")


def test_wrong_values_in_a_json_feed_cost_no_more_than_themselves() -> None:
    document = (
        '{"version": "https://jsonfeed.org/version/1", "items": [7, null, {"id": 12, '
        '"url": "https://x.example/a", "title": ["no"], "tags": "no", "authors": [3], '
        f'"author": {{"name": "Ida"}}, "date_published": "soon", "content_text": "{STORY}"}}]}}'
    )

    entry = the_entry(document)

    assert (entry.id, entry.title, entry.author, entry.published_at) == ("12", None, "Ida", None)


@pytest.mark.parametrize("date", ["yesterday", "", "Wed, 99 Foo 2026"])
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    document = rss([Item("A", "https://x.example/a", published=None)])

    entry = the_entry(document.replace("</item>", f"<pubDate>{date}</pubDate></item>"))

    assert entry.published_at is None


def test_a_wrong_charset_is_seen_through() -> None:
    document = rss([Item("Der Glockenturm läutet", "https://x.example/a")])
    said_to_be_latin = document.replace('encoding="utf-8"', 'encoding="iso-8859-1"').encode()

    assert the_entry(said_to_be_latin).title == "Der Glockenturm läutet"
    assert (
        read(document.encode("cp1252"), charset="windows-1252").entries[0].title
        == "Der Glockenturm läutet"
    )


def test_broken_xml_is_read_as_far_as_it_goes() -> None:
    broken = rss(items(2)).replace("</description>", "").replace("</channel>", "<br>&nbsp;&")

    assert [entry.title for entry in read(broken).entries] == ["Story 2", "Story 1"]


@pytest.mark.parametrize("cut_at", ["watch", "Story 1</title>", "</item></channel>"])
def test_of_a_feed_that_breaks_off_the_whole_entries_are_read_and_it_says_so(cut_at: str) -> None:
    document = rss([*items(3)[:2], Item("Story 1", html="<p>The watch was wound.</p>")])

    feed = read(document[: document.index(cut_at)])

    assert [entry.title for entry in feed.entries] == ["Story 3", "Story 2"]
    assert feed.damage == "It breaks off before its end; the entry in which it does was left out."


@pytest.mark.parametrize("write", [rss, atom])
def test_a_feed_whose_xml_is_not_well_formed_says_so(write: Write) -> None:
    feed = read(write([Item("A &thing; B", "https://x.example/a")]).replace("&amp;thing", "&thing"))

    assert len(feed.entries) == 1
    assert feed.damage == (
        "Its XML is not well-formed (undefined entity): something may have been missed."
    )


def test_a_feed_that_is_as_it_should_be_has_no_damage(write: Write) -> None:
    assert read(write(items(3))).damage is None
    assert read(write([])).damage is None


def test_a_feed_that_only_a_forgiving_parser_can_read_is_read() -> None:
    document = (
        '<?xml?xml version="1.0" ??><rss rss:version=2.0><rss:channel><rss:item>'
        "<rss:title>A</rss:title><rss:link>https://x.example/a</rss:link>"
        "<rss:pubDate>Mon, 19 Jan 2026 00:00:00 GMT</rss:pubDate></rss:item></rss:channel></rss>"
    )

    entry = the_entry(document)

    assert (entry.title, entry.url) == ("A", "https://x.example/a")
    assert entry.published_at == datetime(2026, 1, 19, tzinfo=UTC)


# -- What is no feed ---------------------------------------------------------------------------


def test_of_a_web_page_the_feed_it_names_is_told() -> None:
    page = (
        '<!doctype html><html><head><link rel="alternate" type="application/rss+xml" '
        'href="/blog/feed.xml?a=1&amp;b=2"></head><body>Hello</body></html>'
    )

    with pytest.raises(SourceError) as refused:
        read(page)

    assert str(refused.value) == (
        f"{URL} is a web page, not a feed. "
        "Its feed is https://news.example/blog/feed.xml?a=1&b=2. Give that address."
    )


def test_of_a_web_page_with_several_feeds_each_is_told() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/{}">'
    page = (
        f"<!doctype html><html><head>{link.format('news')}{link.format('comments')}</head></html>"
    )

    with pytest.raises(SourceError) as refused:
        read(page)

    assert str(refused.value).endswith(
        "Its feeds are https://news.example/news, https://news.example/comments. Give one of these."
    )


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "it is empty"),
        ("<html><body>Hello</body></html>", "is a web page, not a feed"),
        ("Just a text.", "is not a feed: neither RSS, nor Atom, nor JSON Feed"),
        ('{"items": []}', "is not a feed"),
        ("{not json", "is not a feed"),
        ("[" * 100_000, "is not a feed"),
        ("<opml><body/></opml>", "is not a feed"),
        (json_feed(items(2))[:-30], "begins like a feed, and is too damaged to be read"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_reason(document: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as refused:
        read(document)

    assert URL in str(refused.value)


def test_an_entity_that_grows_without_end_does_not() -> None:
    bomb = (
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">'
        '<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    )
    document = rss([Item("&d;&x;", "https://x.example/a")]).replace("?>", f"?>{bomb}", 1)

    entry = the_entry(document.replace("&amp;", "&"))

    assert len(entry.title or "") < 100
    assert "root:" not in (entry.title or "")


@pytest.mark.parametrize(
    "markup",
    [
        "<item " + " ".join(f'a{n}="b"' for n in range(100_000)) + ">",
        "<item " + " ".join(f"a{n}='>'" for n in range(100_000)) + ">",
        "<item " + " ".join(f"a{n}" for n in range(100_000)) + ">",
        "".join(f'<q{n}:a xmlns:q{n}="u{n}"/>' for n in range(25_000)),
        "<item>" * 1_000_000,
    ],
    ids=["attributes", "brackets in attributes", "bare attributes", "namespaces", "depth"],
)
def test_markup_that_is_made_to_keep_a_parser_busy_is_refused(markup: str) -> None:
    with pytest.raises(SourceError, match="more markup than a feed needs"):
        read(f'<rss version="2.0"><channel>{markup}')


def test_a_long_picture_in_an_attribute_is_no_such_markup() -> None:
    picture = f'<img alt="{"a word " * 1_000}" src="data:image/png;base64,{"A" * 100_000}==">'

    entry = the_entry(rss([Item("A", "https://x.example/a", html=f"<p>{STORY}</p>{picture}")]))

    assert entry.html == f"<p>{STORY}</p>"


def test_of_a_huge_feed_the_newest_entries_are_kept() -> None:
    feed = read(json_feed(items(1_200)))

    assert len(feed.entries) == 1_000
    assert feed.entries[0].title == "Story 1200"


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_whatever_it_is_nothing_but_a_source_error_is_raised(data: bytes) -> None:
    for document in (data, b"<rss><channel><item>" + data, b'{"version": "' + data):
        try:
            feed = read_feed(document, source=URL)
        except SourceError:
            continue
        for entry in feed.entries:
            assert FeedEntry.model_validate_json(entry.model_dump_json()) == entry


# -- Real feeds --------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL_FEEDS.is_dir(), reason="SCRIBE_TEST_FEEDS names no folder")
def test_real_feeds_are_read_with_their_entries_told_apart() -> None:

    feeds = [
        read_feed(gzip.decompress(path.read_bytes()), source=URL)
        for path in REAL_FEEDS.glob("*.gz")
    ]

    assert len(feeds) == 40
    assert all(feed.entries for feed in feeds)
    for feed in feeds:
        assert len({entry.source_url for entry in feed.entries}) == len(feed.entries)
        assert all(entry.title or entry.html for entry in feed.entries)
        assert all(entry.html or entry.url for entry in feed.entries)
