"""Text that every store, log and document format can hold."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, JsonValue

# NUL is refused by PostgreSQL's JSONB, the other control characters by XML, and lone surrogates
# by UTF-8; those above DEL are orders to a terminal. Foreign pages hold all of them; none carries
# meaning. U+0085 ends a line, and stays.
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def storable(value: str) -> str:
    """Drop the characters that a database, XML or UTF-8 cannot hold, or that a terminal obeys."""
    return _UNSTORABLE.sub("", value)


def one_line(value: str, *, limit: int) -> str:
    """Fold white space and cut at a word to at most ``limit`` characters, with an ellipsis."""
    folded = " ".join(storable(value).split())
    if len(folded) <= limit:
        return folded
    cut = folded[: limit - 1]
    head, _, _ = cut.rpartition(" ")
    # A script without spaces, or one very long word, is cut where the room ends.
    return (head if len(head) > limit // 2 else cut).rstrip(" ,;:.–—-") + "…"


def storable_json(value: JsonValue) -> JsonValue:
    """Drop what cannot be stored from every text in a JSON value."""
    match value:
        case str():
            return storable(value)
        case list():
            return [storable_json(item) for item in value]
        case dict():
            return {storable(key): storable_json(item) for key, item in value.items()}
        case _:
            return value


def _storable_if_text(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


# Before validation: a limit on the length is meant for what is kept.
StorableText = Annotated[str, BeforeValidator(_storable_if_text)]
"""A string that survives every store and feed; what cannot be stored is dropped."""

StorableJson = Annotated[JsonValue, AfterValidator(storable_json)]
"""A JSON value all of whose texts survive every store and feed."""
