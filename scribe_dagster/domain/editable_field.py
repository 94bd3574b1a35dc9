"""Which fields of a payload a person may set by hand, and under what names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json

from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.sanitise import sanitise_article, visible_text
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.text import StorableJson, one_line, storable, storable_json
from scribe_dagster.domain.value import Value
from scribe_dagster.errors import InvalidEdit

PARTS: Mapping[str, tuple[type[Value], str]] = {
    "scraped": (ScrapedContent, "Scrape"),
    "draft": (Draft, "AiRewrite"),
    "image": (StoredImage, "GenerateImage"),
}
"""The parts of a payload that a stage adds, with that stage."""

_OTHER_SOURCE = "it is what the run is about. Process the other source as a run of its own"
_RECORD = "it records what was done, which an edit cannot undo"
_FILE = "it describes a file of the image store. Only image.alt can be set"
_FIXED: Mapping[str, str] = {
    "scraped.entry_url": "it says which entry of a feed was read",
    **dict.fromkeys(("source_url", "source", "source_text"), _OTHER_SOURCE),
    **dict.fromkeys(("staged_content_id", "article_id", "publications"), _RECORD),
    **{f"image.{name}": _FILE for name in StoredImage.model_fields if name != "alt"},
}


def _headline(title: str) -> str:
    if not (folded := " ".join(title.split())):
        raise ValueError("it is blank")
    return folded


def _article(html: str) -> str:
    clean = storable(sanitise_article(html))
    if not visible_text(clean):
        raise ValueError("nothing in it can be read, once what no article may hold is taken out")
    return clean


# What a text model is held to holds for a person too.
_RULES: Mapping[str, Callable[[str], str]] = {"draft.title": _headline, "draft.content": _article}


@dataclass(frozen=True, slots=True)
class EditableField:
    """One field by its full path, such as ``draft.title``, and the type of its values."""

    path: str
    annotation: Any

    def read(self, text: str) -> JsonValue:
        """Read what was typed.

        A field of text takes it as it stands, quotes and figures included; ``null`` empties one
        that may be empty. Any other field takes JSON, or else text.

        Raises:
            InvalidEdit: The field does not take it.
        """
        kinds = _kinds(self.annotation)
        value: JsonValue = text
        if str not in kinds or (text == "null" and NoneType in kinds):
            try:
                value = from_json(text, allow_inf_nan=False)
            except ValueError:
                value = text
        return self.checked(value)

    def checked(self, value: JsonValue) -> JsonValue:
        """Return a value as it will be stored, once it is known to be one of the field's.

        Raises:
            InvalidEdit: It is not.
        """
        try:
            typed = json.dumps(storable_json(value), allow_nan=False)
            adapter: TypeAdapter[Any] = TypeAdapter(self.annotation)
            # JSON's own types, strictly: 42 is no text and "42" no number, but a list is a tuple.
            found = adapter.validate_json(typed, strict=True)
            stored: JsonValue = adapter.dump_python(found, mode="json")
        except ValidationError as error:
            raise self._refused(value, _told(error)) from None
        except (TypeError, ValueError, RecursionError):
            raise self._refused(value, "it is not a JSON value") from None
        return stored

    def _refused(self, value: object, problem: str) -> InvalidEdit:
        shown = one_line(redact(repr(value)), limit=60)
        advice = ""
        if any(get_origin(kind) is tuple for kind in _kinds(self.annotation)):
            advice = f" A list is written as JSON: {self.path}='[…, …]'."
        return InvalidEdit(f"{self.path} cannot be set to {shown}: {problem}.{advice}")


def field_named(name: str) -> EditableField:
    """Find a field by its path, or by the short name of a field of the draft.

    Where the payload has a field of the same name, that one is meant: ``language`` is the language
    to write in, ``draft.language`` that of the draft.

    Raises:
        InvalidEdit: There is no such field, or it is not for people to set.
    """
    fields = _fields()
    if found := fields.get(name):
        return found
    head, *rest = name.split(".")
    if head == "extra" and all(rest):
        return EditableField(name, StorableJson)
    if name in PARTS:
        some = next(path for path in fields if path.startswith(f"{name}."))
        raise InvalidEdit(f"{name} cannot be set as a whole. Set its fields, such as {some}.")
    for path in (name, head):
        if path in _FIXED:
            raise InvalidEdit(f"{path} cannot be set: {_FIXED[path]}.")
    outer = name.rpartition(".")[0]
    while outer:
        if outer in fields:
            raise InvalidEdit(f"{name} cannot be set: {outer} can only be set as a whole.")
        outer = outer.rpartition(".")[0]
    close = get_close_matches(name, fields, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    raise InvalidEdit(
        f"There is no field {one_line(redact(name), limit=60)!r} to set.{meant} "
        f"Known: {', '.join(_shortest_names(fields))}, extra.NAME."
    )


@cache
def _fields() -> Mapping[str, EditableField]:
    """Every name of every editable field, but for what lies within ``extra``."""
    named: dict[str, EditableField] = {}
    for field in _fields_of(ContentPayload):
        named[field.path] = field
    for part, (model, _) in PARTS.items():
        for field in _fields_of(model, f"{part}."):
            named[field.path] = field
    for field in _fields_of(Draft, "draft."):
        named.setdefault(field.path.removeprefix("draft."), field)
    return named


def _fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[EditableField]:
    for name, info in model.model_fields.items():
        path = prefix + name
        if path not in _FIXED and path not in PARTS:
            annotation: Any = Annotated[info.annotation, info]
            if rule := _RULES.get(path):
                annotation = Annotated[annotation, AfterValidator(rule)]
            yield EditableField(path, annotation)


def _shortest_names(fields: Mapping[str, EditableField]) -> list[str]:
    """Name each field once."""
    shortest: dict[str, str] = {}
    for name, field in fields.items():
        shortest[field.path] = min(name, shortest.get(field.path, name), key=len)
    return list(shortest.values())


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """Take a type apart: the members of a union, without their metadata."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        return tuple(kind for member in get_args(annotation) for kind in _kinds(member))
    return (annotation,)


def _told(error: ValidationError) -> str:
    """Say in one line what pydantic found."""
    problems = []
    for found in error.errors(include_url=False, include_input=False, include_context=False):
        said = found["msg"].removeprefix("Value error, ")
        where = ".".join(map(str, found["loc"]))
        problems.append((f"at {where}, " if where else "") + said[:1].lower() + said[1:])
    return "; ".join(problems[:3])
