"""What a call to a paid provider used."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from scribe_dagster.domain.value import Value
from scribe_dagster.errors import ScribeError


class Usage(Value):
    """Tokens and money; ``cost_usd`` is None where no price is known, never a guess."""

    provider: str = ""
    model: str
    input_tokens: int = Field(0, ge=0)
    output_tokens: int = Field(0, ge=0)
    cost_usd: Decimal | None = None

    def after(self, earlier: Usage | None) -> Usage:
        """Return what this call and an earlier one, of whichever provider, used together.

        It bears the name of this one, which answered. A cost that is known is counted even if the
        other one is not: a budget must see what was paid for certain.
        """
        if earlier is None:
            return self
        known = [cost for cost in (self.cost_usd, earlier.cost_usd) if cost is not None]
        return self.evolve(
            input_tokens=self.input_tokens + earlier.input_tokens,
            output_tokens=self.output_tokens + earlier.output_tokens,
            cost_usd=sum(known) if known else None,
        )


def used_by(error: BaseException) -> Usage | None:
    """Return what a call had used when it failed, or when it ended in a rejection."""
    used = error.usage if isinstance(error, ScribeError) else None
    return used if isinstance(used, Usage) else None
