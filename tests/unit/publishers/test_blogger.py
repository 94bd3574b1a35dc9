"""Blogger: posts, labels, and the service account that writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.api_server import serving
from fakes.blogger_server import FakeBlogger, google_error

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers.blogger import BloggerChannel
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import ConfigurationError, ErrorKind, PublishError

ArticleFactory = Callable[..., Article]


@pytest.fixture
def blogger() -> Iterator[FakeBlogger]:
    with serving(FakeBlogger()) as server:
        yield server


def channel_of(blogger: FakeBlogger, **settings: Any) -> BloggerChannel:
    return BloggerChannel.from_settings(
        Settings(_env_file=None, **{**blogger.settings, **settings})
    )


def test_a_post_is_written_with_its_labels(
    blogger: FakeBlogger, an_article: ArticleFactory
) -> None:
    article = an_article(tags=("sea, and more", "history", "x" * 300))

    receipt = channel_of(blogger).publish(Post(article))

    [post] = blogger.posts
    assert (post["title"], post["status"]) == ("The keepers", "LIVE")
    assert post["content"].startswith("<h2>Light</h2>")
    assert post["labels"] == ["Science", "sea and more", "history"]
    assert receipt.url == f"{blogger.url}/2026/03/1.html"


def test_a_post_is_brought_up_to_date(blogger: FakeBlogger, an_article: ArticleFactory) -> None:
    channel = channel_of(blogger)
    first = channel.publish(Post(an_article()))

    second = channel.publish(Post(an_article(content="<p>Corrected</p>")))

    assert first == second
    assert [post["content"] for post in blogger.posts] == ["<p>Corrected</p>"]


def test_another_article_of_the_same_title_is_left_alone(
    blogger: FakeBlogger, an_article: ArticleFactory
) -> None:
    channel = channel_of(blogger)
    first = channel.publish(Post(an_article(), was_sent_before=False))

    second = channel.publish(Post(an_article(id=2), was_sent_before=False))

    assert first != second
    assert len(blogger.posts) == 2


def test_a_draft_that_somebody_has_published_stays_published(
    blogger: FakeBlogger, an_article: ArticleFactory
) -> None:
    channel = channel_of(blogger, blogger_draft=True)
    assert channel.publish(Post(an_article())).url is None
    blogger.posts[0]["status"] = "LIVE"

    channel.publish(Post(an_article()))

    assert blogger.posts[0]["status"] == "LIVE"


def test_a_draft_is_published_once_that_is_wanted(
    blogger: FakeBlogger, an_article: ArticleFactory
) -> None:
    channel_of(blogger, blogger_draft=True).publish(Post(an_article()))

    channel_of(blogger).publish(Post(an_article()))

    assert [post["status"] for post in blogger.posts] == ["LIVE"]


def test_the_key_may_be_a_file_and_acts_for_whom_it_is_told(
    blogger: FakeBlogger, an_article: ArticleFactory, tmp_path: Path
) -> None:
    file = tmp_path / "key.json"
    file.write_text(blogger.settings["blogger_service_account"])
    channel = channel_of(
        blogger, blogger_service_account=str(file), blogger_subject="ida@example.org"
    )

    channel.publish(Post(an_article()))

    assert blogger.subjects == ["ida@example.org"]


@pytest.mark.parametrize("key", ["/no/such/file.json", "{}", '{"private_key": 1}', "\0", "{"])
def test_what_is_no_key_is_refused_at_the_start(blogger: FakeBlogger, key: str) -> None:
    with pytest.raises(ConfigurationError, match="BLOGGER_SERVICE_ACCOUNT is not the key"):
        channel_of(blogger, blogger_service_account=key)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("rateLimitExceeded", ErrorKind.TRANSIENT), ("forbidden", ErrorKind.PERMANENT)],
)
def test_whether_trying_again_helps_is_told_by_the_reason(
    blogger: FakeBlogger, an_article: ArticleFactory, reason: str, kind: ErrorKind
) -> None:
    blogger.fail_next(google_error(403, "Not now", reason))

    with pytest.raises(PublishError, match="Not now") as failure:
        channel_of(blogger).publish(Post(an_article()))

    assert failure.value.kind is kind


def test_a_title_holds_no_markup_and_is_found_however_blogger_writes_it(
    blogger: FakeBlogger, an_article: ArticleFactory
) -> None:
    channel, post = channel_of(blogger), Post(an_article(title="Q & A: <script>"))
    receipt = channel.publish(post)
    assert "<" not in blogger.posts[0]["title"]
    blogger.posts[0]["title"] = "Q &amp; A: &lt;script&gt;"

    assert channel.publish(post) == receipt
