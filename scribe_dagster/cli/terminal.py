"""Where commands print."""

from __future__ import annotations

import os
import sys

from rich.console import Console

_PIPED_WIDTH = 200
"""Columns. A pipe has no width of its own, and nobody wants an address cut for it."""


class Terminal(Console):
    """Standard output, for people; plain and wide when it is piped."""

    def __init__(self) -> None:
        told = sys.stdout.isatty() or "COLUMNS" in os.environ
        # Messages are shown as they are: ":x:" is no request for a picture.
        super().__init__(width=None if told else _PIPED_WIDTH, emoji=False)

    def on_broken_pipe(self) -> None:
        """Go on in silence: ``process | head`` must not end a run half-way."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
