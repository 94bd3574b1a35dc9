"""A site with a name and an address of its own on the web."""

from __future__ import annotations

import json

import pytest
from lxml import etree, html

from scribe_dagster.config import Settings
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.site import SiteChannel
from scribe_dagster.errors import ConfigurationError

URL = "https://example.org/news"
PAGE = f"{URL}/articles/the-keepers.html"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def public_site(site_dir) -> SiteChannel:
    return SiteChannel(site_dir, title="The Lamp", url=URL)


def facts(page) -> dict[str, list[str]]:
    return {
        "canonical": page.xpath("//link[@rel='canonical']/@href"),
        "url": page.xpath("//meta[@property='og:url']/@content"),
        "image": page.xpath("//meta[@property='og:image']/@content"),
    }


def test_its_name_and_its_address_are_settings(home, an_article) -> None:
    settings = Settings(_env_file=None, site_url=f"{URL}/", site_title="The Lamp")
    receipt = SiteChannel.from_settings(settings).publish(Post(an_article()))
    assert receipt.url == PAGE
    index = html.parse(settings.site_dir / "index.html")
    assert index.xpath("//title/text()") == ["The Lamp"]


@pytest.mark.parametrize(
    "url",
    [
        f"{URL}?page=1",
        f"{URL}#top",
        "https://ann:hunter22@example.org",
        "ftp://example.org",
        "news",
    ],
)
def test_an_address_to_which_no_path_can_be_added_or_that_tells_a_secret_is_refused(
    home, monkeypatch, url
) -> None:
    monkeypatch.setenv("SITE_URL", url)
    with pytest.raises(ConfigurationError, match="SITE_URL") as refused:
        Settings.load()
    assert "hunter22" not in str(refused.value)


def test_the_receipt_tells_the_public_page_also_when_it_is_found_again(
    public_site, an_article
) -> None:
    receipt = public_site.publish(Post(an_article()))
    assert (receipt.url, receipt.external_id) == (PAGE, "the-keepers")
    assert public_site.find(an_article()) == receipt


def test_pages_name_their_own_address_and_that_of_the_cover(
    public_site, site_dir, an_article
) -> None:
    public_site.publish(Post(an_article(), b"cover image"))
    expected = {
        "articles/the-keepers.html": PAGE,
        "index.html": f"{URL}/",
        "topics/sea.html": f"{URL}/topics/sea.html",
    }
    for path, address in expected.items():
        assert facts(html.parse(site_dir / path)) == {
            "canonical": [address], "url": [address], "image": [f"{URL}/images/abc123.webp"],
        }, path  # fmt: skip


def test_without_an_address_nothing_claims_one(site, site_dir, an_article) -> None:
    site.publish(Post(an_article(), b"cover image"))
    assert facts(html.parse(site_dir / "articles/the-keepers.html")) == {
        "canonical": [], "url": [], "image": ["../images/abc123.webp"],
    }  # fmt: skip


def test_links_of_the_feed_are_whole_and_its_ids_stay(
    site, public_site, site_dir, an_article
) -> None:
    def feed():
        return etree.parse(site_dir / "feed.xml").getroot()

    site.publish(Post(an_article(), b"cover image"))
    ids = feed().xpath("//a:id/text()", namespaces=ATOM)
    public_site.publish(Post(an_article(), b"cover image"))
    links = feed().xpath("//a:link[not(@rel='via')]/@href | //a:icon/text()", namespaces=ATOM)
    assert sorted(links) == [
        f"{URL}/", PAGE, f"{URL}/feed.xml", f"{URL}/icon.svg", f"{URL}/images/abc123.webp",
    ]  # fmt: skip
    assert feed().xpath("//a:id/text()", namespaces=ATOM) == ids
    assert feed().xpath("/a:feed/a:title/text()", namespaces=ATOM) == ["The Lamp"]


def test_a_page_opened_from_disk_still_finds_its_files(public_site, site_dir, an_article) -> None:
    public_site.publish(Post(an_article(), b"cover image"))
    page = html.parse(site_dir / "articles" / "the-keepers.html")
    links = page.xpath("//link[@rel!='canonical']/@href | //img/@src | //header/a/@href")
    assert links
    assert not [link for link in links if "example.org" in link]


def test_a_letter_no_address_holds_is_written_by_its_code(public_site, an_article) -> None:
    receipt = public_site.publish(Post(an_article(slug="äöü")))
    assert receipt.url == f"{URL}/articles/%C3%A4%C3%B6%C3%BC.html"


def test_markup_in_the_title_of_the_site_is_text(site_dir, an_article) -> None:
    title = "Ham & <script>alert(1)</script>\x00"
    SiteChannel(site_dir, title=title).publish(Post(an_article()))
    for path in ("index.html", "articles/the-keepers.html", "topics/sea.html"):
        page = html.parse(site_dir / path)
        assert not page.xpath("//script")
        assert page.xpath("//title")[0].text.endswith("Ham & <script>alert(1)</script>")
    etree.parse(site_dir / "feed.xml")


def test_entries_of_a_former_version_are_still_listed_and_their_author_is_not_ours(
    site, site_dir, an_article
) -> None:
    site.publish(Post(an_article(id=1, slug="a")))
    sidecar = site_dir / "articles" / "a.json"
    entry = json.loads(sidecar.read_text())
    del entry["credit"]["author"]
    sidecar.write_text(json.dumps({**entry, "author": "Morag Sinclair"}))
    site.publish(Post(an_article(id=2, slug="b", author=None)))
    index = html.parse(site_dir / "index.html")
    assert sorted(index.xpath("//h2/a/@href")) == ["articles/a.html", "articles/b.html"]
    assert "Morag" not in (site_dir / "index.html").read_text()
