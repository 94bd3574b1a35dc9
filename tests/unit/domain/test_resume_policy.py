"""When a failed run is resumed without anybody asking for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scribe_dagster.domain.backoff import Backoff
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.resume_policy import ResumePolicy
from scribe_dagster.errors import ErrorKind

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RATE_LIMITED = Failure("rate limited", ErrorKind.TRANSIENT)

LATEST = ResumePolicy(backoff=Backoff(MINUTE, chance=lambda: 1.0))


def wait(policy: ResumePolicy, resumed_before: int, failure: Failure = RATE_LIMITED) -> timedelta:
    waits = policy.wait(failure, resumed_before=resumed_before, now=NOON)
    assert waits is not None
    return waits


@pytest.mark.parametrize("kind", [ErrorKind.TRANSIENT, ErrorKind.LOST_WORKER])
def test_what_may_succeed_if_tried_again_is_tried_again(kind: ErrorKind) -> None:
    assert wait(LATEST, 0, Failure("broken", kind)) == MINUTE


def test_a_budget_that_is_there_again_at_midnight_is_waited_for() -> None:
    spent = Failure("spent", ErrorKind.QUOTA, resume_after=NOON + 12 * 60 * MINUTE)

    assert wait(LATEST, 0, spent) == timedelta(hours=12)


def test_credit_that_somebody_has_to_add_is_left_to_somebody() -> None:
    assert LATEST.wait(Failure("no credit", ErrorKind.QUOTA), resumed_before=0, now=NOON) is None


@pytest.mark.parametrize("kind", [ErrorKind.PERMANENT, ErrorKind.FENCED])
def test_what_would_fail_again_is_left_to_people(kind: ErrorKind) -> None:
    failure = Failure("broken", kind, resume_after=NOON + MINUTE)

    assert LATEST.wait(failure, resumed_before=0, now=NOON) is None


def test_what_somebody_stopped_is_left_to_somebody() -> None:
    stopped = Failure("interrupted", ErrorKind.LOST_WORKER, deliberate=True)

    assert LATEST.wait(stopped, resumed_before=0, now=NOON) is None


def test_the_wait_grows_with_every_resume_in_a_row() -> None:
    assert [wait(LATEST, before) / MINUTE for before in range(3)] == [1, 2, 4]


@pytest.mark.parametrize(("resumed_before", "is_resumed"), [(1, True), (2, False), (3, False)])
def test_after_so_many_times_it_is_left_to_people(resumed_before: int, is_resumed: bool) -> None:
    policy = ResumePolicy(limit=2)

    waits = policy.wait(RATE_LIMITED, resumed_before=resumed_before, now=NOON)

    assert (waits is not None) == is_resumed


def test_a_limit_of_none_leaves_everything_to_people() -> None:
    assert ResumePolicy(limit=0).wait(RATE_LIMITED, resumed_before=0, now=NOON) is None


def test_the_other_side_is_not_asked_before_it_said_it_would_answer() -> None:
    tomorrow = NOON + timedelta(days=1)

    assert wait(LATEST, 0, Failure("wait", ErrorKind.TRANSIENT, tomorrow)) == timedelta(days=1)


def test_the_other_side_is_not_pressed_because_it_would_answer_sooner() -> None:
    soon = NOON + timedelta(seconds=1)

    assert wait(LATEST, 0, Failure("wait", ErrorKind.TRANSIENT, soon)) == MINUTE
