"""DEV: articles as Markdown, in which nothing is taken for Forem's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes.api_server import serving
from fakes.devto_server import FakeDevto

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.drivers.publishers.devto import DevtoChannel
from scribe_dagster.drivers.publishers.protocol import Post

ArticleFactory = Callable[..., Article]
LINK = "https://example.org/the-keepers"


@pytest.fixture
def devto() -> Iterator[FakeDevto]:
    with serving(FakeDevto()) as server:
        yield server


def channel_of(devto: FakeDevto, **settings: Any) -> DevtoChannel:
    return DevtoChannel.from_settings(Settings(_env_file=None, **{**devto.settings, **settings}))


def test_an_article_is_written_as_markdown_with_its_page_as_the_original(
    devto: FakeDevto, an_article: ArticleFactory
) -> None:
    article = an_article(tags=("Sea life", "C++", "history", "海", "Ships", "Light"))

    receipt = channel_of(devto).publish(Post(article, link=LINK))

    [written] = devto.written
    assert written["body_markdown"] == "## Light\n\nIt was *kept*."
    assert written["canonical_url"] == LINK
    assert written["published"] is True
    assert written["tags"] == ["sealife", "cpp", "history", "ships"]
    assert receipt.url == f"{devto.url}/keepers/1"


def test_an_article_is_brought_up_to_date(devto: FakeDevto, an_article: ArticleFactory) -> None:
    channel = channel_of(devto)
    first = channel.publish(Post(an_article()))

    second = channel.publish(Post(an_article(content="<p>Corrected</p>")))

    assert first == second
    assert channel.find(an_article()) is None
    assert [written["body_markdown"] for written in devto.written] == ["Corrected"]


def test_another_article_of_the_same_title_is_left_alone(
    devto: FakeDevto, an_article: ArticleFactory
) -> None:
    channel = channel_of(devto)
    first = channel.publish(Post(an_article(), was_sent_before=False))

    second = channel.publish(Post(an_article(id=2), was_sent_before=False))

    assert first != second
    assert len(devto.written) == 2


def test_an_article_is_found_among_many(devto: FakeDevto, an_article: ArticleFactory) -> None:
    channel = channel_of(devto)
    receipt = channel.publish(Post(an_article()))
    devto.written += [{"id": 10 + number, "title": f"Other {number}"} for number in range(250)]

    assert channel.find(an_article()) == receipt


def test_a_draft_that_somebody_has_published_stays_published(
    devto: FakeDevto, an_article: ArticleFactory
) -> None:
    channel = channel_of(devto, devto_published=False)
    channel.publish(Post(an_article()))
    assert devto.written[0]["published"] is False
    devto.written[0]["published"] = True

    channel.publish(Post(an_article()))

    assert devto.written[0]["published"] is True


@pytest.mark.parametrize(
    "content",
    ["<p>{% embed https://evil.example %}</p>", "<p>{{ page.secret }}</p>", "<hr><p>title: x</p>"],
)
def test_nothing_in_an_article_is_taken_for_liquid_or_front_matter(
    devto: FakeDevto, an_article: ArticleFactory, content: str
) -> None:
    channel_of(devto).publish(Post(an_article(content=content)))

    body = devto.written[0]["body_markdown"]
    assert "{%" not in body
    assert "{{" not in body
    assert not body.startswith("---")


def test_a_tag_is_one_that_dev_takes_and_people_use(
    devto: FakeDevto, an_article: ArticleFactory
) -> None:
    tags = ("C++", "C#", "a tag that nobody would ever write down", "F1", "灯塔")

    channel_of(devto).publish(Post(an_article(tags=tags)))

    assert devto.written[0]["tags"] == ["cpp", "csharp", "f1"]


def test_a_draft_is_no_address_to_link_to(devto: FakeDevto, an_article: ArticleFactory) -> None:
    receipt = channel_of(devto, devto_published=False).publish(Post(an_article()))

    assert (receipt.url, receipt.external_id) == (None, "1")
