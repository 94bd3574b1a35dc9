"""The product's own log, on the terminal: what the ``log`` channel and a dry run write."""

from __future__ import annotations

import logging
import sys


class _OnStandardError(logging.Handler):
    """Prints a record as one line; standard output is for results."""

    def emit(self, record: logging.LogRecord) -> None:
        # Looked up late: who captures the stream puts another one in its place.
        print(f"  {record.getMessage()}", file=sys.stderr)  # noqa: T201


def show_log() -> None:
    """Show what is logged under ``scribe_dagster`` from INFO on."""
    logger = logging.getLogger("scribe_dagster")
    logger.setLevel(logging.INFO)
    logger.addHandler(_OnStandardError())
