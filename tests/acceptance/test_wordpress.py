"""Articles on a real WordPress, as its readers and its API show them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest
from fakes.channels import ARTICLE
from fakes.wordpress_site import WordPressSite, require_wordpress, wordpress_site
from PIL import Image

from scribe_dagster.config import Settings
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.wordpress import WordPressChannel
from scribe_dagster.errors import ErrorKind, PublishError

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes

COVER = StoredImage(
    path="articles/0123456789abcdef.webp",
    media_type="image/webp",
    width=1200,
    height=630,
    size=1,
    alt="A lighthouse & its keepers",
)


@pytest.fixture(scope="module")
def site() -> Iterator[WordPressSite]:
    require_wordpress()
    with TemporaryDirectory(prefix="wp-") as folder, wordpress_site(Path(folder)) as opened:
        yield opened


def channel_of(site: WordPressSite, **settings: str) -> WordPressChannel:
    told = {name.lower(): value for name, value in site.settings.items()} | settings
    return WordPressChannel.from_settings(Settings(_env_file=None, **told))


def a_post(slug: str, **changes: Any) -> Post:
    data = BytesIO()
    Image.new("RGB", (1200, 630), (20, 40, 60)).save(data, "WEBP")
    article = ARTICLE.evolve(
        slug=slug,
        description="A century of ledgers.",
        category=Category(id=3, name="Arts & Crafts"),
        tags=("Sea", "C++", "Möwen"),
        image=COVER,
        **changes,
    )
    return Post(article, data.getvalue())


def seen(site: WordPressSite, route: str, **query: str) -> Any:
    login = (site.settings["WORDPRESS_USERNAME"], site.password)
    answer = httpx2.get(f"{site.url}/wp-json/wp/v2/{route}", params=query, auth=login)
    answer.raise_for_status()
    return answer.json()


def test_a_source_becomes_a_post_that_anybody_can_read(
    cli: CommandLine, site: WordPressSite
) -> None:
    done = cli("process", str(EXAMPLE), PUBLISHER_CHANNELS="wordpress", **site.settings)

    assert done.code == 0, done.out + done.err
    [address] = [word for word in done.out.split() if word.startswith(site.url)]
    page = httpx2.get(address, follow_redirects=True)
    assert page.status_code == 200
    assert "A river town teaches its last bus to wait" in page.text
    assert "wp-post-image" in page.text


def test_everything_about_an_article_arrives(site: WordPressSite) -> None:
    post = a_post("everything")

    receipt = channel_of(site).publish(post)

    stored = seen(site, f"posts/{receipt.external_id}", context="edit")
    assert stored["slug"] == "everything"
    assert stored["status"] == "publish"
    assert stored["title"]["raw"] == "The keepers"
    assert stored["content"]["raw"] == "<p>Light kept.</p>"
    assert stored["excerpt"]["raw"] == "A century of ledgers."
    [category] = [seen(site, f"categories/{term}")["name"] for term in stored["categories"]]
    assert category == "Arts &amp; Crafts"
    tags = {seen(site, f"tags/{term}")["name"] for term in stored["tags"]}
    assert tags == {"Sea", "C++", "Möwen"}
    cover = seen(site, f"media/{stored['featured_media']}")
    assert cover["alt_text"] == "A lighthouse & its keepers"
    assert cover["mime_type"] == "image/webp"
    assert httpx2.get(cover["source_url"]).content == post.image_data
    assert receipt.url == stored["link"]


def test_an_article_published_again_is_brought_up_to_date_and_nothing_is_doubled(
    site: WordPressSite,
) -> None:
    channel = channel_of(site)
    first = channel.publish(a_post("again"))

    corrected = a_post("again", title="The keepers, corrected")
    assert channel.find(corrected.article) is None

    second = channel.publish(corrected)

    assert second == first == channel.find(corrected.article)
    [stored] = seen(site, "posts", slug="again")
    assert stored["title"]["rendered"] == "The keepers, corrected"
    assert len(seen(site, "media", slug="scribe-0123456789abcdef")) == 1
    assert len(seen(site, "tags", search="Möwen")) == 1
    assert len(seen(site, "categories", search="Arts")) == 1


def test_nothing_in_an_article_runs_on_the_site(site: WordPressSite) -> None:
    hostile = a_post(
        "hostile",
        title="Of <script>alert(1)</script> & tags",
        content='<p>[audio src="https://evil.example/x.mp3"]</p>',
    )

    receipt = channel_of(site).publish(hostile)

    shown = httpx2.get(receipt.url or "").text
    assert "<script>alert" not in shown
    assert "Of &lt;script&gt;alert(1)&lt;/script&gt; &amp; tags" in shown
    assert "<audio" not in shown
    assert channel_of(site).find(hostile.article) == receipt


@pytest.mark.parametrize("slug", ["2024", "feed"])
def test_a_slug_that_wordpress_would_number_is_found_again(site: WordPressSite, slug: str) -> None:
    channel, post = channel_of(site), a_post(slug)

    assert channel.publish(post) == channel.publish(post) == channel.find(post.article)


def test_a_draft_stays_hidden_and_is_found_again(site: WordPressSite) -> None:
    channel = channel_of(site, wordpress_status="draft")

    receipt = channel.publish(a_post("hidden"))

    assert channel.publish(a_post("hidden")) == receipt == channel.find(a_post("hidden").article)
    assert seen(site, f"posts/{receipt.external_id}")["status"] == "draft"
    assert httpx2.get(f"{site.url}/hidden/").status_code == 404


def test_a_draft_that_an_editor_has_published_stays_published(site: WordPressSite) -> None:
    channel_of(site).publish(a_post("approved"))

    channel_of(site, wordpress_status="draft").publish(a_post("approved"))

    [stored] = seen(site, "posts", slug="approved")
    assert stored["status"] == "publish"


def test_a_wrong_password_is_refused_with_advice(site: WordPressSite) -> None:
    channel = channel_of(site, wordpress_app_password="abcd efgh ijkl mnop")

    with pytest.raises(PublishError, match="Check WORDPRESS_USERNAME") as refused:
        channel.publish(Post(ARTICLE.evolve(slug="refused")))

    assert refused.value.kind is ErrorKind.PERMANENT
    assert "ijkl" not in str(refused.value)


def test_a_wordpress_with_plain_permalinks_will_do(tmp_path: Path) -> None:
    require_wordpress()
    with (
        TemporaryDirectory(prefix="wp-") as folder,
        wordpress_site(Path(folder), permalinks="") as plain,
    ):
        channel = channel_of(plain)

        receipt = channel.publish(a_post("plain"))

        assert channel.find(a_post("plain").article) == receipt
        assert "Light kept." in httpx2.get(receipt.url or "", follow_redirects=True).text
