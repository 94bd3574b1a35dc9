"""Publish: to each channel once, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.leases import let_the_lease_run_out
from fakes.moments import just_before
from fakes.payloads import a_request, a_written_payload
from fakes.runs import STAGES
from sqlalchemy import update

from scribe_dagster.config import Settings
from scribe_dagster.db import schema
from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.models import PublishLogRow
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import ChannelCall, PublicationStatus, Receipt
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.drivers.publishers.dry_run import DryRun
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import (
    CannotTell,
    ErrorKind,
    Fenced,
    MissingInput,
    NotTaken,
    NotUnderstood,
    PublishError,
)
from scribe_dagster.ops.publish import publish
from scribe_dagster.ops.publish_once import UNDER_WAY, publish_again


@dataclass
class FakeChannel:
    """Takes articles; fails with what it is told to fail with, before or after taking them."""

    name: str
    has: set[int] = field(default_factory=set)
    calls: int = 0
    fails: list[Exception] = field(default_factory=list)
    takes_and_fails: bool = False
    can_be_asked: bool = True
    keys: list[str] = field(default_factory=list)
    links: list[str | None] = field(default_factory=list)
    prepares: Callable[[], object] = lambda: None

    def publish(self, post: Post) -> Receipt:
        self.prepares()
        post.confirm()
        self.calls += 1
        self.keys.append(post.idempotency_key)
        self.links.append(post.link)
        if self.fails:
            if self.takes_and_fails:
                self.has.add(post.article.id)
            raise self.fails.pop(0)
        self.has.add(post.article.id)
        return self._receipt(post.article)

    def dry_run(self, post: Post) -> dict[str, str]:
        return {"title": post.article.title}

    def find(self, article: Article) -> Receipt | None:
        if not self.can_be_asked:
            raise CannotTell
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

    def send(
        *channels: FakeChannel,
        payload: ContentPayload = payload,
        ledger: PublicationLedger | None = None,
    ) -> StageResult:
        return publish(
            payload,
            articles=articles,
            image_store=ImageStore.from_settings(settings),
            channels=channels,
            ledger=ledger or PublicationLedger(store),
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


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (PublishError("no such chat"), PublicationStatus.FAILURE),
        (PublishError("timed out", kind=ErrorKind.TRANSIENT), PublicationStatus.UNKNOWN),
        (NotUnderstood("the answer is no JSON"), PublicationStatus.UNKNOWN),
        (NotTaken("slow down", kind=ErrorKind.TRANSIENT), PublicationStatus.FAILURE),
        (RuntimeError("bug"), PublicationStatus.UNKNOWN),
    ],
)
def test_only_a_refusal_tells_for_certain_that_nothing_has_arrived(
    send: Callable[..., StageResult], store: Database, error: Exception, known: PublicationStatus
) -> None:
    with pytest.raises(PublishError):
        send(FakeChannel("one", fails=[error]))

    entry = PublicationLedger(store).entry(THE_ARTICLE, "one")
    assert entry is not None
    assert entry.publication.status is known


def test_an_article_whose_cover_is_lost_is_published_without_it(
    send: Callable[..., StageResult], store: Database
) -> None:
    lost = StoredImage(path="articles/lost.png", media_type="image/png", width=1, height=1, size=1)
    payload = a_written_payload("Coverless").evolve(image=lost)
    payload = payload.evolve(article_id=ArticleStore(store).create(payload).id)

    result = send(FakeChannel("one"), payload=payload)

    assert result.message == "1 channel, without the cover, whose file is lost"


def test_a_channel_that_was_left_in_doubt_and_is_configured_no_more_is_not_forgotten(
    send: Callable[..., StageResult],
) -> None:
    lost = PublishError("no answer in time", kind=ErrorKind.TRANSIENT)
    with pytest.raises(PublishError):
        send(FakeChannel("one", fails=[lost]))

    result = send(FakeChannel("two"))

    assert result.message == (
        "1 channel; whether one has it is not known: scribe-dagster publish 1 --channels one"
    )


def test_without_channels_there_is_nothing_to_do(send: Callable[..., StageResult]) -> None:
    assert send().outcome is StageOutcome.SKIPPED


def test_without_an_article_the_order_of_the_stages_is_wrong(
    send: Callable[..., StageResult],
) -> None:
    with pytest.raises(MissingInput, match="CreateArticle before Publish"):
        send(FakeChannel("one"), payload=a_written_payload().evolve(article_id=None))


def test_a_channel_is_told_where_an_earlier_one_has_put_the_article(
    send: Callable[..., StageResult],
) -> None:
    one, two = FakeChannel("one"), FakeChannel("two")

    send(one, two)

    assert one.links == [None]
    assert two.links == ["https://one.example/the-harbour-clock-is-back"]


def test_a_dry_run_sends_nothing_and_says_what_it_would_have_sent(
    send: Callable[..., StageResult], store: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    channel = FakeChannel("one")

    result = send(DryRun(channel))

    assert (result.outcome, channel.calls) == (StageOutcome.SKIPPED, 0)
    assert result.message == "a dry run: nothing was sent to one"
    assert 'one would be sent: {"title": "The harbour clock is back"}' in caplog.text
    assert PublicationLedger(store).entry(THE_ARTICLE, "one") is None


# -- Workers that die or stall while they publish ------------------------------------------------

THE_ARTICLE = 1


@pytest.fixture
def run(store: Database) -> Callable[[], PublicationLedger]:
    """Begin a run, or take it over from a worker taken for dead; return its worker's ledger."""
    runs = RunStore(store)
    begun: list[int] = []

    def ledger_of_a_worker() -> PublicationLedger:
        if begun:
            let_the_lease_run_out(store, begun[0])
            held = runs.claim(begun[0], STAGES)
        else:
            held = runs.start(a_request(), STAGES)
            begun.append(held.run_id)
        return PublicationLedger(store).for_run(held.scope)

    return ledger_of_a_worker


