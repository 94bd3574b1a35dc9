"""Facebook: links, photos, and errors whose status says little."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes.api_server import Reply, serving
from fakes.facebook_server import FakeFacebook, graph_error

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers.facebook import FacebookChannel
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import ErrorKind, PublishError

ArticleFactory = Callable[..., Article]
LINK = "https://example.org/the-keepers"


@pytest.fixture
def facebook() -> Iterator[FakeFacebook]:
    with serving(FakeFacebook()) as server:
        yield server


@pytest.fixture
def channel(facebook: FakeFacebook) -> FacebookChannel:
    return FacebookChannel.from_settings(Settings(_env_file=None, **facebook.settings))


def test_an_article_with_a_page_is_posted_as_a_link(
    facebook: FakeFacebook, channel: FacebookChannel, an_article: ArticleFactory
) -> None:
    receipt = channel.publish(Post(an_article(), b"image", link=LINK))

    [post] = facebook.posts
    assert (post["message"], post["link"]) == ("The keepers\n\nA century of ledgers.", LINK)
    assert receipt.url == "https://www.facebook.com/101_1"


def test_an_article_without_a_page_is_posted_whole_with_its_cover(
    facebook: FakeFacebook, channel: FacebookChannel, an_article: ArticleFactory
) -> None:
    receipt = channel.publish(Post(an_article(), b"image"))

    [post] = facebook.posts
    assert post["source"] == b"image"
    assert "It was kept." in post["message"]
    assert receipt.external_id == "101_1"
    assert channel.find(an_article()) == receipt


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (graph_error(400, 4, "Application request limit reached"), ErrorKind.TRANSIENT),
        (graph_error(403, 32, "Page request limit reached"), ErrorKind.TRANSIENT),
        (graph_error(400, 2, "Service temporarily unavailable"), ErrorKind.TRANSIENT),
        (graph_error(400, 999, "Later", is_transient=True), ErrorKind.TRANSIENT),
        (graph_error(400, 190, "Error validating access token"), ErrorKind.PERMANENT),
        (graph_error(403, 200, "Permissions error"), ErrorKind.PERMANENT),
    ],
    ids=lambda value: str(value.body["error"]["code"]) if isinstance(value, Reply) else value,
)
def test_whether_trying_again_helps_is_told_by_the_code_of_the_error(
    facebook: FakeFacebook,
    channel: FacebookChannel,
    an_article: ArticleFactory,
    reply: Reply,
    kind: ErrorKind,
) -> None:
    facebook.fail_next(reply)

    with pytest.raises(PublishError) as failure:
        channel.publish(Post(an_article()))

    assert failure.value.kind is kind
    assert reply.body["error"]["message"] in str(failure.value)


def test_it_waits_as_long_as_facebooks_longest_limit(
    facebook: FakeFacebook, channel: FacebookChannel, an_article: ArticleFactory
) -> None:
    limits = [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}
              for minutes in (3, 19, 0)]  # fmt: skip
    usage = {"X-Business-Use-Case-Usage": json.dumps({"101": limits})}
    busy = graph_error(400, 80_001, "There have been too many calls to this Page account.")
    facebook.fail_next(replace(busy, headers=usage))

    with pytest.raises(PublishError) as failure:
        channel.publish(Post(an_article()))

    assert failure.value.resume_after is not None
    wait = failure.value.resume_after - datetime.now(UTC)
    assert timedelta(minutes=18) < wait <= timedelta(minutes=19)


def test_it_waits_no_longer_than_a_month(
    facebook: FakeFacebook, channel: FacebookChannel, an_article: ArticleFactory
) -> None:
    limits = [{"type": "pages", "estimated_time_to_regain_access": 99_999}]
    usage = {"X-Business-Use-Case-Usage": json.dumps({"101": limits})}
    facebook.fail_next(replace(graph_error(400, 80_001, "Too many calls."), headers=usage))

    with pytest.raises(PublishError) as failure:
        channel.publish(Post(an_article()))

    assert failure.value.resume_after is not None
    assert failure.value.resume_after - datetime.now(UTC) <= timedelta(days=30)
