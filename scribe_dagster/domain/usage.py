"""What a call to a paid provider used."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from scribe_dagster.domain.value import Value


class Usage(Value):
    """Tokens and money; ``cost_usd`` is None where no price is known, never a guess."""

    model: str
    input_tokens: int = Field(0, ge=0)
    output_tokens: int = Field(0, ge=0)
    cost_usd: Decimal | None = None