def died_while_sending(
    store: Database, channel: str, *, ago: float = 0.0, ledger: PublicationLedger | None = None
) -> None:
    """Leave what somebody leaves who was killed between the note and the channel's answer."""
    (ledger or PublicationLedger(store)).sending(THE_ARTICLE, channel, None)
    with store.write() as connection:
        connection.execute(update(PublishLogRow).values(updated_at=database_time(-ago)))


def test_a_channel_gets_the_same_key_at_every_try(send: Callable[..., StageResult]) -> None:
    channel = FakeChannel("one", fails=[PublishError("busy", kind=ErrorKind.TRANSIENT)])
    with pytest.raises(PublishError):
        send(channel)

    send(channel)

    assert channel.keys == ["scribe-1-one", "scribe-1-one"]


def test_what_a_dead_worker_was_sending_is_sent_at_once_if_the_channel_does_not_have_it(
    send: Callable[..., StageResult], store: Database, run: Callable[[], PublicationLedger]
) -> None:
    died_while_sending(store, "one", ledger=run())
    channel = FakeChannel("one")

    send(channel, ledger=run())

    assert channel.calls == 1


def test_what_a_command_is_sending_is_not_sent_by_a_run_that_knows_nothing_of_its_death(
    send: Callable[..., StageResult], store: Database, run: Callable[[], PublicationLedger]
) -> None:
    died_while_sending(store, "one")
    channel = FakeChannel("one")

    with pytest.raises(PublishError, match="It may still arrive"):
        send(channel, ledger=run())

    assert channel.calls == 0


def test_what_a_dead_worker_was_sending_is_not_sent_again_if_the_channel_has_it(
    send: Callable[..., StageResult], store: Database, run: Callable[[], PublicationLedger]
) -> None:
    died_while_sending(store, "one")
    channel = FakeChannel("one", has={THE_ARTICLE})

    send(channel, ledger=run())

    assert channel.calls == 0


def test_a_channel_that_cannot_be_asked_is_given_time_before_it_is_called_again(
    send: Callable[..., StageResult], store: Database, run: Callable[[], PublicationLedger]
) -> None:
    died_while_sending(store, "one")
    channel = FakeChannel("one", can_be_asked=False)

    with pytest.raises(PublishError, match="one: article #1 was being sent") as failure:
        send(channel, ledger=run())

    assert channel.calls == 0
    assert failure.value.kind is ErrorKind.TRANSIENT
    assert failure.value.resume_after is not None
    assert failure.value.resume_after <= datetime.now(UTC) + UNDER_WAY


