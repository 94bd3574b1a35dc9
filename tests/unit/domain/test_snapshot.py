from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from fakes.payloads import a_full_payload, a_request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.snapshot import (
    SCHEMA_VERSION,
    SnapshotTooNew,
    changes_between,
    dump_snapshot,
    load_snapshot,
)

STORED = Path(__file__).parent / "snapshots"

# Surrogates and control characters too: foreign pages hold them. Short enough for a title.
anything = st.text(st.characters(exclude_categories=()), max_size=150)
words = anything.map(lambda text: f"x{text}")
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
payloads = st.builds(
    ContentPayload,
    source_url=words,
    source=st.none() | anything,
    source_text=st.none() | anything,
    categories=st.lists(st.builds(Category, id=st.integers(1, 99), name=words)).map(tuple),
    language=st.none() | anything,
    staged_content_id=st.none() | st.integers(),
    scraped=st.none() | st.builds(
        ScrapedContent,
        text=words,
        title=st.none() | anything,
        published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        tags=st.lists(anything).map(tuple),
    ),
    draft=st.none() | st.builds(Draft, title=words, content=words, written_by=anything),
    extra=st.dictionaries(anything, json_values, max_size=3),
)  # fmt: skip


def stored(payload: ContentPayload) -> dict[str, Any]:
    """What a snapshot is after a database has held it: UTF-8 encoded JSON."""
    text = json.dumps(dump_snapshot(payload), ensure_ascii=False, allow_nan=False)
    loaded: dict[str, Any] = json.loads(text.encode())
    return loaded


@given(payloads)
def test_any_payload_comes_back_from_its_stored_snapshot_as_it_was(
    payload: ContentPayload,
) -> None:
    assert load_snapshot(stored(payload)) == payload


def test_a_payload_with_every_field_filled_comes_back_as_it_was() -> None:
    assert load_snapshot(stored(a_full_payload())) == a_full_payload()


def test_a_snapshot_says_which_version_it_is_written_in() -> None:
    assert dump_snapshot(a_request())["schema_version"] == SCHEMA_VERSION


def test_a_snapshot_of_a_newer_version_is_refused_with_what_to_do() -> None:
    newer = {**dump_snapshot(a_request()), "schema_version": SCHEMA_VERSION + 1}

    with pytest.raises(SnapshotTooNew, match=r"newer scribe-dagster\. Upgrade this one"):
        load_snapshot(newer)


def test_what_is_no_snapshot_is_refused() -> None:
    with pytest.raises(ValidationError):
        load_snapshot({"schema_version": 1, "url": "https://example.org"})


def test_loading_a_snapshot_leaves_it_as_it_is() -> None:
    snapshot = dump_snapshot(a_request())

    load_snapshot(snapshot)

    assert snapshot == dump_snapshot(a_request())


# -- Snapshots that earlier versions have stored; never change one of these files. --


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_a_snapshot_that_any_version_stored_can_be_loaded(version: int) -> None:
    snapshot = json.loads((STORED / f"v{version}.json").read_text("utf-8"))
    assert snapshot["schema_version"] == version

    now = dump_snapshot(load_snapshot(snapshot))
    assert known_to(version, now) == known_to(version, dump_snapshot(a_full_payload()))


ADDED = {2: ["image.renditions", "draft.image_alt"], 3: ["scraped.entry_url"]}
"""Fields that a version has added; those before it know nothing of them."""


def known_to(version: int, snapshot: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was added after a version."""
    for later in range(version + 1, SCHEMA_VERSION + 1):
        for field in ADDED[later]:
            part, name = field.split(".")
            snapshot = {**snapshot, part: {**snapshot[part]}}
            del snapshot[part][name]
    return snapshot


def test_the_stored_snapshot_of_this_version_fills_every_field() -> None:
    snapshot = json.loads((STORED / f"v{SCHEMA_VERSION}.json").read_text("utf-8"))

    assert empty_fields(snapshot) == []
    assert shape(snapshot) == shape(dump_snapshot(a_full_payload()))


def empty_fields(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict) and value and path != ".extra":
        return [name for key, item in value.items() for name in empty_fields(item, f"{path}.{key}")]
    return [path] if value in (None, "", [], {}) else []


def shape(value: Any) -> Any:
    return {key: shape(item) for key, item in value.items()} if isinstance(value, dict) else None


# -- Changes. --


def test_changes_are_the_fields_that_were_added_or_differ() -> None:
    before = {"schema_version": 1, "same": 1, "changed": [1], "emptied": "x"}
    after = {"schema_version": 1, "same": 1, "changed": [1, 2], "emptied": None, "added": {}}

    assert changes_between(before, after) == {
        "schema_version": 1,
        "changed": [1, 2],
        "emptied": None,
        "added": {},
    }


def test_where_nothing_changed_there_are_no_changes() -> None:
    snapshot = dump_snapshot(a_full_payload())

    assert changes_between(snapshot, dump_snapshot(a_full_payload())) == {
        "schema_version": SCHEMA_VERSION
    }


@given(payloads, payloads)
def test_changes_applied_to_the_state_before_give_the_state_after(
    one: ContentPayload, other: ContentPayload
) -> None:
    before, after = dump_snapshot(one), dump_snapshot(other)

    assert {**before, **changes_between(before, after)} == after
