from __future__ import annotations

import pytest

from scribe_dagster.drivers.sources.titles import choose_title

SITE = "The Harbour Post"


@pytest.mark.parametrize(
    ("headings", "names", "title"),
    [
        (["The clock is back"], ["The clock is back | The Harbour Post"], "The clock is back"),
        (["The clock is back"], ["Opinion | The clock is back"], "The clock is back"),
        (["The Harbour Post"], ["The clock is back - The Harbour Post"], "The clock is back"),
        ([], ["The Harbour Post: news", "x"], "The Harbour Post: news"),
        ([], ["The Harbour Post — The clock is back"], "The clock is back"),
        ([], ["The clock is back | Town | Elsewhere"], "The clock is back"),
        ([], ["Ready - steady - go"], "Ready - steady - go"),
        (
            ["News"],
            ["Good news from the harbour and its clock"],
            "Good news from the harbour and its clock",
        ),
        (["Old heading"], ["New name"], "New name"),
        (["Only a heading"], ["", "The Harbour Post"], "Only a heading"),
        (["", "The “clock” is back"], ["The 'clock' is back"], "The “clock” is back"),
        ([], [], None),
    ],
)
def test_the_articles_title_is_chosen_without_the_sites(
    headings: list[str], names: list[str], title: str | None
) -> None:
    assert choose_title(headings=headings, names=names, site_names=[SITE, ""]) == title
