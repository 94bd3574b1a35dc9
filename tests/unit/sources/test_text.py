from __future__ import annotations

from collections.abc import Callable

import pytest

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.text import TextSource
from scribe_dagster.errors import SourceError


def read(text: str | None) -> ScrapedContent:
    return TextSource().read(ContentPayload(source_url="text:0123456789abcdef", source_text=text))


def test_plain_text_is_read_as_paragraphs_with_its_language() -> None:
    content = read("La montre est revenue\n\nLe gardien a dit qu'elle avait été le plus difficile.")

    assert content.title == "La montre est revenue"
    assert content.html == "<p>Le gardien a dit qu'elle avait été le plus difficile.</p>"
    assert content.language == "fr"


@pytest.mark.parametrize("prefix", ["", "\n  ", "\ufeff"])
def test_a_whole_html_document_is_extracted(page: Callable[..., str], prefix: str) -> None:
    content = read(prefix + page())

    assert content.title == "The clock is back"
    assert "<article" not in content.text


def test_a_tag_in_a_text_does_not_make_it_html() -> None:
    assert read("<p> is a tag.\n\nAnd so is <b>.").text.endswith("And so is <b>.")


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_blank_text_is_refused(text: str | None) -> None:
    with pytest.raises(SourceError, match="No text was handed in"):
        read(text)
