"""An article on the real service: no fake, no protocol server.

A channel is skipped unless the environment holds its settings, each behind SCRIBE_TEST_:

    SCRIBE_TEST_BLUESKY_URL=http://localhost:2583 SCRIBE_TEST_BLUESKY_HANDLE=keepers.test
    SCRIBE_TEST_BLUESKY_APP_PASSWORD=abcd-efgh-ijkl-mnop
    SCRIBE_TEST_GHOST_URL=http://127.0.0.1:2368 SCRIBE_TEST_GHOST_ADMIN_API_KEY=64f1...:ab12...

It really posts: name a server or an account that is there for tests.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from io import BytesIO

import pytest
from fakes.channels import ARTICLE, SUBJECTS, Memory, Subject, name_of
from PIL import Image

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.errors import ConfigurationError

pytestmark = [
    pytest.mark.real_channel,
    pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.service], ids=name_of),
]

_PREFIX = "SCRIBE_TEST_"


@pytest.fixture
def channel(subject: Subject) -> Channel:
    told = {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(_PREFIX + subject.driver.name.upper())
    }
    try:
        return subject.driver.from_settings(Settings(_env_file=None, **told))
    except ConfigurationError:
        pytest.skip(f"no {_PREFIX}* names an account of it")


@pytest.fixture
def post() -> Post:
    """One that was never sent, and holds what services stumble over."""
    data, now = BytesIO(), datetime.now(UTC)
    Image.new("RGB", (1200, 630), (now.microsecond % 256, 40, 60)).save(data, "WEBP")
    cover = {"path": f"articles/{now:%H%M%S%f}.webp", "media_type": "image/webp"}
    article: Article = ARTICLE.evolve(
        id=now.microsecond,
        slug=f"the-keepers-{now:%H%M%S%f}",
        title=f"The “keepers” & <their> 灯塔 🎉 {now:%H:%M:%S.%f}",
        description="A century of ledgers. " * 40,
        content="<h2>Light</h2><p>It was <em>kept</em> &amp; 1 &lt; 2.</p><ul><li>one</li></ul>",
        category=Category(id=3, name="Arts & Crafts"),
        tags=("Sea", "C++", "Möwen", "a tag of quite a few words, and a comma"),
        language="en_US",
        created_at=now,
        image=StoredImage(**cover, width=1200, height=630, size=1, alt="A lighthouse & <keepers>"),
    )
    return Post(article, data.getvalue(), idempotency_key=f"scribe-{article.slug}")


def test_it_takes_whatever_an_article_holds(subject: Subject, channel: Channel, post: Post) -> None:
    receipt = channel.publish(post)

    assert receipt.external_id or subject.driver.name == "slack"
    if subject.memory in (Memory.CAN_BE_ASKED, Memory.HAS_TO_BE_ASKED):
        assert channel.find(post.article) == receipt
    if subject.remembers:
        assert channel.publish(post) == receipt


def test_it_does_not_find_what_was_never_sent(
    subject: Subject, channel: Channel, post: Post
) -> None:
    if subject.memory is Memory.NONE:
        pytest.skip("it cannot be asked")

    assert channel.find(post.article) is None
