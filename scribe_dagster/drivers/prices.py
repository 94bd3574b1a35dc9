"""What is known of a model's price before it is asked."""

from __future__ import annotations


def is_free(model: object) -> bool:
    """Tell whether a text or an image model says of itself that it costs nothing."""
    return getattr(model, "is_free", False)


def has_unknown_price(model: object) -> bool:
    """Tell whether a text or an image model says that it charges, and not how much."""
    return getattr(model, "is_unpriced", False)


def is_unpriced(model: str, provider: str, base_url: str | None, *, list_prices: bool) -> bool:
    """Tell whether somebody charges for a model, and nobody knows how much.

    Args:
        model: Its name.
        provider: Whose protocol it is asked in, by the price table's name.
        base_url: Where it is asked; None: at the provider's own address.
        list_prices: Whether whoever stands there charges what the provider does.

    Returns:
        False for a server that the price table does not know: most such servers charge nothing.
    """
    from genai_prices.data_snapshot import get_snapshot

    prices = get_snapshot()
    try:
        if base_url is None or list_prices:
            charging = prices.find_provider(None, provider, None)
        else:
            charging = prices.find_provider(None, None, base_url)
    except LookupError:
        return False
    try:
        prices.find_provider_model(model, charging, None, None)
    except LookupError:
        return True
    return False
