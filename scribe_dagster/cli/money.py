"""Tokens and money, as people read them."""

from __future__ import annotations

from decimal import Decimal


def tokens_and_money(tokens: int, cost_usd: Decimal | None) -> str:
    """Return for example ``1,540 tokens, $0.0004``; no price where none is known."""
    shown = f"{tokens:,} tokens"
    return f"{shown}, ${cost_usd:.4f}" if cost_usd else shown
