"""Prices come from a maintained table, or are unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic_ai.messages import ModelResponse
from pydantic_ai.usage import RequestUsage

from scribe_dagster.drivers.ai.prices import price_of
from scribe_dagster.drivers.prices import is_unpriced


def answered(url: str, model: str, **usage: int) -> ModelResponse:
    counted = {"input_tokens": 2_000, "output_tokens": 1_000, **usage}
    return ModelResponse(
        parts=[],
        model_name=model,
        provider_url=url,
        provider_name="openai",
        usage=RequestUsage(**counted),
    )


def test_an_address_that_stands_in_the_table_has_its_own_price() -> None:
    price = price_of(answered("https://api.openai.com/v1/", "gpt-4o-mini"), at_list_price=False)

    assert price == Decimal("0.0009")


@pytest.mark.parametrize(
    ("url", "model"),
    [
        ("http://127.0.0.1:8080/v1/", "gpt-4o-mini"),
        ("https://api.openai.com/v1/", "a-model-of-my-own"),
        ("", ""),
    ],
)
def test_what_is_in_no_table_has_no_price(url: str, model: str) -> None:
    assert price_of(answered(url, model), at_list_price=False) is None


@pytest.mark.parametrize(
    ("model", "base_url", "list_prices", "unpriced"),
    [
        ("gpt-4o-mini", None, False, False),
        ("ft:gpt-4o-mini-2024-07-18:us::1", None, False, False),
        ("gpt-of-tomorrow", None, False, True),
        ("gpt-of-tomorrow", "http://127.0.0.1:8080/v1", True, True),
        ("gpt-of-tomorrow", "http://127.0.0.1:8080/v1", False, False),
        ("nobody/knows-it", "https://openrouter.ai/api/v1", False, True),
    ],
)
def test_a_model_is_unpriced_where_a_known_provider_charges_an_unknown_price(
    model: str, base_url: str | None, list_prices: bool, unpriced: bool
) -> None:
    assert is_unpriced(model, "openai", base_url, list_prices=list_prices) is unpriced


def test_tokens_that_nobody_counted_have_no_price() -> None:
    uncounted = answered("https://api.openai.com/v1/", "gpt-4o-mini", unmeasured_requests=1)

    assert price_of(uncounted, at_list_price=False) is None
    assert price_of(uncounted, at_list_price=True) is None
