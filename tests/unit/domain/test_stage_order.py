"""The order that the built-in stages need among themselves."""

from __future__ import annotations

import pytest

from scribe_dagster.config.settings import DEFAULT_STAGES
from scribe_dagster.domain.stage_order import misplaced


@pytest.mark.parametrize(
    "stages",
    [
        DEFAULT_STAGES,
        ("Scrape", "AiRewrite", "CreateArticle", "Publish"),
        ("Scrape", "Digest", "AiRewrite", "FactCheck", "CreateArticle", "Publish"),
        # A stage of somebody's own may make what a built-in one would have made.
        ("Import", "AiRewrite", "CreateArticle"),
        ("Scrape", "Draft", "Publish"),
    ],
)
def test_stages_may_be_left_out_and_stages_of_ones_own_may_stand_anywhere(
    stages: tuple[str, ...],
) -> None:
    assert misplaced(stages) is None


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        (("AiRewrite", "Scrape"), "AiRewrite stands before Scrape"),
        (
            ("Scrape", "AiRewrite", "Publish", "CreateArticle"),
            "Publish stands before CreateArticle",
        ),
        (("Scrape", "OptimiseImage", "AiRewrite", "GenerateImage"), "OptimiseImage stands before"),
    ],
)
def test_a_stage_that_stands_before_what_it_needs_is_named(
    stages: tuple[str, ...], told: str
) -> None:
    assert (misplaced(stages) or "").startswith(told)
