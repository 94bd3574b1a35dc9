"""From what a person typed to the payload a run starts with."""

from __future__ import annotations

from scribe_dagster.domain.category import parse_categories
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.drivers.sources.identify import identify_source, identify_text
from scribe_dagster.errors import InvalidSource


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
        InvalidSource: There is no such source, or not exactly one of source and text.
    """
    if (source is None) == (text is None):
        raise InvalidSource("Give either a source (a URL or a file) or text.")
    if driver == "text" and text is None:
        source, text = None, source
    if text is not None:
        found = identify_text(text)
    else:
        assert source is not None
        found = identify_source(source, forced=driver)
    try:
        offered = parse_categories(categories)
    except ValueError as error:
        raise InvalidSource(f"The categories cannot be read: {error}") from None
    return ContentPayload(
        source_url=found.url,
        source=found.driver,
        source_text=text,
        categories=offered,
        language=language,
    )
