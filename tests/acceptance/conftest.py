"""The product as its users meet it: a command, in a process of its own."""

from __future__ import annotations

from fakes.command_line import EXAMPLE, REPOSITORY, CommandLine, Outcome

__all__ = ["EXAMPLE", "REPOSITORY", "CommandLine", "Outcome"]
