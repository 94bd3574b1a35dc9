"""Publish: to each channel once, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fakes.payloads import a_written_payload

from scribe_dagster.config import Settings
from scribe_dagster.db import schema
from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import ErrorKind, MissingInput, PublishError
from scribe_dagster.ops.publish import publish


@dataclass
class FakeChannel:
    """Takes articles; fails with what it is told to fail with, before or after taking them."""

    name: str
    has: set[int] = field(default_factory=set)
    calls: int = 0
    fails: list[Exception] = field(default_factory=list)
    takes_and_fails: bool = False

    def publish(self, post: Post) -> Receipt:
        self.calls += 1
        if self.fails:
            if self.takes_and_fails:
                self.has.add(post.article.id)
            raise self.fails.pop(0)
        self.has.add(post.article.id)
        return self._receipt(post.article)

    def find(self, article: Article) -> Receipt | None:
        return self._receipt(article) if article.id in self.has else None

    def _receipt(self, article: Article) -> Receipt:
        return Receipt(url=f"https://{self.name}.example/{article.slug}")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    schema.migrate(database)
    yield database
    database.close()


@pytest.fixture
def send(store: Database, settings: Settings) -> Callable[..., StageResult]:
    articles = ArticleStore(store)
    payload = a_written_payload()
    payload = payload.evolve(article_id=articles.create(payload).id)

    def send(*channels: FakeChannel, payload: ContentPayload = payload) -> StageResult:
        return publish(
            payload,
            articles=articles,
            image_store=ImageStore.from_settings(settings),
            channels=channels,
            ledger=PublicationLedger(store),
        )

    return send


def test_every_channel_gets_the_article_and_says_where_it_is(
    send: Callable[..., StageResult],
) -> None:
    result = send(FakeChannel("one"), FakeChannel("two"))

    assert result.message == "2 channels"
    assert [(p.channel, p.status) for p in result.payload.publications] == [
        ("one", "success"),
        ("two", "success"),
    ]
    assert (result.payload.publications[0].url or "").startswith("https://one.example/")


def test_after_a_failure_only_what_is_missing_is_sent(send: Callable[..., StageResult]) -> None:
    one, two = FakeChannel("one"), FakeChannel("two", fails=[PublishError("closed today")])
    with pytest.raises(PublishError, match=r"two: closed today.*1 published"):
        send(one, two)

    assert send(one, two).message == "2 channels"

    assert (one.calls, two.calls) == (1, 2)


@pytest.mark.parametrize(
    "error",
    [
        PublishError("no answer in time", kind=ErrorKind.TRANSIENT),
        PublishError("said no, and took it"),
        ConnectionResetError("gone"),
    ],
)
def test_a_channel_that_took_the_article_and_failed_is_not_called_again(
    send: Callable[..., StageResult], error: Exception
) -> None:
    channel = FakeChannel("one", fails=[error], takes_and_fails=True)
    with pytest.raises(PublishError):
        send(channel)

    assert send(channel).message == "1 channel"

    assert channel.calls == 1


def test_one_channel_that_fails_does_not_keep_the_article_from_the_next(
    send: Callable[..., StageResult],
) -> None:
    broken, fine = FakeChannel("one", fails=[RuntimeError("bug")]), FakeChannel("two")

    with pytest.raises(PublishError, match="RuntimeError: bug"):
        send(broken, fine)

    assert fine.has


def test_the_stage_is_worth_trying_again_if_any_channel_is(
    send: Callable[..., StageResult],
) -> None:
    hopeless = FakeChannel("one", fails=[PublishError("never")])
    busy = FakeChannel("two", fails=[PublishError("busy", kind=ErrorKind.TRANSIENT)])

    with pytest.raises(PublishError) as failure:
        send(hopeless, busy)

    assert failure.value.kind is ErrorKind.TRANSIENT


def test_an_article_whose_cover_is_lost_is_published_without_it(
    send: Callable[..., StageResult], store: Database
) -> None:
    lost = StoredImage(path="articles/lost.png", media_type="image/png", width=1, height=1, size=1)
    payload = a_written_payload("Coverless").evolve(image=lost)
    payload = payload.evolve(article_id=ArticleStore(store).create(payload).id)

    result = send(FakeChannel("one"), payload=payload)

    assert result.message == "1 channel, without the cover, whose file is lost"


def test_without_channels_there_is_nothing_to_do(send: Callable[..., StageResult]) -> None:
    assert send().outcome is StageOutcome.SKIPPED


def test_without_an_article_the_order_of_the_stages_is_wrong(
    send: Callable[..., StageResult],
) -> None:
    with pytest.raises(MissingInput, match="CreateArticle before Publish"):
        send(FakeChannel("one"), payload=a_written_payload().evolve(article_id=None))
