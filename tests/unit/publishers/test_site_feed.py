"""The feed, held against RFC 4287."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.site_entry import SiteEntry
from scribe_dagster.drivers.publishers.site_pages import Site, render_feed

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def feed(site_dir):
    return lambda: etree.parse(site_dir / "feed.xml").getroot()


def one(element, path: str) -> str:
    (found,) = element.xpath(path, namespaces=ATOM)
    return found if isinstance(found, str) else found.text


def test_feed_and_entries_have_every_element_the_standard_requires(site, feed, an_article) -> None:
    site.publish(Post(an_article(), b"cover image"))
    root = feed()
    # Entries that name no author have the feed's.
    assert one(root, "a:author/a:name") == "Scribe"
    for element in (root, *root.findall("a:entry", ATOM)):
        assert UUID(one(element, "a:id").removeprefix("urn:uuid:"))
        assert one(element, "a:title")
        assert datetime.fromisoformat(one(element, "a:updated")).tzinfo
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"


def test_an_entry_tells_what_the_page_tells(site, feed, an_article) -> None:
    site.publish(Post(an_article(), b"cover image"))
    entry = feed().find("a:entry", ATOM)
    assert one(entry, "a:title") == "The keepers"
    assert one(entry, "a:summary") == "A century of ledgers."
    assert one(entry, "a:published") == "2026-03-12T09:30:00+00:00"
    assert one(entry, "a:link[@rel='alternate']/@href") == "articles/the-keepers.html"
    assert one(entry, "a:link[@rel='via']/@href") == "https://www.example.org/keepers"
    assert one(entry, "a:link[@rel='enclosure']/@href") == "images/abc123.webp"
    terms = entry.xpath("a:category/@term", namespaces=ATOM)
    assert terms == ["Science", "sea", "history"]
    assert one(entry, "a:content/@type") == "html"
    assert one(entry, "a:content") == (
        "<p>Based on a text by <bdi>Morag Sinclair</bdi>, "
        '<a class="source" href="https://www.example.org/keepers" rel="noopener noreferrer">'
        "<bdi>The Review</bdi></a>. Written by <bdi>openai gpt-5.4-mini</bdi>.</p>\n"
        "<h2>Light</h2>\n<p>It was <em>kept</em>.</p>"
    )


def test_whatever_a_source_calls_itself_is_text_in_the_feed(site, feed, an_article) -> None:
    evil = "<script>alert(1)</script>"
    site.publish(Post(an_article(author=evil, source_name=evil, written_by=evil)))
    prose = html.fragment_fromstring(one(feed(), "//a:entry/a:content"), create_parent=True)
    assert not prose.xpath(".//script")
    assert prose.text_content().count(evil) == 2


def test_every_relative_link_of_the_feed_leads_to_a_file(site, site_dir, feed, an_article) -> None:
    site.publish(Post(an_article(), b"cover image"))
    links = feed().xpath("//a:link[not(@rel='via')]/@href | //a:icon/text()", namespaces=ATOM)
    assert len(links) == 5
    for link in links:
        assert not urlsplit(link).scheme
        assert (site_dir / link).is_file()


def test_content_in_the_feed_is_harmless_and_free_of_relative_links(site, feed, an_article) -> None:
    content = "<p>a</p><script>alert(1)</script><a href='/b'>b</a><img src='c.png'>]]>&#1;"
    site.publish(Post(an_article(content=content)))
    prose = html.fragment_fromstring(one(feed(), "//a:entry/a:content"), create_parent=True)
    assert not prose.xpath(".//script | .//a[not(@class='source')]/@href | .//@src")


def test_publishing_the_same_article_again_changes_no_byte(site, site_dir, an_article) -> None:
    def everything() -> dict:
        return {file: file.read_bytes() for file in site_dir.rglob("*") if file.is_file()}

    site.publish(Post(an_article(), b"cover image"))
    before = everything()
    site.publish(Post(an_article(), b"cover image"))
    assert everything() == before


def test_a_changed_article_is_the_same_entry_updated_now(site, feed, an_article) -> None:
    site.publish(Post(an_article()))
    before = feed().find("a:entry", ATOM)
    site.publish(Post(an_article(title="The last keepers")))
    (after,) = feed().findall("a:entry", ATOM)
    assert one(after, "a:title") == "The last keepers"
    assert one(after, "a:id") == one(before, "a:id")
    assert one(after, "a:published") == one(before, "a:published")
    assert one(after, "a:updated") > one(before, "a:updated")
    assert one(feed(), "a:updated") == one(after, "a:updated")


def test_ids_outlive_a_move_of_the_folder(site, site_dir, feed, an_article, tmp_path) -> None:
    site.publish(Post(an_article()))
    before = feed().xpath("//a:id/text()", namespaces=ATOM)
    moved = site_dir.rename(tmp_path / "moved")
    type(site)(moved).publish(Post(an_article()))
    assert etree.parse(moved / "feed.xml").xpath("//a:id/text()", namespaces=ATOM) == before


def test_a_long_feed_holds_the_newest_fifty(an_article) -> None:
    first = an_article().created_at
    entries = [
        SiteEntry.of(
            an_article(id=n, slug=f"a-{n}", created_at=first - timedelta(days=n)), with_image=False
        )
        for n in range(1, 61)
    ]
    root = etree.fromstring(render_feed(entries, site=Site("S"), identity=uuid4()).encode())
    titles = root.xpath("a:entry/a:link[@rel='alternate']/@href", namespaces=ATOM)
    assert titles == [f"articles/a-{n}.html" for n in range(1, 51)]


@given(title=st.text(), content=st.text(), author=st.text(), source_url=st.text())
def test_whatever_an_article_holds_the_feed_is_well_formed(
    title: str, content: str, author: str, source_url: str
) -> None:
    article = Article(
        id=1,
        slug="a",
        title=title,
        content=content,
        author=author,
        source_url=f"https://{source_url}",
        written_by="w",
        created_at=datetime(2026, 3, 12),
    )
    entry = SiteEntry.of(article, with_image=False)
    etree.fromstring(render_feed([entry], site=Site("S"), identity=UUID(int=1)).encode())
