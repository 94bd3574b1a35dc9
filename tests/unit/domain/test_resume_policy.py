"""When a failed run is resumed without anybody asking for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.resume_policy import ResumePolicy
from scribe_dagster.errors import ErrorKind

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RATE_LIMITED = Failure("rate limited", ErrorKind.TRANSIENT)

AT_ONCE = ResumePolicy(first_delay=MINUTE, chance=lambda: 0.0)
LATEST = ResumePolicy(first_delay=MINUTE, chance=lambda: 1.0)


def wait(policy: ResumePolicy, resumed_before: int, failure: Failure = RATE_LIMITED) -> timedelta:
    at = policy.resume_at(failure, resumed_before=resumed_before, now=NOON)
    assert at is not None
    return at - NOON


@pytest.mark.parametrize("kind", [ErrorKind.TRANSIENT, ErrorKind.LOST_WORKER])
def test_what_may_succeed_if_tried_again_is_tried_again(kind: ErrorKind) -> None:
    assert wait(LATEST, 0, Failure("broken", kind)) == MINUTE


@pytest.mark.parametrize("kind", [ErrorKind.PERMANENT, ErrorKind.QUOTA, ErrorKind.FENCED])
def test_what_would_fail_again_is_left_to_people(kind: ErrorKind) -> None:
    failure = Failure("broken", kind, resume_after=NOON + MINUTE)

    assert LATEST.resume_at(failure, resumed_before=0, now=NOON) is None


def test_what_somebody_stopped_is_left_to_somebody() -> None:
    stopped = Failure("interrupted", ErrorKind.LOST_WORKER, deliberate=True)

    assert LATEST.resume_at(stopped, resumed_before=0, now=NOON) is None


def test_the_wait_doubles_each_time() -> None:
    patient = ResumePolicy(limit=9, first_delay=MINUTE, chance=lambda: 1.0)

    assert [wait(patient, before) / MINUTE for before in range(5)] == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("resumed_before", [9, 20, 21, 10_000])
def test_the_wait_does_not_double_for_ever(resumed_before: int) -> None:
    tireless = ResumePolicy(limit=100_000, first_delay=timedelta(days=1), chance=lambda: 1.0)

    assert wait(tireless, resumed_before) == timedelta(hours=6)


def test_the_wait_is_spread_over_its_second_half() -> None:
    assert (wait(AT_ONCE, 2), wait(LATEST, 2)) == (2 * MINUTE, 4 * MINUTE)
    spread = {wait(ResumePolicy(), 0) for _ in range(100)}
    assert len(spread) > 90
    assert min(spread) >= MINUTE / 2
    assert max(spread) <= MINUTE


@pytest.mark.parametrize(("resumed_before", "is_resumed"), [(1, True), (2, False), (3, False)])
def test_after_so_many_times_it_is_left_to_people(resumed_before: int, is_resumed: bool) -> None:
    policy = ResumePolicy(limit=2)

    at = policy.resume_at(RATE_LIMITED, resumed_before=resumed_before, now=NOON)

    assert (at is not None) == is_resumed


def test_a_limit_of_none_leaves_everything_to_people() -> None:
    assert ResumePolicy(limit=0).resume_at(RATE_LIMITED, resumed_before=0, now=NOON) is None


def test_the_other_side_is_not_asked_before_it_said_it_would_answer() -> None:
    tomorrow = NOON + timedelta(days=1)

    assert wait(LATEST, 0, Failure("wait", ErrorKind.TRANSIENT, tomorrow)) == timedelta(days=1)


def test_the_other_side_is_not_pressed_because_it_would_answer_sooner() -> None:
    soon = NOON + timedelta(seconds=1)

    assert wait(LATEST, 0, Failure("wait", ErrorKind.TRANSIENT, soon)) == MINUTE
