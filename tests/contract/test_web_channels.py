"""What every channel promises that talks to a service on the web."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.api_server import HANG_UP, ApiServer, Reply, serving
from fakes.channels import ARTICLE, SUBJECTS, Memory, Subject, name_of

from scribe_dagster.config import Settings
from scribe_dagster.domain.redaction import redact
from scribe_dagster.drivers import http_client
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.drivers.publishers.webhook import WebhookChannel
from scribe_dagster.drivers.publishers.wordpress import WordPressChannel
from scribe_dagster.errors import (
    ConfigurationError,
    ErrorKind,
    Fenced,
    NotTaken,
    NotUnderstood,
    PublishError,
)

WEB = [subject for subject in SUBJECTS if subject.service]


@dataclass
class Line:
    """A channel, and the service at its other end."""

    subject: Subject
    service: ApiServer
    home: Path

    def channel(self, **settings: object) -> Channel:
        told = {**self.service.settings, **settings}
        return self.subject.driver.from_settings(
            Settings(_env_file=None, scribe_home=self.home, **told)
        )

    def addressed_to(self, url: str) -> Channel:
        """The channel, pointed somewhere else."""
        here = self.service.settings
        there = {
            name: value.replace(self.service.url, url)
            for name, value in here.items()
            if isinstance(value, str)
        }
        return self.channel(**there)


@pytest.fixture(params=WEB, ids=name_of)
def subject(request: pytest.FixtureRequest) -> Subject:
    return request.param


@pytest.fixture
def line(subject: Subject, tmp_path: Path) -> Iterator[Line]:
    assert subject.service is not None
    with serving(subject.service()) as service:
        yield Line(subject, service, tmp_path)


@pytest.fixture
def channel(line: Line) -> Channel:
    return line.channel()


def failing(channel: Channel, post: Post | None = None) -> PublishError:
    with pytest.raises(PublishError) as failure:
        channel.publish(post or Post(ARTICLE, idempotency_key="scribe-7-it"))
    return failure.value


def test_an_article_that_is_sent_arrives(line: Line, channel: Channel) -> None:
    channel.publish(Post(ARTICLE))

    assert line.service.articles == 1


@pytest.mark.parametrize("subject", [s for s in WEB if s.remembers], ids=name_of)
def test_an_article_sent_twice_is_there_once(line: Line, channel: Channel) -> None:
    post = Post(ARTICLE, idempotency_key="scribe-7-it")
    channel.publish(post)

    channel.publish(post)

    assert line.service.articles == 1


def test_a_service_that_is_asked_too_often_says_when_to_come_back(
    line: Line, channel: Channel
) -> None:
    line.service.fail_next(Reply({"message": "slow down"}, 429, {"Retry-After": "120"}))

    error = failing(channel)

    now = datetime.now(UTC)
    assert isinstance(error, NotTaken)
    assert error.kind is ErrorKind.TRANSIENT
    assert error.resume_after is not None
    assert now < error.resume_after <= now + timedelta(seconds=120)
    assert "[429]" in str(error)
    assert line.service.articles == 0


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_service_that_is_out_of_order_may_work_later(
    line: Line, channel: Channel, status: int
) -> None:
    line.service.fail_next(Reply(b"<h1>Bad gateway</h1>", status))

    assert failing(channel).kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_service_that_refuses_will_refuse_again(
    line: Line, channel: Channel, status: int
) -> None:
    line.service.fail_next(Reply({"message": "Not like that."}, status))

    error = failing(channel)

    assert error.kind is ErrorKind.PERMANENT
    assert f"[{status}]" in str(error)


def test_a_refusal_without_words_is_told_by_its_status(line: Line, channel: Channel) -> None:
    line.service.fail_next(Reply({}, 413))

    message = str(failing(channel))

    assert "API error [413]: Request Entity Too Large. " in message
    assert "IMAGE_MAX_WIDTH" in message


def test_what_is_advised_is_not_taken_for_a_secret(line: Line, channel: Channel) -> None:
    api = channel.api.api if isinstance(channel, WordPressChannel) else channel.api  # type: ignore[attr-defined]

    assert [redact(advice) for advice in api.advice.values()] == [*api.advice.values()]


@pytest.mark.parametrize("body", [[1], b"<h1>Please log in</h1>"])
def test_an_answer_that_is_none_of_the_services_is_no_success(
    line: Line, channel: Channel, body: object
) -> None:
    line.service.fail_next(Reply(body))

    # Of a webhook of one's own any 2xx is one, by its specification.
    if line.subject.driver is WebhookChannel:
        channel.publish(Post(ARTICLE))
    else:
        assert isinstance(failing(channel), NotUnderstood)


def test_after_an_answer_that_was_lost_nobody_thinks_that_it_was_refused(
    line: Line, channel: Channel
) -> None:
    line.service.fail_next(HANG_UP, done=True)

    error = failing(channel)

    assert not isinstance(error, NotTaken)
    assert error.kind is ErrorKind.TRANSIENT
    assert line.service.articles == 1
    if line.subject.memory in (Memory.CAN_BE_ASKED, Memory.HAS_TO_BE_ASKED):
        assert channel.find(ARTICLE) is not None


def test_a_service_that_nobody_answers_for_may_be_back_later(line: Line) -> None:
    error = failing(line.addressed_to("http://127.0.0.1:1"))

    assert isinstance(error, NotTaken)
    assert error.kind is ErrorKind.TRANSIENT
    assert "cannot be reached" in str(error)
    assert "Check the network and " in str(error)


def test_a_service_that_lets_nobody_in_has_taken_nothing(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "SECONDS_TO_WAIT", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        for _ in range(3):
            # Those that wait to be let in; whoever comes after them gets no answer at all.
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())

        error = failing(line.addressed_to(f"http://127.0.0.1:{full.getsockname()[1]}"))

    assert isinstance(error, NotTaken)
    assert error.kind is ErrorKind.TRANSIENT


def test_a_redirect_is_not_followed_but_explained(line: Line, channel: Channel) -> None:
    line.service.fail_next(Reply(b"", 301, {"Location": "https://example.org/"}))

    error = failing(channel)

    assert error.kind is ErrorKind.PERMANENT
    assert "answers at another address" in str(error)


def test_a_worker_that_lost_its_run_makes_nothing_public(line: Line, channel: Channel) -> None:
    def refuse() -> None:
        raise Fenced

    with pytest.raises(Fenced):
        channel.publish(Post(ARTICLE, confirm=refuse))

    assert line.service.articles == 0


def test_what_it_would_send_is_shown_without_calling_anybody(line: Line, channel: Channel) -> None:
    channel.dry_run(Post(ARTICLE))

    assert line.service.calls == []


def test_what_it_lacks_is_named(line: Line) -> None:
    for name, value in line.service.settings.items():
        if isinstance(value, str) and (value in line.service.secrets or name.endswith("username")):
            with pytest.raises(ConfigurationError, match=name.upper()):
                line.channel(**{name: None})


@pytest.mark.parametrize("reply", [400, 429, 500, "hang up", "unreachable", "garbled"])
def test_no_secret_is_told_whatever_goes_wrong(
    line: Line, caplog: pytest.LogCaptureFixture, reply: int | str
) -> None:
    caplog.set_level(logging.DEBUG)
    channel, echo = line.channel(), " ".join(line.service.secrets)
    match reply:
        case int():
            line.service.fail_next(Reply({"message": f"Your key {echo} is wrong"}, reply))
        case "hang up":
            line.service.fail_next(HANG_UP)
        case "garbled":
            line.service.fail_next(Reply(echo.encode()))
        case _:
            channel = line.addressed_to("http://127.0.0.1:1")

    told = [caplog.text, repr(channel)]
    try:
        channel.publish(Post(ARTICLE))
    except PublishError as error:
        told += [str(error), repr(error.__cause__), str(error.__cause__)]
    told.append(caplog.text)

    for secret in line.service.secrets:
        assert not any(secret in text for text in told)
