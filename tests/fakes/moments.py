"""Somebody else, at the worst moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from scribe_dagster.db.database import Database


@contextmanager
def just_before(
    database: Database, statement: str, intrude: Callable[[], object]
) -> Iterator[None]:
    """Have something happen, once, right before the first statement that begins like this."""
    still_to_come = True

    def listen(_connection: Any, _cursor: Any, executed: str, *_more: Any) -> None:
        nonlocal still_to_come
        if still_to_come and executed.startswith(statement):
            still_to_come = False
            intrude()

    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)
    assert not still_to_come, f"nobody executed {statement}"
