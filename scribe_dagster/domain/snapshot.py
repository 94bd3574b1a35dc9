"""The stored form of a payload, readable by every later version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.errors import ScribeError

SCHEMA_VERSION = 3
"""Raise it whenever the payload gets a field, or one changes name or meaning.

Add a migration then: what an older version cannot read it must know to be too new for it.
"""


def _unchanged(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Take over a snapshot to which the next version has only added fields that may be left out."""
    return snapshot


_MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: _unchanged,
    2: _unchanged,
}
"""From a version to the function that turns its snapshots into those of the next version."""

_VERSION_KEY = "schema_version"


class SnapshotTooNew(ScribeError):
    """The snapshot was written by a newer scribe-dagster. Upgrade this one, then resume."""


def dump_snapshot(payload: ContentPayload) -> dict[str, Any]:
    """Return the payload as JSON values, with the version they are written in."""
    return {_VERSION_KEY: SCHEMA_VERSION, **payload.model_dump(mode="json")}


def load_snapshot(snapshot: Mapping[str, Any]) -> ContentPayload:
    """Read a snapshot of this or any earlier version.

    Raises:
        SnapshotTooNew: A later version wrote it.
        pydantic.ValidationError: It is not a snapshot.
    """
    state = _at_version(snapshot, SCHEMA_VERSION)
    del state[_VERSION_KEY]
    return ContentPayload.model_validate(state)


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the top-level fields of ``after`` that ``before`` lacks or holds otherwise.

    They carry the version they are written in, as a snapshot does.
    """
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    return {_VERSION_KEY: after[_VERSION_KEY], **changed}


def apply_changes(snapshot: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the snapshot with a stage's changes, in the version the stage wrote.

    Applied in order to the first snapshot, the changes of each stage give the state after any of
    them, whichever versions wrote them.

    Raises:
        SnapshotTooNew: A later version wrote one of them.
    """
    # Those of the first release carry no version.
    version = int(changes.get(_VERSION_KEY, 1))
    return _at_version(snapshot, version) | {**changes, _VERSION_KEY: version}


def _at_version(snapshot: Mapping[str, Any], version: int) -> dict[str, Any]:
    state = dict(snapshot)
    written = int(state.pop(_VERSION_KEY, 1))
    if max(version, written) > SCHEMA_VERSION:
        raise SnapshotTooNew
    for step in range(written, version):
        state = _MIGRATIONS[step](state)
    return {**state, _VERSION_KEY: max(version, written)}
