"""Claude, by Anthropic's messages protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.drivers.ai.chat_text_model import ChatTextModel
from scribe_dagster.drivers.ai.provider_terms import ProviderTerms

if TYPE_CHECKING:
    from pydantic_ai.models import Model

# Proxies that hold the key themselves ask for none; the client library insists on one.
_NO_KEY = "not-needed"

# Several times an article's length. Left to itself the library asks for all that the model can
# write, and has to stream an answer of which every part is of use only when the last one is there.
_MOST_TOKENS = 16_000


class AnthropicTextModel(ChatTextModel):
    """Speaks the messages protocol; ``base_url`` is what stands before ``/v1/messages``."""

    name: ClassVar[str] = "anthropic"
    model_setting: ClassVar[str] = "anthropic_content_model"
    terms: ClassVar[ProviderTerms] = ProviderTerms(
        name="anthropic",
        api="Anthropic API",
        key="ANTHROPIC_API_KEY",
        model="ANTHROPIC_CONTENT_MODEL",
        base_url="ANTHROPIC_BASE_URL",
        price_list="anthropic",
    )

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the model's client. Nothing is imported or connected to yet.

        Raises:
            ConfigurationError: The library or the key is missing, or the address is none.
        """
        cls.terms.check_installed("anthropic", extra="anthropic")
        cls.terms.check_access(settings.anthropic_api_key, settings.anthropic_base_url)
        return cls(
            settings.anthropic_content_model,
            api_key=settings.anthropic_api_key,
            base_url=settings.anthropic_base_url,
            list_prices=settings.ai_list_prices,
            prompts=settings.prompts_dir,
        )

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Model]:
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        async with AsyncAnthropic(
            api_key=self._api_key.get_secret_value() if self._api_key else _NO_KEY,
            base_url=self._base_url,
            timeout=self._timeout,
            max_retries=0,
        ) as client:
            yield AnthropicModel(
                self._model_name,
                provider=AnthropicProvider(anthropic_client=client),
                settings={"max_tokens": _MOST_TOKENS},
            )
