"""What an answer has cost, by a maintained table of list prices."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse


def price_of(response: ModelResponse, *, at_list_price: bool) -> Decimal | None:
    """Price one answer in US dollars.

    Args:
        response: The answer, with its tokens, its model and the address it came from.
        at_list_price: Whether whoever answered charges what the provider whose protocol it speaks
            does. Else a price is known only for addresses that stand in the table themselves.

    Returns:
        None where no price is known, and where the tokens were not counted; never a guess.
    """
    from genai_prices import calc_price

    if response.usage.unmeasured_requests:
        return None
    if at_list_price:
        # Taken from the same table, when the answer came.
        return response.usage.cost
    try:
        return calc_price(
            response.usage,
            response.model_name or "",
            provider_api_url=response.provider_url or "",
            genai_request_timestamp=response.timestamp,
        ).total_price
    except (LookupError, ValueError):
        return None
