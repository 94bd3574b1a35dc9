from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.drivers.ai.rewrite_schema import RewriteAnswer, to_draft
from scribe_dagster.errors import Rejected

MINIMAL = {"title": "A title", "content": "<p>A body.</p>"}
OFFERED = (Category(id=3, name="Tech"), Category(id=5, name="Health"))


def draft(**answer: Any) -> Draft:
    return to_draft(
        RewriteAnswer.model_validate({**MINIMAL, **answer}),
        categories=OFFERED,
        language="en",
        written_by="a model",
    )


def test_a_title_and_a_body_make_a_complete_draft() -> None:
    assert draft() == Draft(
        title="A title",
        content="<p>A body.</p>",
        description="A body.",
        meta_title="A title",
        meta_description="A body.",
        image_prompt="A cover image for “A title”",
        language="en",
        written_by="a model",
    )


@pytest.mark.parametrize("alias", ["html", "html_content", "content_html"])
def test_the_body_is_found_under_the_names_models_give_it(alias: str) -> None:
    assert RewriteAnswer.model_validate({"title": "T", alias: "<p>Body</p>"}).content == (
        "<p>Body</p>"
    )


@pytest.mark.parametrize(
    "reasons",
    [
        {"rejection_reasons": ["A paywall."]},
        {"reasons": ["A paywall."]},
        {"rejection_reason": "A paywall."},
        {"rejection_reason": ["A paywall."]},
    ],
)
def test_a_verdict_needs_no_article_and_keeps_its_reasons(reasons: dict[str, Any]) -> None:
    verdict = RewriteAnswer.model_validate({"rejected": True, **reasons})

    with pytest.raises(Rejected) as rejection:
        to_draft(verdict, categories=(), language=None, written_by="a model")

    assert rejection.value.reasons == ("A paywall.",)


def test_a_verdict_without_reasons_is_a_verdict_still() -> None:
    verdict = RewriteAnswer.model_validate({"rejected": True})

    with pytest.raises(Rejected, match="no reason was given"):
        to_draft(verdict, categories=(), language=None, written_by="a model")


@pytest.mark.parametrize(
    "flaw",
    [
        {"title": ""},
        {"title": " \n"},
        {"title": None},
        {"content": ""},
        {"content": None},
        {"content": "<p> </p>"},
        {"content": "<script>alert(1)</script>"},
        {"content": "<img src='https://a.example/x.png'>"},
    ],
)
def test_an_article_without_a_title_or_a_body_is_no_answer(flaw: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="is empty"):
        RewriteAnswer.model_validate({**MINIMAL, **flaw})


@pytest.mark.parametrize(
    ("source", "written", "is_an_article"),
    [
        ("A page. " * 500, "The page shows only a cookie notice.", False),
        ("A page. " * 500, "word " * 50, True),
        ("The harbour froze on Monday.", "It froze.", True),
        ("港が月曜日に凍った。" * 4, "港が凍った。", False),
        ("港が月曜日に凍った。" * 4, "港が月曜日に凍った。", True),
    ],
)
def test_a_sentence_is_no_article_about_a_whole_page(
    source: str, written: str, is_an_article: bool
) -> None:
    answer = {"title": "A title", "content": f"<p>{written}</p>"}

    if is_an_article:
        RewriteAnswer.model_validate(answer, context={"source": source})
    else:
        with pytest.raises(ValidationError, match="too short"):
            RewriteAnswer.model_validate(answer, context={"source": source})


def test_fields_nobody_asked_for_and_nulls_are_forgiven() -> None:
    assert (
        draft(
            confidence=0.9,
            rejected=None,
            rejection_reasons=None,
            description=None,
            tags=None,
            image_prompt=None,
        )
        == draft()
    )


def test_tags_may_come_as_one_string() -> None:
    assert draft(tags="solar, Korea , ,solar").tags == ("solar", "Korea")


@pytest.mark.parametrize("given", [3, "3", 3.0])
def test_an_offered_category_is_kept(given: object) -> None:
    assert draft(category_id=given).category_id == 3


@pytest.mark.parametrize(
    "given", [None, 99, 0, -1, 3.7, "Tech", "", 1e400, [3], {}, {"id": 3, "name": "Tech"}]
)
def test_a_category_nobody_offered_becomes_none_and_never_another(given: object) -> None:
    assert draft(category_id=given).category_id is None


def test_a_yes_is_no_category_number_one() -> None:
    answer = RewriteAnswer.model_validate({**MINIMAL, "category_id": True})

    assert answer.category_id is None


def test_what_is_no_tag_is_left_out() -> None:
    assert draft(tags=["solar", {"name": "Korea"}, None, 2026]).tags == ("solar", "2026")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<b>Harbour</b> <script>x</script>freezes &amp; melts", "Harbour freezes & melts"),
        ("Why <em> and R&D still matter", "Why <em> and R&D still matter"),
    ],
)
def test_markup_is_taken_off_a_title_and_what_a_title_speaks_of_is_kept(
    given: str, kept: str
) -> None:
    assert draft(title=given).title == kept


def test_a_heading_that_repeats_the_title_is_left_out_and_other_first_headings_are_second() -> None:
    content = "<h1>A <em>title</em></h1><p>A body.</p><h1>More</h1>"

    assert draft(content=content).content == "<p>A body.</p><h2>More</h2>"


@pytest.mark.parametrize("wrapping", ["article", "RewriteAnswer"])
def test_an_answer_is_found_in_a_wrapping_nobody_asked_for(wrapping: str) -> None:
    assert RewriteAnswer.model_validate({wrapping: MINIMAL}).title == "A title"


def test_the_body_is_sanitised() -> None:
    content = draft(content='<p onclick="x()">Hi <a href="javascript:x()">you</a></p>').content

    assert "onclick" not in content
    assert "javascript" not in content


def test_every_line_has_its_bound() -> None:
    long = "word " * 400

    made = draft(title=long, description=long, meta_title=long, meta_description=long)

    assert len(made.title) <= 300
    assert len(made.description) <= 300
    assert len(made.meta_title) <= 60
    assert len(made.meta_description) <= 160


def test_the_schema_offered_to_a_model_describes_every_field() -> None:
    fields = RewriteAnswer.model_json_schema()["properties"]

    assert set(fields) == set(RewriteAnswer.model_fields)
    assert all(field["description"] for field in fields.values())
