"""The two kinds of database, and how the one that has a server can go away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from fakes.postgres_server import Postgres, postgres_server

KINDS = ("sqlite", "postgres")

_ONE_AT_A_TIME = Lock()
"""The package that runs the servers knows several processes, but not several threads."""

_END_ALL_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class ChaosDatabase:
    """A database of a lane's own; SQLite has no server."""

    url: str
    server: Postgres | None = None

    def end_all_sessions(self) -> None:
        """Cut every connection, as an administrator or a failover does."""
        assert self.server is not None
        self.server.execute(_END_ALL_SESSIONS)

    def stop(self) -> None:
        """Take the server down."""
        assert self.server is not None
        with _ONE_AT_A_TIME:
            self.server.stop()

    def start(self) -> None:
        """Bring it up again, under the same address."""
        assert self.server is not None
        with _ONE_AT_A_TIME:
            self.server.start()


@contextmanager
def open_database(kind: str, folder: Path) -> Iterator[ChaosDatabase]:
    """Make an empty database; PostgreSQL with a server that nobody else uses."""
    if kind == "sqlite":
        yield ChaosDatabase(f"sqlite:///{folder / 'scribe.db'}")
    else:
        with ExitStack() as opened:
            with _ONE_AT_A_TIME:
                server = opened.enter_context(postgres_server())
            try:
                yield ChaosDatabase(server.url, server)
            finally:
                with _ONE_AT_A_TIME:
                    opened.close()
