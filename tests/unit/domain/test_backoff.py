"""How long the next wait is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scribe_dagster.domain.backoff import Backoff

MINUTE = timedelta(minutes=1)


def test_the_wait_doubles_each_time() -> None:
    latest = Backoff(MINUTE, chance=lambda: 1.0)

    assert [latest.wait(before) / MINUTE for before in range(5)] == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("before", [9, 20, 21, 10_000])
def test_the_wait_does_not_double_for_ever(before: int) -> None:
    latest = Backoff(timedelta(days=1), longest=timedelta(hours=6), chance=lambda: 1.0)

    assert latest.wait(before) == timedelta(hours=6)


def test_the_wait_is_spread_over_its_second_half() -> None:
    soonest, latest = Backoff(MINUTE, chance=lambda: 0.0), Backoff(MINUTE, chance=lambda: 1.0)

    assert (soonest.wait(2), latest.wait(2)) == (2 * MINUTE, 4 * MINUTE)
    spread = {Backoff(MINUTE).wait(0) for _ in range(100)}
    assert len(spread) > 90
    assert min(spread) >= MINUTE / 2
    assert max(spread) <= MINUTE
