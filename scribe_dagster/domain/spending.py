"""What runs have used, all told."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from scribe_dagster.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens and US dollars: spent over all attempts at a run, or saved by resuming it."""

    tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    @classmethod
    def of(cls, usage: Usage) -> Self:
        """Return what one call used; no money where no price is known."""
        return cls(usage.input_tokens + usage.output_tokens, usage.cost_usd or Decimal(0))

    def __add__(self, other: Spending) -> Spending:
        return Spending(self.tokens + other.tokens, self.cost_usd + other.cost_usd)

    def __bool__(self) -> bool:
        return bool(self.tokens or self.cost_usd)

    def __str__(self) -> str:
        tokens = f"{self.tokens:,} tokens"
        return f"{tokens}, ${self.cost_usd:.4f}" if self.cost_usd else tokens
