"""A category an article may be filed under."""

from __future__ import annotations

from pydantic import Field

from scribe_dagster.domain.text import StorableText
from scribe_dagster.domain.value import Value

_LARGEST_ID = 2**31 - 1
_LONGEST_NAME = 200


class Category(Value):
    """One choice offered to the text model; the id is the caller's own."""

    id: int = Field(ge=1, le=_LARGEST_ID)
    name: StorableText = Field(min_length=1, max_length=_LONGEST_NAME)


def parse_categories(listing: str) -> tuple[Category, ...]:
    """Read ``"1:Tech,2:Health"``.

    Raises:
        ValueError: The listing is not of that form, or names one id twice.
    """
    found: dict[int, Category] = {}
    for entry in filter(None, (part.strip() for part in listing.split(","))):
        number, colon, name = entry.partition(":")
        if not (colon and number.strip().isdecimal() and name.strip()):
            raise ValueError(f'{entry!r} is not ID:NAME. Write categories like "1:Tech,2:Health".')
        if not 1 <= int(number) <= _LARGEST_ID:
            raise ValueError(f"{number.strip()} is not an id: it lies outside 1 to {_LARGEST_ID}.")
        if len(name.strip()) > _LONGEST_NAME:
            raise ValueError(f"a category's name has {_LONGEST_NAME} characters at most.")
        category = Category(id=int(number), name=name.strip())
        if category.id in found:
            raise ValueError(f"category {category.id} is given twice.")
        found[category.id] = category
    return tuple(found.values())
