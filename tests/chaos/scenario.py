"""A row of the matrix: what goes wrong, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chaos.cell import Cell
from chaos.databases import KINDS
from chaos.outside_world import CHANNELS

SHELL_DOORS = ("cli", "python", "job")
DEV_DOORS = ("ui", "sensor")
ALL_DOORS = (*SHELL_DOORS, *DEV_DOORS)
MOST_DOORS = ("cli", "python", *DEV_DOORS)
"""Without `dagster job execute`: its workers are the UI's, in a process like the CLI's."""

ONCE: Mapping[str, int] = {"rewrite": 1, "image": 1, **dict.fromkeys(CHANNELS, 1)}

Act = Callable[[Cell], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row."""

    group: str
    name: str
    act: Act
    calls: Mapping[str, int] = field(default_factory=lambda: ONCE)
    """How often each call is made, all told: what was paid for and not written down is again."""
    doors: tuple[str, ...] = MOST_DOORS
    databases: tuple[str, ...] = KINDS
    short_lease: bool = False
    """Whether it is the lease that must prove the worker's death."""

    @property
    def title(self) -> str:
        return f"{self.group}: {self.name}"


def calls(**differently: int) -> Mapping[str, int]:
    """Every call once, but for these."""
    return {**ONCE, **differently}
