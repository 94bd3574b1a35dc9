"""Ghost: posts, covers, tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes.api_server import Reply, serving
from fakes.ghost_server import FakeGhost

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers.ghost import GhostChannel
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import ConfigurationError, ErrorKind, PublishError

ArticleFactory = Callable[..., Article]


@pytest.fixture
def ghost() -> Iterator[FakeGhost]:
    with serving(FakeGhost()) as server:
        yield server


def channel_of(ghost: FakeGhost, **settings: Any) -> GhostChannel:
    return GhostChannel.from_settings(Settings(_env_file=None, **{**ghost.settings, **settings}))


def test_a_post_is_written_with_what_belongs_to_it(
    ghost: FakeGhost, an_article: ArticleFactory
) -> None:
    receipt = channel_of(ghost).publish(Post(an_article(), b"image"))

    [post], [image] = ghost.posts, ghost.images
    assert (post["slug"], post["status"]) == ("the-keepers", "published")
    assert post["html"].startswith("<h2>Light</h2>")
    assert post["custom_excerpt"] == "A century of ledgers."
    assert post["meta_title"] == "The keepers of Skerryvore"
    assert [tag["name"] for tag in post["tags"]] == ["Science", "sea", "history"]
    assert (post["feature_image"], post["feature_image_alt"]) == (
        f"{ghost.url}/img/abc123.webp",
        "A lighthouse at night",
    )
    assert (image["file"], image["ref"]) == (b"image", "abc123.webp")
    assert receipt.url == f"{ghost.url}/the-keepers/"


def test_a_post_is_brought_up_to_date(ghost: FakeGhost, an_article: ArticleFactory) -> None:
    channel = channel_of(ghost)
    first = channel.publish(Post(an_article()))

    second = channel.publish(Post(an_article(title="Corrected")))

    assert first == second
    assert [post["title"] for post in ghost.posts] == ["Corrected"]


def test_a_draft_that_somebody_has_published_stays_published(
    ghost: FakeGhost, an_article: ArticleFactory
) -> None:
    channel = channel_of(ghost, ghost_status="draft")
    channel.publish(Post(an_article()))
    assert ghost.posts[0]["status"] == "draft"
    ghost.posts[0]["status"] = "published"

    channel.publish(Post(an_article(title="Corrected")))

    assert ghost.posts[0]["status"] == "published"


def test_a_key_of_another_integration_is_refused_with_advice(
    ghost: FakeGhost, an_article: ArticleFactory
) -> None:
    channel = channel_of(ghost, ghost_admin_api_key=f"{'0' * 24}:{'cd' * 32}")

    with pytest.raises(PublishError, match=r"signature\. Check GHOST_ADMIN_API_KEY"):
        channel.publish(Post(an_article()))


def test_the_key_of_the_content_api_is_refused_at_the_start(ghost: FakeGhost) -> None:
    with pytest.raises(ConfigurationError, match="no Admin API key") as refused:
        channel_of(ghost, ghost_admin_api_key="22444f78447824223cefc48062")

    assert "22444f" not in str(refused.value)


def test_a_draft_is_no_address_to_link_to(ghost: FakeGhost, an_article: ArticleFactory) -> None:
    receipt = channel_of(ghost, ghost_status="draft").publish(Post(an_article()))

    assert (receipt.url, receipt.external_id) == (None, ghost.posts[0]["id"])


def test_a_post_that_is_being_edited_is_tried_again(
    ghost: FakeGhost, an_article: ArticleFactory
) -> None:
    ghost.fail_next(Reply({"errors": [{"message": "Someone else is editing this post."}]}, 409))

    with pytest.raises(PublishError, match="Someone else is editing") as failure:
        channel_of(ghost).publish(Post(an_article()))

    assert failure.value.kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize("slug", ["about", "rss"])
def test_a_slug_that_ghost_would_number_makes_one_post_all_the_same(
    ghost: FakeGhost, an_article: ArticleFactory, slug: str
) -> None:
    ghost.pages.add("about")
    channel, post = channel_of(ghost), Post(an_article(slug=slug))

    assert channel.publish(post) == channel.publish(post)

    assert [post["slug"] for post in ghost.posts] == [f"{slug}_1"]


def test_a_cover_that_the_post_has_is_not_uploaded_again(
    ghost: FakeGhost, an_article: ArticleFactory
) -> None:
    channel, article = channel_of(ghost), an_article()
    channel.publish(Post(article, b"image"))
    channel.publish(Post(article, b"image"))
    assert len(ghost.images) == 1

    another = article.image.evolve(path="articles/def456.webp")
    channel.publish(Post(article.evolve(image=another), b"another"))

    assert ghost.posts[0]["feature_image"] == f"{ghost.url}/img/def456.webp"