def test_after_that_time_people_are_asked_whether_it_has_arrived(
    send: Callable[..., StageResult], store: Database, run: Callable[[], PublicationLedger]
) -> None:
    died_while_sending(store, "one", ago=UNDER_WAY.total_seconds())
    channel = FakeChannel("one", can_be_asked=False)

    with pytest.raises(PublishError, match="publish 1 --channels one --again") as failure:
        send(channel, ledger=run())

    assert channel.calls == 0
    # No sensor tries it again by itself.
    assert failure.value.kind is ErrorKind.PERMANENT


def test_a_channel_that_cannot_be_asked_is_not_sent_it_twice_after_a_lost_answer(
    send: Callable[..., StageResult],
) -> None:
    lost = PublishError("no answer in time", kind=ErrorKind.TRANSIENT)
    channel = FakeChannel("one", can_be_asked=False, fails=[lost], takes_and_fails=True)
    with pytest.raises(PublishError):
        send(channel)

    with pytest.raises(PublishError, match="cannot be asked whether it has it"):
        send(channel)

    assert channel.calls == 1


@pytest.mark.parametrize(
    "refused", [PublishError("no"), NotTaken("busy", kind=ErrorKind.TRANSIENT)]
)
def test_what_it_has_refused_is_sent_to_it_once_more(
    send: Callable[..., StageResult], refused: PublishError
) -> None:
    channel = FakeChannel("one", can_be_asked=False, fails=[refused])
    with pytest.raises(PublishError):
        send(channel)

    assert send(channel).message == "1 channel"


def test_somebody_who_has_looked_can_have_it_sent_again(
    send: Callable[..., StageResult], store: Database
) -> None:
    died_while_sending(store, "one", ago=UNDER_WAY.total_seconds())
    channel = FakeChannel("one", can_be_asked=False)

    publish_again(Post(ArticleStore(store).get(THE_ARTICLE)), channel, PublicationLedger(store))

    assert send(channel).message == "1 channel"
    assert channel.calls == 1


def test_without_a_claim_nothing_proves_that_the_sender_is_dead(
    send: Callable[..., StageResult], store: Database
) -> None:
    died_while_sending(store, "one")
    channel = FakeChannel("one")

    with pytest.raises(PublishError, match="not sent again before"):
        send(channel)

    assert channel.calls == 0


def test_a_worker_that_wakes_when_its_run_was_taken_over_publishes_nothing(
    send: Callable[..., StageResult], run: Callable[[], PublicationLedger]
) -> None:
    stalled, others = run(), FakeChannel("one")
    channel = FakeChannel("one", prepares=lambda: send(others, ledger=run()))

    with pytest.raises(Fenced):
        send(channel, ledger=stalled)

    assert (channel.calls, others.calls) == (0, 1)


def test_a_worker_that_stalls_right_after_its_note_publishes_nothing(
    send: Callable[..., StageResult],
    run: Callable[[], PublicationLedger],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel, others = FakeChannel("one"), FakeChannel("one")
    stalled = run()
    note = stalled.sending

    def note_and_stall(*call: Any) -> ChannelCall:
        noted = note(*call)
        send(others, ledger=run())
        return noted

    monkeypatch.setattr(stalled, "sending", note_and_stall)

    with pytest.raises(Fenced):
        send(channel, ledger=stalled)

    assert (channel.calls, others.calls) == (0, 1)


def test_of_two_who_publish_at_once_outside_of_any_run_one_does(
    send: Callable[..., StageResult], store: Database
) -> None:
    channel, others = FakeChannel("one"), FakeChannel("one")

    with (
        just_before(store, "BEGIN IMMEDIATE", lambda: send(others)),
        pytest.raises(PublishError, match="Somebody else has begun to send"),
    ):
        send(channel)

    assert (channel.calls, others.calls) == (0, 1)
