from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.text import one_line, storable, storable_json

anything = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    "character", ["\x00", "\x08", "\x0b", "\x1f", "\x7f", "\x9b", "\ud800", "\uffff"]
)
def test_a_character_that_some_store_cannot_hold_is_dropped(character: str) -> None:
    assert storable(f"a{character}b") == "ab"


@pytest.mark.parametrize(
    "text", ["a\tb\r\nc", "東京 ساعة é", "a\x85b", "👩‍🚀 \u200b\u00a0", "<&>\"'\\"]
)
def test_text_that_every_store_can_hold_is_left_as_it_is(text: str) -> None:
    assert storable(text) == text


@given(anything)
def test_what_is_kept_can_be_encoded_and_is_kept_the_next_time(text: str) -> None:
    kept = storable(text)

    kept.encode()
    assert storable(kept) == kept


def test_every_text_in_a_json_value_is_cleaned_and_everything_else_is_kept() -> None:
    value = {"a\x00": [1, 0.5, None, True, "b\x00", {"c\x00": "d\x00"}]}

    assert storable_json(value) == {"a": [1, 0.5, None, True, "b", {"c": "d"}]}


def test_white_space_of_every_kind_is_folded_into_one_line() -> None:
    assert one_line("  The\n clock\t\u00a0is  back ", limit=40) == "The clock is back"


def test_a_text_that_fits_is_not_cut() -> None:
    assert one_line("The clock", limit=9) == "The clock"


def test_a_text_that_is_too_long_is_cut_at_a_word_with_an_ellipsis() -> None:
    assert one_line("The clock is back", limit=12) == "The clock…"


def test_no_punctuation_is_left_hanging_before_the_ellipsis() -> None:
    assert one_line("The clock — back again", limit=14) == "The clock…"


@pytest.mark.parametrize("text", ["東京の時計がまた動いている", "Donaudampfschifffahrt"])
def test_a_text_without_spaces_is_cut_where_the_room_ends(text: str) -> None:
    assert one_line(text, limit=8) == text[:7] + "…"


@given(anything, st.integers(2, 50))
def test_a_line_is_never_longer_than_its_limit_and_has_no_break(text: str, limit: int) -> None:
    line = one_line(text, limit=limit)

    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
