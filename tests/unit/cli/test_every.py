from __future__ import annotations

from datetime import timedelta

import pytest
import typer

from scribe_dagster.cli.every import parse_every, shown_interval


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("1m", 1), ("30m", 30), (" 90 M ", 90), ("6h", 360), ("1d", 1440), ("2w", 20_160)],
)
def test_an_interval_is_read(typed: str, minutes: int) -> None:
    assert parse_every(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize("typed", ["", "30", "m", "1.5h", "-5m", "30s", "soon", "99999999d"])
def test_what_is_no_interval_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"Write 30m, 6h, 1d or 1w\."):
        parse_every(typed)


@pytest.mark.parametrize("typed", ["0m", "31d", "5w", "999999d"])
def test_an_interval_out_of_range_is_refused_with_the_range(typed: str) -> None:
    with pytest.raises(typer.BadParameter, match="at most once a minute"):
        parse_every(typed)


@pytest.mark.parametrize("typed", ["30m", "90m", "6h", "1d", "2w"])
def test_an_interval_is_shown_as_it_was_typed(typed: str) -> None:
    assert shown_interval(parse_every(typed)) == typed
