"""What a dry run would have sent, on the terminal."""

from __future__ import annotations

import logging
import sys


class _OnStandardError(logging.Handler):
    """Prints a record as one line; standard output is for results."""

    def emit(self, record: logging.LogRecord) -> None:
        # Looked up late: who captures the stream puts another one in its place.
        print(f"  {record.getMessage()}", file=sys.stderr)  # noqa: T201


def show_dry_runs() -> None:
    """Show what is logged as a dry run; anything else stays in Dagster's log."""
    logger = logging.getLogger("scribe_dagster.dry_run")
    logger.setLevel(logging.INFO)
    logger.addHandler(_OnStandardError())
