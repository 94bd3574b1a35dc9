"""The folder: shared, interrupted, tampered with, moved."""

from __future__ import annotations

import json
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from filelock import FileLock
from lxml import etree, html

from scribe_dagster.drivers.publishers import site_folder
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.site import SiteChannel
from scribe_dagster.errors import ErrorKind, PublishError


@pytest.fixture
def listed(site_dir):
    """Return the slugs the front page lists; the feed must list the same."""

    def read() -> list[str]:
        hrefs = html.parse(site_dir / "index.html").xpath("//h2/a/@href")
        feed = etree.parse(site_dir / "feed.xml").xpath("//*[@rel='alternate']/@href")[1:]
        assert hrefs == feed
        return [Path(href).stem for href in hrefs]

    return read


def test_the_receipt_opens_in_a_browser(site, site_dir, an_article) -> None:
    receipt = site.publish(Post(an_article()))
    assert receipt.url == (site_dir / "articles" / "the-keepers.html").as_uri()


def test_an_article_published_twice_is_listed_once(site, listed, an_article) -> None:
    site.publish(Post(an_article()))
    site.publish(Post(an_article(title="Again")))
    assert listed() == ["the-keepers"]


def test_an_article_of_the_same_slug_but_another_id_is_not_found(site, an_article) -> None:
    site.publish(Post(an_article(id=1)))
    assert site.find(an_article(id=2)) is None


def test_an_article_whose_page_was_deleted_leaves_the_listings(
    site, site_dir, listed, an_article
) -> None:
    site.publish(Post(an_article(id=1, slug="a")))
    (site_dir / "articles" / "a.html").unlink()
    site.publish(Post(an_article(id=2, slug="b")))
    assert listed() == ["b"]
    assert site.find(an_article(id=1, slug="a")) is None


@pytest.mark.parametrize(
    "sidecar",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"name": "somebody else\'s"}',
        b'{"slug": "../../etc/passwd"}',
    ],
)
def test_a_file_that_is_no_entry_is_left_out_with_a_warning(
    site, site_dir, listed, an_article, caplog, sidecar
) -> None:
    site.publish(Post(an_article(slug="a")))
    (site_dir / "articles" / "foreign.json").write_bytes(sidecar)
    (site_dir / "articles" / "foreign.html").write_text("somebody else's")
    with caplog.at_level(logging.WARNING, logger="scribe_dagster.publish"):
        site.publish(Post(an_article(id=2, slug="b")))
    assert sorted(listed()) == ["a", "b"]
    assert ["foreign.json" in record.getMessage() for record in caplog.records] == [True]


def test_a_copy_of_an_entry_under_another_name_is_left_out(
    site, site_dir, listed, an_article
) -> None:
    site.publish(Post(an_article(slug="a")))
    for kind in ("json", "html"):
        original = site_dir / "articles" / f"a.{kind}"
        original.with_stem("copy").write_bytes(original.read_bytes())
    site.publish(Post(an_article(slug="a")))
    assert listed() == ["a"]


def test_an_entry_of_a_later_version_is_still_listed(site, site_dir, listed, an_article) -> None:
    site.publish(Post(an_article(id=1, slug="a")))
    sidecar = site_dir / "articles" / "a.json"
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), "reading_time": 4}))
    site.publish(Post(an_article(id=2, slug="b")))
    assert sorted(listed()) == ["a", "b"]


def test_a_tampered_entry_does_no_harm_on_the_front_page(site, site_dir, an_article) -> None:
    site.publish(Post(an_article(id=1, slug="a")))
    sidecar = site_dir / "articles" / "a.json"
    entry = json.loads(sidecar.read_text())
    evil = "<script>alert(1)</script>"
    sidecar.write_text(json.dumps({**entry, "title": evil, "content": evil, "language": evil}))
    site.publish(Post(an_article(id=2, slug="b")))
    assert "<script" not in (site_dir / "index.html").read_text()
    assert "<script" not in (site_dir / "feed.xml").read_text()


@pytest.mark.parametrize(
    "slug", ["../index", "a/b", "/etc/x", "..", ".hidden", "a\\b", "", "a\x00"]
)
def test_a_slug_that_leads_elsewhere_is_refused(site, site_dir, an_article, slug) -> None:
    with pytest.raises(PublishError, match="slug") as caught:
        site.publish(Post(an_article(slug=slug)))
    assert caught.value.kind is ErrorKind.PERMANENT
    assert not list(site_dir.parent.rglob("*.html"))


def test_a_folder_that_leads_out_of_the_site_is_refused(site, site_dir, an_article) -> None:
    elsewhere = site_dir.parent / "elsewhere"
    elsewhere.mkdir()
    site_dir.mkdir()
    (site_dir / "articles").symlink_to(elsewhere)
    with pytest.raises(PublishError, match="outside the site folder"):
        site.publish(Post(an_article()))
    assert not list(elsewhere.iterdir())


def test_a_site_reached_through_a_link_works(tmp_path, an_article) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    site = SiteChannel(tmp_path / "link")
    assert site.publish(Post(an_article())) == site.find(an_article())


def test_a_place_that_cannot_be_written_is_a_passing_trouble(tmp_path, an_article) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PublishError, match=r"cannot be read or written.*resume") as caught:
        SiteChannel(tmp_path / "file" / "site").publish(Post(an_article()))
    assert caught.value.kind is ErrorKind.TRANSIENT


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_leaves_the_old_files_whole_and_the_article_unpublished(
    site, site_dir, listed, an_article
) -> None:
    site.publish(Post(an_article(id=1, slug="a")))
    full = site_dir / ".index.html.unfinished"
    full.symlink_to("/dev/full")
    with pytest.raises(PublishError, match="No space left") as caught:
        site.publish(Post(an_article(id=2, slug="b")))
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert listed() == ["a"]
    assert site.find(an_article(id=2, slug="b")) is None

    full.unlink()
    assert site.publish(Post(an_article(id=2, slug="b"))) == site.find(an_article(id=2, slug="b"))
    assert sorted(listed()) == ["a", "b"]


def test_nothing_unfinished_is_left_behind(site, site_dir, an_article) -> None:
    site.publish(Post(an_article(), b"cover image"))
    hidden = {path.name for path in site_dir.rglob(".*")}
    assert hidden <= {".lock", ".identity"}


def test_a_site_kept_by_another_process_is_a_passing_trouble(
    site, site_dir, an_article, monkeypatch
) -> None:
    monkeypatch.setattr(site_folder, "_LONGEST_WAIT", 0.05)
    site_dir.mkdir()
    held, done = Event(), Event()

    def keep() -> None:
        with FileLock(site_dir / ".lock"):
            held.set()
            done.wait()

    with ThreadPoolExecutor(1) as keeper:
        keeper.submit(keep)
        held.wait()
        try:
            with pytest.raises(PublishError, match="Another process") as caught:
                site.publish(Post(an_article()))
        finally:
            done.set()
    assert caught.value.kind is ErrorKind.TRANSIENT


@pytest.mark.processes
def test_processes_that_publish_at_once_lose_nothing(site, listed, an_article) -> None:
    posts = [Post(an_article(id=n, slug=f"article-{n}"), b"cover image") for n in range(24)]
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        receipts = list(pool.map(site.publish, posts))
    assert sorted(listed()) == sorted(post.article.slug for post in posts)
    assert [site.find(post.article) for post in posts] == receipts


def test_threads_that_publish_at_once_lose_nothing(site, listed, an_article) -> None:
    posts = [Post(an_article(id=n, slug=f"article-{n}")) for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(site.publish, posts))
    assert len(listed()) == len(posts)
