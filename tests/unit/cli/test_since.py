from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
import typer

from scribe_dagster.cli.since import parse_since

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is noon in London, and we are in New York."""
    with monkeypatch.context() as environment:
        environment.setenv("TZ", "EST5")
        time.tzset()
        with time_machine.travel(NOON.timestamp(), tick=False):
            yield
    time.tzset()


@pytest.mark.parametrize(
    ("typed", "ago"),
    [
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        (" 2 H ", timedelta(hours=2)),
        ("0m", timedelta()),
    ],
)
def test_a_number_with_a_unit_is_that_long_ago(typed: str, ago: timedelta) -> None:
    assert parse_since(typed) == NOON - ago


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-03-11T08:30:00Z", datetime(2026, 3, 11, 8, 30, tzinfo=UTC)),
        ("2026-03-11T08:30+01:00", datetime(2026, 3, 11, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_with_a_zone_is_that_moment(typed: str, moment: datetime) -> None:
    assert parse_since(typed) == moment


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-03-11", datetime(2026, 3, 11, 5, 0, tzinfo=UTC)),
        ("2026-03-11 08:30", datetime(2026, 3, 11, 13, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_local(typed: str, moment: datetime) -> None:
    assert parse_since(typed) == moment


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "yesterday",
        "2",
        "h",
        "-2h",
        "2y",
        "1.5h",
        "2026-13-01",
        "999999w",
        "0001-01-01T00:00+23:59",
    ],
)
def test_anything_else_is_refused_with_the_forms_there_are(typed: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is not a valid time\. Write 90m, 2h, 3d, or"):
        parse_since(typed)
