"""What every channel promises, whichever it is."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.log import LogChannel
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.drivers.publishers.site import SiteChannel
from scribe_dagster.drivers.registry import PluginGroup, load

CAN_BE_ASKED = {SiteChannel}
"""Channels that can tell whether they hold an article."""

ARTICLE = Article(
    id=7,
    slug="the-keepers",
    title="The keepers",
    content="<p>Light kept.</p>",
    source_url="https://example.org/keepers",
    written_by="local (extractive)",
    created_at=datetime(2026, 3, 12, 9, 30, tzinfo=UTC),
)


@pytest.fixture(params=[LogChannel, SiteChannel], ids=lambda driver: driver.name)
def driver(request: pytest.FixtureRequest) -> type[Channel]:
    return request.param


@pytest.fixture
def channel(driver: type[Channel], tmp_path: Path) -> Channel:
    return driver.from_settings(Settings(_env_file=None, scribe_home=tmp_path))


def test_it_is_registered_under_its_own_name(driver: type[Channel]) -> None:
    assert load(PluginGroup.CHANNELS, driver.name) is driver


def test_importing_it_is_cheap(driver: type[Channel]) -> None:
    heavy = "{'jinja2', 'nh3', 'babel', 'filelock', 'dagster', 'sqlalchemy'}"
    program = f"import sys, {driver.__module__}; sys.exit(str({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert run.stderr.strip() == "set()"


def test_publishing_gives_a_receipt_by_which_the_article_is_known(channel: Channel) -> None:
    receipt = channel.publish(Post(ARTICLE))
    assert receipt.external_id == ARTICLE.slug


def test_publishing_twice_gives_the_same_receipt(channel: Channel) -> None:
    assert channel.publish(Post(ARTICLE)) == channel.publish(Post(ARTICLE))


def test_another_instance_of_it_gives_the_same_receipt(
    driver: type[Channel], channel: Channel, tmp_path: Path
) -> None:
    other = driver.from_settings(Settings(_env_file=None, scribe_home=tmp_path))
    assert channel.publish(Post(ARTICLE)) == other.publish(Post(ARTICLE))


def test_an_article_that_was_never_published_is_not_found(channel: Channel) -> None:
    channel.publish(Post(ARTICLE))
    assert channel.find(ARTICLE.evolve(id=8, slug="another")) is None


def test_nothing_is_found_on_a_channel_never_used(channel: Channel) -> None:
    assert channel.find(ARTICLE) is None


def test_finding_gives_what_publishing_gave(channel: Channel) -> None:
    receipt = channel.publish(Post(ARTICLE))
    expected: Receipt | None = receipt if type(channel) in CAN_BE_ASKED else None
    assert channel.find(ARTICLE) == expected


def test_an_article_may_come_without_its_image_data(channel: Channel) -> None:
    image = {"path": "articles/a.webp", "media_type": "image/webp"}
    article = ARTICLE.evolve(image={**image, "width": 4, "height": 3, "size": 10})
    assert channel.publish(Post(article, image_data=None)).external_id == article.slug


def test_text_no_document_can_hold_is_no_obstacle(channel: Channel) -> None:
    article = ARTICLE.evolve(title="A\x00B\x1b", content="<p>\ufffe &#1;</p>", author="C\ud800")
    assert channel.publish(Post(article)).external_id == article.slug
