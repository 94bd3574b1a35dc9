from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from fakes.payloads import a_full_payload, a_request, a_written_payload
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.payload_edits import Edit, apply_edits, edits_as_json, parse_edit
from scribe_dagster.domain.sanitise import sanitise_article
from scribe_dagster.domain.text import storable
from scribe_dagster.errors import InvalidEdit

LINK = '<p><a href="https://example.org/">x</a></p>'


def edited(*edits: str, payload: ContentPayload | None = None) -> ContentPayload:
    return apply_edits(payload or a_full_payload(), map(parse_edit, edits))


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("title=A better title", "draft.title", "A better title"),
        ("draft.title=A better title", "draft.title", "A better title"),
        (" title =A better title", "draft.title", "A better title"),
        ("title=a=b", "draft.title", "a=b"),
        ("title=42", "draft.title", "42"),
        ('title="Quoted"', "draft.title", '"Quoted"'),
        ("title=null", "draft.title", "null"),
        ("title=Two\nlines ", "draft.title", "Two lines"),
        ("description=", "draft.description", ""),
        ("description=[1]", "draft.description", "[1]"),
        ('tags=["a", "b"]', "draft.tags", ["a", "b"]),
        ("tags=[]", "draft.tags", []),
        ("category_id=2", "draft.category_id", 2),
        ("category_id=null", "draft.category_id", None),
        ("written_by=Ida Berg", "draft.written_by", "Ida Berg"),
        ("language=de", "language", "de"),
        ("language=null", "language", None),
        ("draft.language=de", "draft.language", "de"),
        ("scraped.text=Once.", "scraped.text", "Once."),
        ("scraped.tags=[]", "scraped.tags", []),
        (
            "scraped.published_at=2026-01-01T00:00:00Z",
            "scraped.published_at",
            "2026-01-01T00:00:00Z",
        ),
        ("image.alt=A clock", "image.alt", "A clock"),
        (
            'categories=[{"id": 2, "name": "Sea"}]',
            "categories",
            [{"id": 2, "name": "Sea"}],
        ),
        ("extra.score=0.5", "extra.score", 0.5),
        ("extra.note=not JSON", "extra.note", "not JSON"),
        ("extra.note=NaN", "extra.note", "NaN"),
        ("extra.any thing.deep=[1]", "extra.any thing.deep", [1]),
        ('extra={"a": 1}', "extra", {"a": 1}),
    ],
)
def test_what_is_typed_is_read_as_the_field_wants_it(text: str, path: str, value: Any) -> None:
    edit = parse_edit(text)

    assert edit == Edit(path, value)
    assert edits_as_json([edit]) == {path: value}


def test_edits_change_their_fields_and_nothing_else() -> None:
    before = a_full_payload()

    after = edited("title=A better title", 'tags=["a"]', "scraped.author=Bo", "language=de")

    assert before == a_full_payload()
    assert after.draft is not None
    assert after.scraped is not None
    assert (after.draft.title, after.draft.tags) == ("A better title", ("a",))
    assert (after.scraped.author, after.language) == ("Bo", "de")
    assert after == before.evolve(draft=after.draft, scraped=after.scraped, language="de")


def test_a_date_and_categories_arrive_as_what_they_are() -> None:
    after = edited(
        "scraped.published_at=2026-01-01T00:00:00Z", 'categories=[{"id": 2, "name": "Sea"}]'
    )

    assert after.scraped is not None
    assert after.scraped.published_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert [(category.id, category.name) for category in after.categories] == [(2, "Sea")]


def test_within_extra_the_way_to_a_field_is_made() -> None:
    after = edited("extra.review.by.name=Ida", "extra.translated.score=2")

    assert after.extra["review"] == {"by": {"name": "Ida"}}
    assert after.extra["translated"] == {"de": "Die Uhr ist zurück", "score": 2}


def test_a_later_edit_builds_on_an_earlier_one() -> None:
    edits = [Edit("extra", {"a": {}}), Edit("extra.a.b", 1)]

    assert apply_edits(a_request(), edits).extra == {"a": {"b": 1}}
    assert edits_as_json(edits) == {"extra": {"a": {}}, "extra.a.b": 1}


def test_no_edits_change_nothing() -> None:
    assert edited() == a_full_payload()


def test_the_payloads_own_field_wins_over_the_drafts() -> None:
    after = edited("language=sv")

    assert after.draft is not None
    assert (after.language, after.draft.language) == ("sv", "en")


def test_html_set_by_hand_is_sanitised_like_that_of_a_model() -> None:
    edit = parse_edit(f"content={LINK}<script>steal()</script>")
    draft = apply_edits(a_full_payload(), [edit]).draft

    assert draft is not None
    assert draft.content == sanitise_article(LINK)
    assert edits_as_json([edit]) == {"draft.content": draft.content}


