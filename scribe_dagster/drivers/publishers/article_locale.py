"""The customs of an article's language: which way it is written, and how it writes a date."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

# 001 is the world: English of no particular country puts the day before the month.
_UNKNOWN = "en-001"


@cache
def locale_of(language: str | None) -> Locale:
    """Return the locale of a language's code; that of English where there is none."""
    from babel import Locale, UnknownLocaleError

    tag = _UNKNOWN if language in (None, "en") else language.replace("_", "-")
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_UNKNOWN, sep="-")


def direction_of(language: str | None) -> str:
    """Tell which way a language is written: ``ltr`` or ``rtl``."""
    return locale_of(language).text_direction
