from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scribe_dagster.domain.failure import Failure
from scribe_dagster.errors import (
    ErrorKind,
    Fenced,
    ModelError,
    NotMigrated,
    ScribeError,
    SourceError,
)

LATER = datetime(2026, 3, 12, 13, 0, tzinfo=UTC)


def test_an_error_of_our_own_speaks_for_itself() -> None:
    error = ModelError("OpenAI API error [429]: rate limited", kind=ErrorKind.TRANSIENT)

    assert Failure.of(error) == Failure("OpenAI API error [429]: rate limited", ErrorKind.TRANSIENT)


def test_an_error_of_our_own_without_a_message_has_that_of_its_class() -> None:
    assert Failure.of(SourceError()).message == "The source could not be read."


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("no such page"), "ValueError: no such page"),
        (ValueError(), "ValueError"),
        (KeyError("title"), "KeyError: 'title'"),
        (OSError(" "), "OSError"),
    ],
)
def test_of_any_other_error_the_type_is_part_of_the_story(error: Exception, message: str) -> None:
    assert Failure.of(error) == Failure(message, ErrorKind.PERMANENT)


@pytest.mark.parametrize("error", [TimeoutError("too slow"), ConnectionResetError("gone")])
def test_a_time_out_or_a_lost_connection_may_not_happen_again(error: Exception) -> None:
    assert Failure.of(error).kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit(1)])
def test_an_interrupted_worker_is_a_lost_worker(interruption: BaseException) -> None:
    failure = Failure.of(interruption)

    assert failure.kind is ErrorKind.LOST_WORKER
    assert "was interrupted" in failure.message
    assert failure.message.endswith("Resume the run.")


@pytest.mark.parametrize("kind", ErrorKind)
def test_the_kind_of_a_stages_error_is_kept(kind: ErrorKind) -> None:
    assert Failure.of(SourceError("x", kind=kind)).kind is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [(Fenced(), ErrorKind.FENCED), (NotMigrated(), ErrorKind.PERMANENT)],
)
def test_errors_that_are_no_stages_have_a_kind_as_well(error: ScribeError, kind: ErrorKind) -> None:
    assert Failure.of(error).kind is kind


def test_when_to_try_again_is_kept() -> None:
    error = ModelError("busy", kind=ErrorKind.TRANSIENT, resume_after=LATER)

    assert Failure.of(error).resume_after == LATER


def test_secrets_are_taken_out_of_the_message() -> None:
    error = ValueError("https://ida:pass1234@example.org refused correct-horse")

    message = Failure.of(error, secrets=["correct-horse"]).message

    assert "pass1234" not in message
    assert "correct-horse" not in message


def test_a_secret_is_not_hidden_by_characters_that_are_dropped() -> None:
    error = ValueError("the key correct-\x00horse is wrong")

    assert "correct-horse" not in Failure.of(error, secrets=["correct-horse"]).message


def test_what_no_database_can_hold_is_dropped() -> None:
    assert Failure.of(ModelError("a\x00b\ud800c\n")).message == "abc"


def test_a_message_of_any_length_is_bounded() -> None:
    message = Failure.of(ModelError("x" * 10_000)).message

    assert len(message) == 2_000
    assert message.endswith("x…")