def test_edits_made_in_python_are_held_to_the_same_rules() -> None:
    draft = apply_edits(a_written_payload(), [Edit("content", f"{LINK}<script>x</script>")]).draft

    assert draft is not None
    assert draft.content == sanitise_article(LINK)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title", "not NAME=VALUE"),
        ("=x", "no field ''"),
        ("titel=x", "Did you mean title?"),
        ("draft.titel=x", "Did you mean draft.title?"),
        ("nonsense=x", "Known: categories, language"),
        ("draft={}", "such as draft.title"),
        ("image=null", "such as image.alt"),
        ("tags.0=x", "tags can only be set as a whole"),
        ("extra.=1", "as a whole"),
        ("source_url=https://example.org/other", "Process the other source"),
        ("source_text=Once.", "Process the other source"),
        ("source=file", "Process the other source"),
        ("article_id=7", "records what was done"),
        ("staged_content_id=7", "records what was done"),
        ("publications=[]", "records what was done"),
        ("publications.0.status=success", "records what was done"),
        ("image.path=x.webp", "image store"),
        ("title=", "draft.title cannot be set to '': string should have at least 1"),
        ("title=  ", "blank"),
        (f"title={'x' * 301}", "at most 300"),
        ("content=<script>x</script>", "nothing in it can be read"),
        ("content=&#1;", "nothing in it can be read"),
        ("tags=a,b", "valid array. A list is written as JSON: draft.tags="),
        ('tags=["a", 2]', "at 1, input should be a valid string"),
        ("category_id=two", "valid integer"),
        ("category_id=2.5", "valid integer"),
        ('category_id="2"', "valid integer"),
        ('categories=[{"id": 1}]', "at 0.name, field required"),
        ('categories=[{"id": 0, "name": "x"}]', "at 0.id"),
        ("scraped.published_at=soon", "valid datetime"),
        ("extra=1", "an object"),
        ("extra.score=1e999", "not a JSON value"),
    ],
)
def test_what_cannot_be_set_is_refused_with_advice(text: str, said: str) -> None:
    with pytest.raises(InvalidEdit) as refusal:
        parse_edit(text)

    assert said in str(refusal.value)


def test_what_people_may_set_is_decided_field_by_field() -> None:
    with pytest.raises(InvalidEdit) as refusal:
        parse_edit("?=")

    known = str(refusal.value).partition("Known: ")[2].rstrip(".").split(", ")
    assert known == [
        *("categories", "language", "extra"),
        *("scraped.text", "scraped.html", "scraped.title", "scraped.author"),
        *("scraped.published_at", "scraped.language", "scraped.description"),
        *("scraped.site_name", "scraped.canonical_url", "scraped.image_url", "scraped.tags"),
        *("title", "content", "description", "meta_title", "meta_description", "category_id"),
        *("tags", "image_prompt", "image_alt", "draft.language", "written_by"),
        *("image.alt", "extra.NAME"),
    ]


@pytest.mark.parametrize(
    ("name", "stage"),
    [("scraped.text", "Scrape"), ("title", "AiRewrite"), ("image.alt", "GenerateImage")],
)
def test_a_part_that_does_not_exist_yet_cannot_be_edited(name: str, stage: str) -> None:
    with pytest.raises(InvalidEdit, match=f"after {stage}"):
        edited(f"{name}=x", payload=a_request())


def test_a_field_within_what_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidEdit, match=r"extra\.translated\.de is not an object"):
        edited("extra.translated.de.title=x")


def test_a_field_set_twice_under_two_names_is_refused() -> None:
    with pytest.raises(InvalidEdit, match=r"draft\.title is set twice"):
        edited("title=x", "draft.title=y")


@pytest.mark.parametrize("edits", [["category_id=7"], ['categories=[{"id": 7, "name": "Sea"}]']])
def test_a_category_nobody_offered_is_refused(edits: list[str]) -> None:
    with pytest.raises(InvalidEdit, match="the categories offered are"):
        edited(*edits)


def test_a_category_may_be_offered_and_chosen_at_once() -> None:
    after = edited("category_id=7", 'categories=[{"id": 7, "name": "Sea"}]')

    assert after.draft is not None
    assert after.draft.category_id == 7


@pytest.mark.parametrize("value", [object(), math.nan, {1: {2}}, datetime(2026, 1, 1, tzinfo=UTC)])
def test_a_value_that_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(InvalidEdit):
        apply_edits(a_request(), [Edit("extra.x", value)])


def test_a_secret_in_a_refused_value_is_not_repeated() -> None:
    with pytest.raises(InvalidEdit) as refusal:
        parse_edit("category_id=api_key=hunter22hunter22")

    assert "hunter22" not in str(refusal.value)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    for name in ("title", "content", "tags", "category_id", "language", "extra.x", "extra", ""):
        try:
            edit = parse_edit(f"{name}={text}")
            assert edits_as_json([edit]) == {edit.path: edit.value}
            apply_edits(a_full_payload(), [edit])
        except InvalidEdit:
            continue


@given(st.text(max_size=300).filter(lambda title: storable(title).split()))
def test_a_title_is_never_read_as_anything_but_text(title: str) -> None:
    assert isinstance(parse_edit(f"title={title}").value, str)
