"""What every channel promises, whichever it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes.api_server import serving
from fakes.channels import ARTICLE, SUBJECTS, Subject, name_of

from scribe_dagster.config import Settings
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.drivers.registry import PluginGroup, load
from scribe_dagster.testing import ChannelContract, Memory


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


@pytest.fixture
def memory(subject: Subject) -> Memory:
    return subject.memory


class TestEveryBuiltInChannel(ChannelContract):
    """The promises that plugins can test as well."""


def test_it_is_registered_under_its_own_name(subject: Subject) -> None:
    assert load(PluginGroup.CHANNELS, subject.driver.name) is subject.driver


def test_importing_it_is_cheap(subject: Subject) -> None:
    heavy = "{'jinja2', 'nh3', 'babel', 'filelock', 'httpx2', 'dagster', 'sqlalchemy'}"
    program = f"import sys, {subject.driver.__module__}; sys.exit(str({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert run.stderr.strip() == "set()"


def test_a_receipt_tells_where_the_article_is(channel: Channel) -> None:
    receipt = channel.publish(Post(ARTICLE))

    assert receipt.external_id or receipt.url or channel.name in ("slack", "webhook")


@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.remembers], ids=name_of)
def test_another_instance_of_it_gives_the_same_receipt(
    subject: Subject, channel: Channel, told: Settings
) -> None:
    post = Post(ARTICLE, idempotency_key="scribe-7-it")
    assert channel.publish(post) == subject.driver.from_settings(told).publish(post)


def test_text_no_document_can_hold_is_no_obstacle(channel: Channel) -> None:
    article = ARTICLE.evolve(
        title="A\x00B\x1b", content="<p>\ufffe &#1;</p>", author="C\ud800", description="D\ud800"
    )
    channel.publish(Post(article))
