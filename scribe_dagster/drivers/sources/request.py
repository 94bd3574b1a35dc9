"""From what a person typed to the payload a run starts with."""

from __future__ import annotations

from scribe_dagster.domain.category import Category, parse_categories
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.drivers.registry import PluginGroup, names
from scribe_dagster.drivers.sources.identify import identify_source, identify_text
from scribe_dagster.errors import InvalidSource, UnknownPlugin


def make_request(
    source: str | None = None,
    *,
    text: str | None = None,
    driver: str | None = None,
    categories: str = "",
    language: str | None = None,
) -> ContentPayload:
    """Turn what a person typed into the payload a run starts with.

    Args:
        source: A URL, or the path of a file.
        text: Raw text instead of a source.
        driver: Forces the source driver.
        categories: Such as ``"1:Tech,2:Health"``.
        language: Language to write in.

    Raises:
        UnknownPlugin: No source driver of that name is installed.
        InvalidSource: There is no such source, or not exactly one of source and text.
    """
    if driver is not None and driver not in (known := names(PluginGroup.SOURCES)):
        group = PluginGroup.SOURCES
        raise UnknownPlugin.named(driver, what=group.noun, known=known, chosen_by=group.chosen_by)
    if (source is None) == (text is None):
        raise InvalidSource("Give either a source (a URL or a file) or text.")
    if driver == "text" and text is None:
        source, text = None, source
    if text is not None:
        found = identify_text(text)
    else:
        assert source is not None
        found = identify_source(source, forced=driver)
    return ContentPayload(
        source_url=found.url,
        source=found.driver,
        source_text=text,
        categories=read_categories(categories),
        language=language,
    )


def read_categories(typed: str) -> tuple[Category, ...]:
    """Read categories such as ``1:Tech,2:Health``.

    Raises:
        InvalidSource: They are written in another way.
    """
    try:
        return parse_categories(typed)
    except ValueError as error:
        raise InvalidSource(f"The categories cannot be read: {error}") from None
