from __future__ import annotations

import pytest

from scribe_dagster.domain.category import Category, parse_categories


@pytest.mark.parametrize(
    "listing",
    ["1:Tech,2:Health", " 1 : Tech , 2 : Health ,", "1:Tech,,2:Health", "01:Tech,2:Health"],
)
def test_categories_are_read_in_order_whatever_the_spaces(listing: str) -> None:
    assert parse_categories(listing) == (
        Category(id=1, name="Tech"),
        Category(id=2, name="Health"),
    )


@pytest.mark.parametrize("listing", ["", "  ", ","])
def test_an_empty_listing_offers_none(listing: str) -> None:
    assert parse_categories(listing) == ()


def test_a_name_may_hold_a_colon() -> None:
    assert parse_categories("3:Art: old and new")[0].name == "Art: old and new"


@pytest.mark.parametrize(
    "entry", ["Tech", "1", "1:", "1: ", ":Tech", "one:Tech", "-1:Tech", "1.5:T"]
)
def test_an_entry_of_another_form_is_quoted_with_the_right_form(entry: str) -> None:
    with pytest.raises(ValueError, match=r'is not ID:NAME\. Write categories like "1:Tech') as told:
        parse_categories(f"7:Art,{entry}")

    assert repr(entry.strip()) in str(told.value)


@pytest.mark.parametrize("entry", ["0:Tech", "2147483648:Tech", "1:" + "x" * 201, "²:Tech"])
def test_an_id_or_a_name_no_table_can_hold_is_refused(entry: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  -- pydantic says it at length
        parse_categories(entry)


def test_an_id_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="category 1 is given twice"):
        parse_categories("1:Tech,1:Health")


@pytest.mark.parametrize("listing", ["99999999999999999999:Tech", "0:Tech", f"1:{'x' * 201}"])
def test_what_no_table_could_hold_is_refused_in_plain_words(listing: str) -> None:
    with pytest.raises(ValueError, match=r"lies outside|characters at most") as refusal:
        parse_categories(listing)

    assert "pydantic" not in str(refusal.value)
