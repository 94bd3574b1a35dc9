"""WordPress: what it is sent, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from fakes.api_server import Reply, serving
from fakes.wordpress_server import FakeWordPress

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.category import Category
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.wordpress import WordPressChannel
from scribe_dagster.errors import ConfigurationError, ErrorKind, PublishError

ArticleFactory = Callable[..., Article]


@pytest.fixture
def wordpress() -> Iterator[FakeWordPress]:
    with serving(FakeWordPress()) as server:
        yield server


def channel_of(wordpress: FakeWordPress, **settings: Any) -> WordPressChannel:
    return WordPressChannel.from_settings(
        Settings(_env_file=None, **{**wordpress.settings, **settings})
    )


def test_a_post_is_written_under_the_articles_slug_with_what_belongs_to_it(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    channel_of(wordpress).publish(Post(an_article(), b"image"))

    [post] = wordpress.posts
    [media] = wordpress.media
    assert post["slug"] == "the-keepers"
    assert post["excerpt"] == "A century of ledgers."
    assert post["status"] == "publish"
    assert post["featured_media"] == media["id"]
    assert (media["data"], media["mime_type"]) == (b"image", "image/webp")
    assert media["alt_text"] == "A lighthouse at night"
    assert post["categories"] == [term["id"] for term in wordpress.categories]
    assert [term["name"] for term in wordpress.tags] == ["sea", "history"]


def test_an_image_without_words_is_described_by_the_title(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    article = an_article()
    assert article.image is not None

    channel_of(wordpress).publish(Post(article.evolve(image=article.image.evolve(alt="")), b"x"))

    assert wordpress.media[0]["alt_text"] == "The keepers"


def test_an_image_that_was_uploaded_by_an_earlier_try_is_used_again(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    channel, post = channel_of(wordpress), Post(an_article(), b"image")
    wordpress.posts_refused = True
    with pytest.raises(PublishError):
        channel.publish(post)
    wordpress.posts_refused = False

    channel.publish(post)

    assert (len(wordpress.media), len(wordpress.posts)) == (1, 1)


@pytest.mark.parametrize("name", ["Arts & Crafts", "ÉCOLE", "<b>Bold</b>"])
def test_a_term_that_exists_is_found_by_its_name_however_it_is_spelt(
    wordpress: FakeWordPress, an_article: ArticleFactory, name: str
) -> None:
    channel = channel_of(wordpress)
    channel.publish(Post(an_article(tags=(name,))))

    channel.publish(Post(an_article(tags=(name.lower(), name))))

    assert len(wordpress.tags) == 1
    assert wordpress.posts[0]["tags"] == [wordpress.tags[0]["id"]]


@pytest.mark.parametrize("name", ["<canvas>", "<!-- note", "5 < 6 & 7"])
def test_a_term_that_looks_like_markup_keeps_its_name(
    wordpress: FakeWordPress, an_article: ArticleFactory, name: str
) -> None:
    channel_of(wordpress).publish(Post(an_article(tags=(name,))))

    assert [unescape(tag["name"]) for tag in wordpress.tags] == [name]


def test_a_term_is_found_among_hundreds_whose_names_hold_its_own(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    wordpress.categories += [{"id": n, "name": f"Aerospace {n}"} for n in range(1_000, 1_150)]
    wordpress.categories.append({"id": 77, "name": "Space"})

    channel_of(wordpress).publish(Post(an_article(category=Category(id=1, name="space"))))

    assert wordpress.posts[0]["categories"] == [77]


def test_a_term_that_somebody_else_creates_at_the_same_moment_is_taken(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    channel_of(wordpress).publish(Post(an_article()))
    wordpress.term_search_is_stale = True

    channel_of(wordpress).publish(Post(an_article()))

    assert len(wordpress.tags) == 2


def test_what_an_editor_hid_is_not_shown_by_a_channel_that_writes_drafts(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    channel = channel_of(wordpress, wordpress_status="draft")
    channel.publish(Post(an_article()))
    wordpress.posts[0]["status"] = "private"

    channel.publish(Post(an_article(title="Corrected")))

    assert wordpress.posts[0]["status"] == "private"
    assert wordpress.posts[0]["title"] == "Corrected"


def test_a_post_of_that_slug_that_says_something_else_is_not_taken_for_the_article(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    channel = channel_of(wordpress)
    receipt = channel.publish(Post(an_article(title="Of another year")))

    assert channel.find(an_article()) is None

    assert channel.publish(Post(an_article())) == receipt
    assert channel.find(an_article()) == receipt


def test_a_wordpress_with_plain_permalinks_is_asked_in_the_query(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    wordpress.pretty = False

    receipt = channel_of(wordpress).publish(Post(an_article(), b"image"))

    assert channel_of(wordpress).find(an_article()) == receipt


def test_an_address_where_no_wordpress_is_says_so(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    elsewhere = channel_of(wordpress, wordpress_url=f"{wordpress.url}/nothing")
    wordpress.pretty = False
    wordpress.answer = lambda call: Reply(b"<h1>Welcome</h1>")  # type: ignore[method-assign]

    with pytest.raises(PublishError, match="Check WORDPRESS_URL"):
        elsewhere.publish(Post(an_article()))


def test_markup_in_a_title_or_a_summary_is_shown_and_never_runs(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    written = "How <script> & <b> came to be"
    article = an_article(title=written, description=written)

    receipt = channel_of(wordpress).publish(Post(article))

    [post] = wordpress.posts
    assert post["title"] == post["excerpt"] == "How &lt;script&gt; &amp; &lt;b&gt; came to be"
    assert channel_of(wordpress).find(article) == receipt


def test_a_shortcode_in_an_article_is_no_shortcode_of_the_site(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    channel_of(wordpress).publish(Post(an_article(content='<p>[audio src="x.mp3"] [1]</p>')))

    content = wordpress.posts[0]["content"]
    assert "[" not in content
    assert unescape(content) == '<p>[audio src="x.mp3"] [1]</p>'


@pytest.mark.parametrize("slug", ["2024", "feed", "atom"])
def test_a_slug_that_wordpress_keeps_for_itself_makes_one_post_all_the_same(
    wordpress: FakeWordPress, an_article: ArticleFactory, slug: str
) -> None:
    channel, post = channel_of(wordpress), Post(an_article(slug=slug))

    assert channel.publish(post) == channel.publish(post) == channel.find(post.article)

    assert len(wordpress.posts) == 1


@pytest.mark.parametrize("status", ["draft", "pending", "private"])
def test_what_readers_cannot_open_is_no_address_to_link_to(
    wordpress: FakeWordPress, an_article: ArticleFactory, status: str
) -> None:
    receipt = channel_of(wordpress, wordpress_status=status).publish(Post(an_article()))

    assert (receipt.url, receipt.external_id) == (None, str(wordpress.posts[0]["id"]))


@pytest.mark.parametrize("tags", [(), ("sea",)])
def test_a_login_that_wordpress_does_not_know_is_named_as_the_cause(
    wordpress: FakeWordPress, an_article: ArticleFactory, tags: tuple[str, ...]
) -> None:
    channel = channel_of(wordpress, wordpress_app_password="revoked")

    with pytest.raises(PublishError, match="Check WORDPRESS_USERNAME and WORDPRESS_APP_PASSWORD"):
        channel.publish(Post(an_article(category=None, tags=tags)))


def test_a_type_of_file_that_wordpress_never_takes_is_not_sent_again_and_again(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    article = an_article()
    cover = article.image.evolve(path="articles/a.avif", media_type="image/avif")

    with pytest.raises(PublishError, match="IMAGE_FORMAT") as refused:
        channel_of(wordpress).publish(Post(article.evolve(image=cover), b"image"))

    assert refused.value.kind is ErrorKind.PERMANENT


def test_warnings_of_php_before_every_answer_are_named_as_a_cause(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    channel = channel_of(wordpress)
    wordpress.answer = lambda call: Reply(b"<br /><b>Warning</b>: in x.php<br />[]")  # type: ignore[method-assign]

    with pytest.raises(PublishError, match="PHP writes warnings"):
        channel.publish(Post(an_article()))


def test_scripts_are_left_out(wordpress: FakeWordPress, an_article: ArticleFactory) -> None:
    article = an_article(content="<p>Kept</p><script>alert(1)</script>")

    channel_of(wordpress).publish(Post(article))

    assert wordpress.posts[0]["content"] == "<p>Kept</p>"


def test_an_upload_that_is_refused_keeps_the_post_back_and_says_what_to_do(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    channel = channel_of(wordpress)
    channel.publish(Post(an_article(slug="other")))
    wordpress.fail_next(Reply(b"<h1>Too large</h1>", 413))

    with pytest.raises(PublishError, match="IMAGE_MAX_WIDTH"):
        channel.publish(Post(an_article(), b"image"))

    assert [post["slug"] for post in wordpress.posts] == ["other"]


def test_a_busy_server_is_given_the_time_it_asks_for(
    wordpress: FakeWordPress, an_article: ArticleFactory
) -> None:
    wordpress.fail_next(Reply({"message": "Busy."}, 503, {"Retry-After": "60"}))

    with pytest.raises(PublishError) as failure:
        channel_of(wordpress).publish(Post(an_article()))

    assert failure.value.kind is ErrorKind.TRANSIENT
    assert failure.value.resume_after is not None
    assert failure.value.resume_after - failure.value.resume_after.now(
        failure.value.resume_after.tzinfo
    ) < timedelta(seconds=61)


def test_an_address_that_is_none_is_refused_at_the_start(wordpress: FakeWordPress) -> None:
    with pytest.raises(ValueError, match="not an address such as"):
        channel_of(wordpress, wordpress_url="example.org")


def test_what_is_missing_is_named_all_at_once() -> None:
    with pytest.raises(ConfigurationError, match="WORDPRESS_URL and WORDPRESS_USERNAME and"):
        WordPressChannel.from_settings(Settings(_env_file=None))


@pytest.mark.parametrize("language", ["ar", "he", "fa-IR", "ur_PK"])
def test_a_text_from_right_to_left_says_so_on_a_site_of_another_language(
    wordpress: FakeWordPress, an_article: ArticleFactory, language: str
) -> None:
    article = an_article(language=language, content="<p>عادت الساعة.</p>")

    channel_of(wordpress).publish(Post(article))

    [post] = wordpress.posts
    assert post["content"] == f'<div dir="rtl" lang="{language}">\n<p>عادت الساعة.</p>\n</div>'


@pytest.mark.parametrize("language", ["en", "pt-BR", None, "no language"])
def test_any_other_text_goes_as_it_is(
    wordpress: FakeWordPress, an_article: ArticleFactory, language: str | None
) -> None:
    channel_of(wordpress).publish(Post(an_article(language=language, content="<p>Light.</p>")))

    assert wordpress.posts[0]["content"] == "<p>Light.</p>"
