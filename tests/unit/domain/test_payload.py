from __future__ import annotations

import math

import pytest
from fakes.payloads import a_full_payload, a_request
from pydantic import ValidationError

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.value import Value


def test_evolving_gives_a_new_payload_and_leaves_the_old_one_alone() -> None:
    before = a_request()

    after = before.evolve(language="de")

    assert (before.language, after.language) == (None, "de")
    assert after.source_url == before.source_url


@pytest.mark.parametrize(
    "change",
    [
        {"source_url": ""},
        {"source_url": None},
        {"article_id": "fifteen"},
        {"draft": {"title": "", "content": "x", "written_by": "nobody"}},
        {"no_such_field": 1},
        {"extra": {"moment": object()}},
        {"extra": {"score": math.nan}},
        {"extra": {"deep": [{"score": math.inf}]}},
    ],
    ids=str,
)
def test_evolving_refuses_what_a_new_payload_would_refuse(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_full_payload().evolve(**change)


def test_a_payload_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        a_request().language = "de"


def test_a_bare_payload_has_nothing_of_what_the_stages_add() -> None:
    bare = a_request().model_dump(exclude={"source_url"})

    assert not any(bare.values())


def test_text_no_store_can_hold_is_dropped_from_every_text_of_a_payload() -> None:
    unstorable = "a\x00b\ud800c"

    payload = ContentPayload(
        source_url=unstorable,
        source=unstorable,
        source_text=unstorable,
        language=unstorable,
        categories=({"id": 1, "name": unstorable},),
        scraped={"text": unstorable, "tags": (unstorable,)},
        draft={"title": unstorable, "content": unstorable, "written_by": unstorable},
        extra={unstorable: [unstorable, {unstorable: unstorable}]},
    )

    assert not {"\x00", "\ud800"} & set("".join(texts_of(payload)))


@pytest.mark.parametrize("url", ["", "\x00", "\ud800\x01"])
def test_a_url_of_nothing_that_can_be_stored_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        a_request(url)


def texts_of(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case Value():
            return texts_of(value.model_dump())
        case dict():
            return [text for pair in value.items() for part in pair for text in texts_of(part)]
        case list() | tuple():
            return [text for item in value for text in texts_of(item)]
        case _:
            return []
