"""What every channel promises, whichever it is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes.api_server import serving
from fakes.channels import ARTICLE, SUBJECTS, Memory, Subject, name_of

from scribe_dagster.config import Settings
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.drivers.registry import PluginGroup, load
from scribe_dagster.errors import CannotTell


@pytest.fixture(params=SUBJECTS, ids=name_of)
def subject(request: pytest.FixtureRequest) -> Subject:
    return request.param


@pytest.fixture
def told(subject: Subject, tmp_path: Path) -> Iterator[Settings]:
    with ExitStack() as stack:
        service = stack.enter_context(serving(subject.service())) if subject.service else None
        yield Settings(
            _env_file=None, scribe_home=tmp_path, **(service.settings if service else {})
        )


@pytest.fixture
def channel(subject: Subject, told: Settings) -> Channel:
    return subject.driver.from_settings(told)


def test_it_is_registered_under_its_own_name(subject: Subject) -> None:
    assert load(PluginGroup.CHANNELS, subject.driver.name) is subject.driver


def test_importing_it_is_cheap(subject: Subject) -> None:
    heavy = "{'jinja2', 'nh3', 'babel', 'filelock', 'httpx2', 'dagster', 'sqlalchemy'}"
    program = f"import sys, {subject.driver.__module__}; sys.exit(str({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert run.stderr.strip() == "set()"


def test_publishing_gives_a_receipt(channel: Channel) -> None:
    receipt = channel.publish(Post(ARTICLE))
    assert receipt.external_id or receipt.url or channel.name in ("slack", "webhook")


@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.remembers], ids=name_of)
def test_publishing_twice_gives_the_same_receipt(subject: Subject, channel: Channel) -> None:
    post = Post(ARTICLE, idempotency_key="scribe-7-it")
    assert channel.publish(post) == channel.publish(post)


@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.remembers], ids=name_of)
def test_another_instance_of_it_gives_the_same_receipt(
    subject: Subject, channel: Channel, told: Settings
) -> None:
    post = Post(ARTICLE, idempotency_key="scribe-7-it")
    assert channel.publish(post) == subject.driver.from_settings(told).publish(post)


def test_an_article_that_was_never_published_is_not_found(
    subject: Subject, channel: Channel
) -> None:
    channel.publish(Post(ARTICLE))
    another = ARTICLE.evolve(id=8, slug="another", title="Another")

    if subject.memory is Memory.NONE:
        with pytest.raises(CannotTell):
            channel.find(another)
    else:
        assert channel.find(another) is None


def test_nothing_is_found_on_a_channel_never_used(subject: Subject, channel: Channel) -> None:
    if subject.memory is Memory.NONE:
        with pytest.raises(CannotTell):
            channel.find(ARTICLE)
    else:
        assert channel.find(ARTICLE) is None


def test_finding_gives_what_publishing_gave(subject: Subject, channel: Channel) -> None:
    receipt = channel.publish(Post(ARTICLE))

    match subject.memory:
        case Memory.CAN_BE_ASKED | Memory.HAS_TO_BE_ASKED:
            assert channel.find(ARTICLE) == receipt
        case Memory.MAKES_NO_DIFFERENCE:
            assert channel.find(ARTICLE) is None
        case Memory.NONE:
            with pytest.raises(CannotTell):
                channel.find(ARTICLE)


def test_an_article_may_come_without_its_image_data(channel: Channel) -> None:
    image = {"path": "articles/a.webp", "media_type": "image/webp"}
    article = ARTICLE.evolve(image={**image, "width": 4, "height": 3, "size": 10})
    channel.publish(Post(article, image_data=None))


def test_text_no_document_can_hold_is_no_obstacle(channel: Channel) -> None:
    article = ARTICLE.evolve(
        title="A\x00B\x1b", content="<p>\ufffe &#1;</p>", author="C\ud800", description="D\ud800"
    )
    channel.publish(Post(article))


def test_what_it_would_send_can_be_shown_beforehand(channel: Channel) -> None:
    shown = json.dumps(channel.dry_run(Post(ARTICLE)))

    assert ARTICLE.title in shown
