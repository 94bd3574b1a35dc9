"""Lists of many articles: pages that stay as they are, and one for each topic."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import html

from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.site import SiteChannel
from scribe_dagster.drivers.publishers.site_entry import SiteEntry
from scribe_dagster.drivers.publishers.site_listings import PAGE_SIZE, listings, topic_page
from scribe_dagster.errors import PublishError


@pytest.fixture
def entries(an_article):
    """Return as many entries as asked for, newest first, of which the newest is the last."""

    def make(count: int, **changes) -> list[SiteEntry]:
        first = an_article(category=None, tags=()).evolve(**changes)
        return [
            SiteEntry.of(
                first.evolve(id=n, slug=f"a-{n}", created_at=first.created_at + timedelta(hours=n)),
                with_image=False,
            )
            for n in range(count, 0, -1)
        ]

    return make


def slugs_by_path(entries: list[SiteEntry]) -> dict[str, list[str]]:
    return {page.path: [entry.slug for entry in page.entries] for page in listings(entries)}


@pytest.mark.parametrize("count", [1, PAGE_SIZE, 2 * PAGE_SIZE - 1])
def test_up_to_twice_a_pages_articles_are_on_the_front_page(entries, count) -> None:
    [page] = listings(entries(count))
    assert (page.path, len(page.entries), page.newer, page.older) == (
        "index.html", count, None, None,
    )  # fmt: skip


@pytest.mark.parametrize("count", [2 * PAGE_SIZE, 3 * PAGE_SIZE - 1, 3 * PAGE_SIZE, 200])
def test_every_article_is_on_one_page_and_every_page_leads_to_the_next(entries, count) -> None:
    given = entries(count)
    pages = {page.path: page for page in listings(given)}
    found, path = [], "index.html"
    while path:
        page = pages.pop(path)
        assert PAGE_SIZE <= len(page.entries) < 2 * PAGE_SIZE
        assert page.count == count
        found += page.entries
        assert page.older is None or pages[page.older].newer == path
        path = page.older
    assert found == given
    assert not pages


def test_a_new_article_leaves_all_pages_but_the_first_as_they_are(entries) -> None:
    before, after = slugs_by_path(entries(100)), slugs_by_path(entries(101))
    assert len(before) == 4
    assert [path for path in after if after[path] != before[path]] == ["index.html"]


def test_a_topic_has_its_own_pages_and_tag_and_category_of_one_name_are_one(entries) -> None:
    about_the_sea = entries(50, tags=("Sea",))
    [other] = entries(1, category={"id": 1, "name": "sea"}, tags=("sea", "C++"), slug="other")
    pages = slugs_by_path([*about_the_sea, other])
    assert list(pages) == [
        "topics/sea.html", "topics/sea.1.html", "topics/cplusplus.html",
        "index.html", "pages/1.html",
    ]  # fmt: skip
    assert pages["topics/cplusplus.html"] == [other.slug]


@pytest.mark.parametrize(
    ("topic", "path"),
    [
        ("Deep sea", "topics/deep-sea.html"),
        ("C#", "topics/csharp.html"),
        ("海", "topics/海.html"),
        ("البحر", "topics/البحر.html"),
        ("../../etc/passwd", "topics/etc-passwd.html"),
        ("..", None),
        ("?!", None),
        ("", None),
    ],
)
def test_whatever_a_topic_is_called_its_page_lies_where_it_should(topic, path) -> None:
    assert topic_page(topic) == path


def test_the_name_of_the_longest_topic_still_names_a_file() -> None:
    path = topic_page("𐐨" * 300)
    assert path is not None
    assert len(f".{Path(path).name}.unfinished".encode()) < 255


def test_two_long_topics_that_begin_alike_have_pages_of_their_own() -> None:
    beginning = "The harbour commission of the northern archipelago, "
    pages = {topic_page(beginning + end) for end in ("its clocks", "its keepers")}
    assert len(pages) == 2
    assert topic_page(f"{beginning} ITS CLOCKS!") in pages


# -- In the folder -----------------------------------------------------------------------------


def test_labels_lead_to_the_pages_of_their_topics(site, site_dir, an_article) -> None:
    site.publish(Post(an_article(tags=("sea", "海", "?!"))))
    for page, way in (
        (site_dir / "articles/the-keepers.html", "../"),
        (site_dir / "index.html", ""),
    ):
        document = html.parse(page)
        hrefs = document.xpath("//*[@class='kicker' or @class='tags']//a/@href")
        assert list(map(unquote, hrefs)) == [
            f"{way}topics/science.html", f"{way}topics/sea.html", f"{way}topics/海.html",
        ]  # fmt: skip
        assert document.xpath("//*[@class='tags']//bdi/text()")[-1] == "?!"
    topic = html.parse(site_dir / "topics" / "海.html")
    assert topic.xpath("//h1")[0].text_content() == "海"
    assert topic.xpath("//h2/a/@href") == ["../articles/the-keepers.html"]
    assert topic.xpath("//title/text()") == ["海 · Scribe"]


def test_a_topic_nothing_is_about_any_more_has_no_page(site, site_dir, an_article) -> None:
    site.publish(Post(an_article(tags=("sea",))))
    (site_dir / "topics" / ".htaccess").write_text("the owner's")
    site.publish(Post(an_article(tags=("coast",))))
    kept = sorted(path.name for path in (site_dir / "topics").iterdir())
    assert kept == [".htaccess", "coast.html", "science.html"]


def test_pages_that_the_owner_put_beside_the_lists_are_left_alone(
    site, site_dir, an_article
) -> None:
    theirs = [site_dir / "pages/imprint.html", site_dir / "topics/mine.html"]
    for page in theirs:
        page.parent.mkdir(parents=True)
        page.write_text("<!doctype html><title>The owner's</title>")
    (site_dir / "topics/folder.html").mkdir()
    site.publish(Post(an_article()))
    assert all("owner" in page.read_text() for page in theirs)


def test_an_article_whose_page_was_deleted_leaves_its_topics(site, site_dir, an_article) -> None:
    site.publish(Post(an_article(id=1, slug="a", tags=("sea", "ink"))))
    (site_dir / "articles" / "a.html").unlink()
    site.publish(Post(an_article(id=2, slug="b", tags=("sea",))))
    assert not (site_dir / "topics" / "ink.html").exists()
    sea = html.parse(site_dir / "topics" / "sea.html")
    assert sea.xpath("//h2/a/@href") == ["../articles/b.html"]


def test_one_more_article_writes_few_of_many_files(site, site_dir, an_article) -> None:
    for n in range(2 * PAGE_SIZE + 2):
        created_at = an_article().created_at + timedelta(hours=n)
        tags = (f"tag {n}", f"group {n % 3}")
        site.publish(Post(an_article(id=n, slug=f"a-{n}", tags=tags, created_at=created_at)))

    def state() -> dict:
        return {path: path.stat().st_ino for path in site_dir.rglob("*.*ml")}

    before = state()
    created_at += timedelta(hours=1)
    site.publish(Post(an_article(id=99, slug="one-more", tags=("group 1",), created_at=created_at)))
    written = {
        str(path.relative_to(site_dir))
        for path, inode in state().items()
        if before.get(path) != inode
    }
    assert written == {
        "articles/one-more.html", "topics/group-1.html", "topics/science.html", "index.html",
        "feed.xml",
    }  # fmt: skip
    assert len(before) > 100


def test_a_topic_folder_that_leads_elsewhere_is_refused(site, site_dir, an_article) -> None:
    elsewhere = site_dir.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.html").write_text("mine")
    site_dir.mkdir()
    (site_dir / "topics").symlink_to(elsewhere)
    with pytest.raises(PublishError, match="outside the site folder"):
        site.publish(Post(an_article()))
    with pytest.raises(PublishError, match="outside the site folder"):
        site.publish(Post(an_article(category=None, tags=())))
    assert [path.name for path in elsewhere.iterdir()] == ["mine.html"]


def test_a_site_that_was_made_before_there_were_topics_gets_them(
    site, site_dir, an_article
) -> None:
    site.publish(Post(an_article(id=1, slug="a")))
    for page in (site_dir / "topics").iterdir():
        page.unlink()
    SiteChannel(site_dir).publish(Post(an_article(id=2, slug="b", tags=())))
    assert (site_dir / "topics" / "sea.html").is_file()
