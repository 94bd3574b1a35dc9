from __future__ import annotations

import pytest

from scribe_dagster.domain.category import Category
from scribe_dagster.drivers.ai.categories import named_category

TECH, HEALTH = Category(id=4, name="Tech"), Category(id=7, name="Public Health")


def test_the_category_named_most_often_is_chosen() -> None:
    texts = ["Tech and public  health", "why TECH matters"]

    assert named_category((HEALTH, TECH), texts) == TECH


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Nothing of the kind.", id="none is named"),
        pytest.param("Technology in a biotech hub", id="only parts of words"),
        pytest.param("Public opinion on health", id="only parts of the name"),
        pytest.param("Tech for public health", id="two are named equally often"),
    ],
)
def test_there_is_no_category_rather_than_a_guess(text: str) -> None:
    assert named_category((HEALTH, TECH), [text]) is None


def test_no_category_is_offered_and_none_is_chosen() -> None:
    assert named_category((), ["Tech"]) is None


def test_names_are_taken_literally() -> None:
    assert named_category((Category(id=1, name="C++ (all)"),), ["On C++ (all) matters"]) is not None


def test_a_script_without_spaces_is_searched_for_the_name_itself() -> None:
    economy = Category(id=1, name="経済")

    assert named_category((economy, TECH), ["日本経済は成長した。"]) == economy


def test_an_arabic_name_counts_as_a_whole_word_only() -> None:
    sport = Category(id=1, name="رياضة")

    assert named_category((sport,), ["أخبار رياضة اليوم"]) == sport
    assert named_category((sport,), ["الرياضة"]) is None
