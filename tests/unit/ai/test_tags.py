from __future__ import annotations

from scribe_dagster.drivers.ai.tags import frequent_names, tidy_tags


def test_tags_are_folded_and_given_once_whatever_their_case() -> None:
    assert tidy_tags(["  Solar \n power ", "solar power", "#Energy", "", "  "]) == (
        "Solar power",
        "Energy",
    )


def test_a_list_that_came_as_one_tag_is_taken_apart() -> None:
    assert tidy_tags(["health, virus, michigan"]) == ("health", "virus", "michigan")


def test_a_single_comma_may_belong_to_a_name() -> None:
    assert tidy_tags(["Beshear, Andrew"]) == ("Beshear, Andrew",)


def test_an_over_long_tag_is_dropped_and_no_more_than_eight_are_kept() -> None:
    assert tidy_tags(["x" * 51, *"abcdefghij"]) == tuple("abcdefgh")


def test_names_the_text_repeats_come_most_frequent_first() -> None:
    sentences = [
        "The deal between Siemens and Rolls-Royce surprised the Bank of England.",
        "Yesterday Siemens rose, and the Bank of England said nothing.",
        "Only Siemens commented.",
    ]

    assert frequent_names(sentences) == ["Siemens", "Bank of England"]


def test_a_word_is_no_name_for_opening_sentences_and_quotations() -> None:
    sentences = ["However it went.", "However it goes.", 'She said: "Perhaps." He said "Perhaps".']

    assert frequent_names(sentences) == []


def test_a_short_form_gives_way_to_the_name_it_is_short_for() -> None:
    sentences = ["We met Tim Cook.", "Then Tim Cook left.", "So Cook said nothing."]

    assert frequent_names(sentences) == ["Tim Cook"]


def test_a_possessive_ends_its_name() -> None:
    sentences = ["This is Apple's Vision.", "It was Apple’s Watch.", "We like Apple."]

    assert frequent_names(sentences) == ["Apple"]


def test_a_script_without_capitals_gives_no_names() -> None:
    assert (
        frequent_names(["東京は首都です。東京は大きい。", "القاهرة مدينة كبيرة. القاهرة جميلة."])
        == []
    )


def test_names_of_no_interest_can_be_left_out() -> None:
    sentences = ["The talks in Geneva began on Monday.", "On Monday they left Geneva."]

    assert frequent_names(sentences, excluding={"monday"}) == ["Geneva"]
