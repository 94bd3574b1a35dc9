"""Changes a person makes to a stored payload before the run goes on from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from scribe_dagster.domain.editable_field import PARTS, field_named
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import one_line, storable
from scribe_dagster.errors import InvalidEdit


@dataclass(frozen=True, slots=True)
class Edit:
    """A field's new value, as JSON. ``path`` is the field's, or a short name of it."""

    path: str
    value: JsonValue


def parse_edit(text: str) -> Edit:
    """Read ``"title=A better title"`` or ``'tags=["a", "b"]'``.

    Raises:
        InvalidEdit: It is not of that form, the field is not one to be set, or does not take the
            value.
    """
    name, equals, value = storable(text).partition("=")
    if not equals:
        shown = one_line(redact(text), limit=60)
        raise InvalidEdit(f'{shown!r} is not NAME=VALUE. Write title="A better title".')
    field = field_named(name.strip())
    return Edit(field.path, field.read(value))


def apply_edits(payload: ContentPayload, edits: Iterable[Edit]) -> ContentPayload:
    """Return the payload with these fields set, in this order.

    Of ``extra``, objects on the way to a field are made where there are none.

    Raises:
        InvalidEdit: A field is not one to be set, does not take its value, belongs to a part that
            the payload does not have yet, or is set twice; or the category is none of those
            offered.
    """
    changes = edits_as_json(edits)
    state = payload.model_dump(mode="json", include={path.partition(".")[0] for path in changes})
    for path, value in changes.items():
        _set(state, path, value)
    edited = payload.evolve(**state)
    if {"categories", "draft.category_id"} & changes.keys():
        _check_category(edited)
    return edited


def edits_as_json(edits: Iterable[Edit]) -> dict[str, JsonValue]:
    """Return the edits as they are recorded: ``{"draft.title": "A better title"}``.

    Raises:
        InvalidEdit: A field is not one to be set, does not take its value, or is set twice.
    """
    changes: dict[str, JsonValue] = {}
    for edit in edits:
        field = field_named(edit.path)
        if field.path in changes:
            raise InvalidEdit(f"{field.path} is set twice. Set it once.")
        changes[field.path] = field.checked(edit.value)
    return changes


def _set(state: dict[str, Any], path: str, value: JsonValue) -> None:
    *way, last = path.split(".")
    if way and way[0] in PARTS and state[way[0]] is None:
        _, stage = PARTS[way[0]]
        raise InvalidEdit(
            f"{path} cannot be set yet: {stage} adds it, and has not. "
            f"Go on from a stage after {stage}."
        )
    target = state
    for depth, key in enumerate(way, start=1):
        target = target.setdefault(key, {})
        if not isinstance(target, dict):
            outer = ".".join(way[:depth])
            raise InvalidEdit(
                f"{path} cannot be set: {outer} is not an object. Set {outer} instead."
            )
    target[last] = value


def _check_category(payload: ContentPayload) -> None:
    offered = {category.id: category.name for category in payload.categories}
    chosen = payload.draft.category_id if payload.draft else None
    if chosen is None or chosen in offered:
        return
    listing = ", ".join(f"{number} ({name})" for number, name in offered.items()) or "none"
    raise InvalidEdit(
        f"draft.category_id cannot be {chosen}: the categories offered are {listing}. "
        "Set category_id to one of them or to null, or set categories too."
    )
