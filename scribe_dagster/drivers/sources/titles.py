"""Which of the titles a page gives itself is the article's."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LAST_PART = re.compile(r"^(.+?\S)\s+[|·•–—»:-]\s+((?:(?!\s[|·•–—»:-]\s).)+)$")
_FIRST_PART = re.compile(r"^((?:(?!\s[|·•–—»:-]\s).)+)\s+[|·•–—»:-]\s+(\S.*)$")


def folded(text: str) -> str:
    """Keep letters and digits only, so that quotes, dashes and case make no difference."""
    return "".join(char for char in text.casefold() if char.isalnum())


def choose_title(
    *, headings: Iterable[str], names: Iterable[str], site_names: Iterable[str]
) -> str | None:
    """Choose the article's title.

    Args:
        headings: Texts of the page's ``h1``, in order.
        names: What the page calls itself elsewhere, the most telling first; the site's name may
            be attached.
        site_names: Names of the site, which are never the article's.
    """
    sites = {folded(name) for name in site_names} - {""}
    headings = [heading for heading in headings if folded(heading) not in sites | {""}]
    names = [name for name in names if folded(name)]
    # A heading that the page repeats elsewhere is the title, free of what is attached there.
    for heading in headings:
        if any(_is_title_within(folded(heading), folded(name)) for name in names):
            return heading
    for name in names:
        if folded(bare := without_site(name, sites)) not in sites:
            return bare
    return headings[0] if headings else None


def without_site(name: str, sites: set[str]) -> str:
    """Take the site's name off either end; of parts between bars, keep the longest."""
    while (found := _LAST_PART.match(name)) and folded(found[2]) in sites:
        name = found[1]
    while (found := _FIRST_PART.match(name)) and folded(found[1]) in sites:
        name = found[2]
    return max(name.split(" | "), key=len).strip()


def _is_title_within(heading: str, name: str) -> bool:
    # A one-word heading such as News stands in many a title by chance.
    return heading in name and len(heading) * 2 >= len(name)
