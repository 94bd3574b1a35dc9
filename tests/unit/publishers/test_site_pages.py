"""What the pages show, and what they never do."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from scribe_dagster.domain.image import Rendition
from scribe_dagster.drivers.publishers.protocol import Post

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def published(site, site_dir, an_article):
    """Publish an article and return its page and the front page, parsed."""

    def publish(**changes):
        article = an_article(**changes)
        site.publish(Post(article, b"cover image" if article.image else None))
        return (
            html.parse(site_dir / "articles" / f"{article.slug}.html").getroot(),
            html.parse(site_dir / "index.html").getroot(),
        )

    return publish


def meta(page, name: str) -> str | None:
    found = page.xpath(f"//meta[@name='{name}' or @property='{name}']/@content")
    return found[0] if found else None


def text_of(page, selector: str) -> str:
    return " ".join(page.xpath(selector)[0].text_content().split())


def test_the_article_page_shows_who_wrote_what_when_and_after_whom(published) -> None:
    page, _ = published()
    assert text_of(page, "//h1") == "The keepers"
    assert text_of(page, "//*[@class='kicker']") == "Science"
    assert text_of(page, "//*[@class='byline']") == (
        "Based on a text by Morag Sinclair, The Review Written by openai gpt-5.4-mini 12 March 2026"
    )
    assert [tag.text_content() for tag in page.xpath("//*[@class='tags']/li")] == ["sea", "history"]
    assert text_of(page, "//*[@class='prose']") == "Light It was kept."
    assert text_of(page, "//*[@class='provenance']") == "Cover: openai gpt-image-2"
    assert page.xpath("//a[@class='source']/@href") == ["https://www.example.org/keepers"]


def test_the_author_of_the_source_is_nowhere_said_to_be_the_author_of_the_article(
    published, site_dir
) -> None:
    page, index = published()
    assert meta(page, "author") is None
    assert text_of(index, "//*[@class='byline']") == (
        "Based on a text by Morag Sinclair, The Review 12 March 2026"
    )
    for file in [*site_dir.rglob("*.html"), site_dir / "feed.xml"]:
        told = unescape(file.read_text("utf-8"))
        assert told.count("Morag Sinclair") == told.count("Based on a text by <bdi>Morag Sinclair")


def test_an_extract_is_called_one_and_was_written_by_nobody(published) -> None:
    page, index = published(written_by="local (extractive)")
    assert text_of(page, "//*[@class='byline']") == (
        "Extract from a text by Morag Sinclair, The Review 12 March 2026"
    )
    assert text_of(index, "//*[@class='byline']").startswith("Extract from a text by Morag")


def test_a_source_that_bears_its_authors_name_is_named_once(published) -> None:
    page, _ = published(author="Ann Writer", source_name="Ann Writer")
    assert text_of(page, "//*[@class='byline']").startswith("Based on Ann Writer Written by")


def test_the_cover_is_copied_described_and_sized(published, site_dir) -> None:
    page, _ = published()
    (cover,) = page.xpath("//figure/img")
    assert dict(cover.attrib) == {
        "src": "../images/abc123.webp",
        "alt": "A lighthouse at night",
        "width": "1200",
        "height": "630",
    }
    assert (site_dir / "images" / "abc123.webp").read_bytes() == b"cover image"


RENDITIONS = (
    Rendition(path="articles/n1.webp", width=480, height=252, size=4),
    Rendition(path="articles/n2.webp", width=960, height=504, size=6),
)


@pytest.fixture
def with_renditions(site, site_dir, an_article):
    """Publish an article whose cover has two narrower renditions, of which these are at hand."""

    def publish(renditions):
        article = an_article()
        article = article.evolve(image=article.image.evolve(renditions=RENDITIONS))
        site.publish(Post(article, b"cover image", renditions=renditions))
        return (
            html.parse(site_dir / "articles" / f"{article.slug}.html").getroot(),
            html.parse(site_dir / "index.html").getroot(),
        )

    return publish


def test_a_browser_may_choose_among_the_widths_of_a_cover(with_renditions, site_dir) -> None:
    page, index = with_renditions({"articles/n1.webp": b"480", "articles/n2.webp": b"960"})

    assert page.xpath("//figure/img/@srcset") == [
        "../images/n1.webp 480w, ../images/n2.webp 960w, ../images/abc123.webp 1200w"
    ]
    assert page.xpath("//figure/img/@sizes") == ["min(60rem, 100vw)"]
    assert page.xpath("//figure/img/@src") == ["../images/abc123.webp"]
    assert index.xpath("//img/@srcset") == [
        "images/n1.webp 480w, images/n2.webp 960w, images/abc123.webp 1200w"
    ]
    assert (site_dir / "images" / "n1.webp").read_bytes() == b"480"
    assert (site_dir / "images" / "n2.webp").read_bytes() == b"960"


def test_a_rendition_whose_file_is_lost_is_not_offered(with_renditions) -> None:
    page, _ = with_renditions({"articles/n2.webp": b"960"})

    assert page.xpath("//figure/img/@srcset") == [
        "../images/n2.webp 960w, ../images/abc123.webp 1200w"
    ]


def test_the_head_tells_search_engines_and_link_previews_what_the_page_is(published) -> None:
    page, _ = published()
    assert text_of(page, "//title") == "The keepers of Skerryvore · Scribe"
    assert meta(page, "description") == "What a century of ledgers says of the sea."
    assert meta(page, "og:title") == "The keepers of Skerryvore"
    assert meta(page, "og:description") == "What a century of ledgers says of the sea."
    assert meta(page, "og:image") == "../images/abc123.webp"


def test_the_front_page_lists_the_newest_article_first(published, an_article) -> None:
    older = an_article().created_at.replace(year=2025)
    published(id=1, slug="newer", title="Newer")
    _, index = published(id=2, slug="older", title="Older", created_at=older)
    assert [link.text_content() for link in index.xpath("//h2/a")] == ["Newer", "Older"]
    assert text_of(index, "//li[@class='card'][1]//*[@class='summary']") == "A century of ledgers."
    assert index.xpath("//li[@class='card'][1]//time/@datetime") == ["2026-03-12T09:30:00+00:00"]
    tags = index.xpath("//li[@class='card'][1]//*[@class='tags']//bdi/text()")
    assert tags == ["sea", "history"]


def test_an_article_needs_no_more_than_a_title_and_a_text(published) -> None:
    page, index = published(
        image=None, category=None, author=None, tags=(), description="", meta_title="",
        meta_description="", source_name=None, language=None,
    )  # fmt: skip
    assert text_of(page, "//title") == "The keepers · Scribe"
    assert page.get("lang") == ""
    assert meta(page, "description") is None
    assert text_of(page, "//*[@class='byline']") == (
        "Based on example.org Written by openai gpt-5.4-mini 12 March 2026"
    )
    assert not page.xpath("//footer[@class='closing']")
    assert text_of(index, "//*[@class='picture initial']") == "T"


@pytest.mark.parametrize("language", ["ar", "he", "fa", "ur", "ar-EG", "fa_IR", "az-Arab"])
def test_languages_written_from_right_to_left_are_laid_out_so(published, language) -> None:
    page, index = published(language=language)
    assert (page.get("dir"), page.get("lang")) == ("rtl", language.replace("_", "-"))
    assert index.get("dir") == "ltr"
    assert index.xpath("//li[@class='card']/@dir") == ["rtl"]


@pytest.mark.parametrize("language", ["en", "de-CH", "zh-Hant", "tlh", None, 'en" onload="x'])
def test_every_other_language_runs_from_left_to_right(published, language) -> None:
    page, _ = published(language=language)
    assert page.get("dir") == "ltr"
    assert "onload" not in page.attrib


def test_a_date_is_written_the_way_the_articles_language_writes_it(published) -> None:
    page, _ = published(language="de")
    assert text_of(page, "//time") == "12. März 2026"


@pytest.mark.parametrize(
    "field",
    [
        "title",
        "description",
        "meta_title",
        "meta_description",
        "author",
        "source_name",
        "written_by",
    ],
)
def test_markup_in_a_field_is_text(published, field) -> None:
    hostile = f'"> {SCRIPT}<img src=x onerror=alert(1)>'
    page, index = published(**{field: hostile})
    for document in (page, index):
        assert not document.xpath("//script | //*[@onerror]")
    assert hostile in html.tostring(page, encoding="unicode", method="text") or hostile in (
        meta(page, "description"),
        meta(page, "og:description"),
    )


def test_markup_in_tags_and_category_is_text(published) -> None:
    page, index = published(tags=(SCRIPT,), category={"id": 1, "name": SCRIPT})
    assert not page.xpath("//script") + index.xpath("//script")
    assert text_of(page, "//*[@class='tags']/li") == SCRIPT


@pytest.mark.parametrize(
    "content",
    [
        SCRIPT,
        "<p onclick='alert(1)'>a</p>",
        "<a href='javascript:alert(1)'>a</a>",
        "<a href=' java\nscript:alert(1)'>a</a>",
        "<a href='data:text/html,x'>a</a>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<iframe src='https://evil.example'></iframe>",
        "<p style='position:fixed'>a</p>",
        "<img src='https://evil.example/pixel.gif'>",
        "<link rel=stylesheet href='//evil.example/x.css'><base href='//evil.example'>",
        "<form action='//evil.example'><input name=a></form>",
        "</div></main></body><script>alert(1)</script>",
    ],
)
def test_hostile_content_is_harmless_even_if_it_was_stored(published, content) -> None:
    page, _ = published(content=f"<p>before</p>{content}<p>after</p>")
    (prose,) = page.xpath("//*[@class='prose']")
    assert not prose.xpath(
        ".//script | .//style | .//svg | .//math | .//iframe | .//img | .//link | .//base | .//form"
        " | .//*[@style] | .//*[@onclick] | .//*[@onerror]"
    )
    assert all(urlsplit(href).scheme == "https" for href in prose.xpath(".//a/@href"))
    assert prose[0].text == "before"
    assert len(page.xpath("//main")) == len(page.xpath("//footer[@class='colophon']")) == 1


@pytest.mark.parametrize(
    ("source_url", "source_name", "credit"),
    [
        ("file:///home/ann/secret/My%20notes.txt", None, "My notes.txt"),
        ("file:///home/ann/secret/notes.txt", "/home/ann/secret/notes.txt", "notes.txt"),
        ("/home/ann/secret/notes.txt", None, "notes.txt"),
        ("C:\\Users\\ann\\secret\\notes.txt", None, "notes.txt"),
        ("text:0a1b2c", None, "a text handed in"),
        ("text:0a1b2c", "Ann's letter", "Ann's letter"),
        ("javascript:alert(1)", None, "an unnamed source"),
        ("https://[broken", "The Review", "The Review"),
        ('https://a"onclick="alert(1)/x', None, "an unnamed source"),
        ("https:///no-host", None, "an unnamed source"),
    ],
)
def test_a_source_that_is_not_on_the_web_is_credited_in_words(
    published, site_dir, source_url, source_name, credit
) -> None:
    page, _ = published(source_url=source_url, source_name=source_name, author=None)
    assert text_of(page, "//*[@class='byline']").startswith(f"Based on {credit} Written by")
    assert not page.xpath("//a[@class='source']")
    for file in site_dir.rglob("*.*"):
        assert b"secret" not in file.read_bytes()


@pytest.mark.parametrize(
    ("source_url", "link"),
    [
        ("https://ann:hunter22@example.org/a?b=1", "https://example.org/a?b=1"),
        ("https://example.org/a?token=hunter22&b=1", "https://example.org/a"),
        ("http://example.org:8080/a b?q=ü#c", "http://example.org:8080/a%20b?q=%C3%BC#c"),
        ("https://example.org/a?x=1&y=%20", "https://example.org/a?x=1&y=%20"),
        ("https://bücher.example/", "https://bücher.example/"),
    ],
)
def test_the_link_to_a_source_keeps_no_credential(published, site_dir, source_url, link) -> None:
    page, _ = published(source_url=source_url)
    assert page.xpath("//a[@class='source']/@href") == [link]
    for file in site_dir.rglob("*.*"):
        assert b"hunter22" not in file.read_bytes()


def test_every_relative_link_leads_to_a_file_of_the_site(published, site_dir) -> None:
    published(id=1, slug="first")
    published(id=2, slug="zweiter-äöü", image=None)
    pages = [site_dir / "index.html", *site_dir.glob("articles/*.html")]
    assert len(pages) == 3
    for path in pages:
        page = html.parse(path).getroot()
        links = page.xpath("//@href | //@src | //meta[@property='og:image']/@content")
        local = [link for link in links if not urlsplit(link).scheme and not link.startswith("#")]
        assert len(local) > 5
        for link in local:
            target = (path.parent / unquote(link)).resolve()
            assert target.is_file(), link
            assert target.is_relative_to(site_dir)


def test_a_page_fetches_nothing_from_elsewhere_and_says_so(published, site_dir) -> None:
    for page in published(content="<img src='https://evil.example/a.png'><p>b</p>"):
        fetched = page.xpath("//img/@src | //link/@href | //script/@src | //iframe/@src")
        assert not [url for url in fetched if urlsplit(url).scheme or url.startswith("//")]
        assert not page.xpath("//style | //*[@style] | //script")
        (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.split("; ")[0] == "default-src 'none'"
        assert "unsafe" not in policy
    stylesheet = Path(site_dir, "style.css").read_text("utf-8")
    assert "url(" not in stylesheet
    assert "@import" not in stylesheet


def test_a_reader_without_a_mouse_or_without_sight_finds_the_way(published) -> None:
    for page in published():
        assert page.xpath("//body/*[1][self::a]/@href") == ["#main"]
        assert len(page.xpath("//main[@id='main']")) == len(page.xpath("//h1")) == 1
        assert not page.xpath("//img[not(@alt)]")
