"""Languages, however people name them."""

from __future__ import annotations

import re
from functools import cache

# Those whose own names are understood (Deutsch, français). Codes and English names are understood
# for every language in the Unicode CLDR; loading all of its 300 locales would take half a second.
_KNOWN_BY_THEIR_OWN_NAMES = """
    af am ar az be bg bn bs ca cs cy da de el es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it
    ja ka kk km kn ko lo lt lv mk ml mn mr ms my ne nl nn no pa pl ps pt ro ru sk sl sq sr sv sw ta
    te th tr uk ur uz vi zh
"""

# Bokmål is what "Norwegian" means on nearly every page.
_SAME_LANGUAGE = {"nb": "no"}


def language_code(named: str) -> str | None:
    """Return the ISO 639 code of a language given by code, English name or own name.

    A region or script is dropped: ``pt-BR``, ``Brazilian Portuguese`` and ``português`` are ``pt``.
    None when nobody calls a language that.
    """
    from babel.core import get_global

    folded = " ".join(named.split()).casefold()
    base = _base(folded)
    base = _base(get_global("language_aliases").get(base, base))
    code = base if base in _english_names() else _codes_by_name().get(folded)
    return None if code is None else _SAME_LANGUAGE.get(code, code)


def language_name(named: str) -> str:
    """Return the English name of a language, or what was given when nobody calls one that."""
    code = language_code(named)
    return " ".join(named.split()) if code is None else _english_names()[code]


@cache
def calendar_words(code: str | None) -> frozenset[str]:
    """Return the names of the days and months in a language, in lower case; none if unknown."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale(code or "en")
    except UnknownLocaleError:
        return frozenset()
    wide = (locale.days["format"]["wide"], locale.months["format"]["wide"])
    return frozenset(name.lower() for names in wide for name in names.values())


def _base(code: str) -> str:
    return re.split("[-_]", code, maxsplit=1)[0]


@cache
def _english_names() -> dict[str, str]:
    from babel import Locale

    return dict(Locale("en").languages.items())


@cache
def _codes_by_name() -> dict[str, str]:
    from babel import Locale

    own_names = {
        str(Locale(code).get_language_name(code)).casefold(): code
        for code in _KNOWN_BY_THEIR_OWN_NAMES.split()
    }
    english = {name.casefold(): _base(code) for code, name in _english_names().items()}
    return own_names | english
