"""Gemini, by the protocol of Google's Gemini API."""

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


class GeminiTextModel(ChatTextModel):
    """Speaks ``generateContent``; ``base_url`` is what stands before ``/v1beta/models``."""

    name: ClassVar[str] = "gemini"
    model_setting: ClassVar[str] = "gemini_content_model"
    terms: ClassVar[ProviderTerms] = ProviderTerms(
        name="gemini",
        api="Gemini API",
        key="GEMINI_API_KEY",
        model="GEMINI_CONTENT_MODEL",
        base_url="GEMINI_BASE_URL",
        price_list="google",
    )

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the model's client. Nothing is imported or connected to yet.

        Raises:
            ConfigurationError: The library or the key is missing, or the address is none.
        """
        cls.terms.check_installed("google.genai", extra="google")
        cls.terms.check_access(settings.gemini_api_key, settings.gemini_base_url)
        return cls(
            settings.gemini_content_model,
            api_key=settings.gemini_api_key,
            base_url=settings.gemini_base_url,
            list_prices=settings.ai_list_prices,
            prompts=settings.prompts_dir,
        )

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Model]:
        import httpx2
        from google.genai.types import HttpRetryOptions
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        async with httpx2.AsyncClient(timeout=self._timeout) as http:
            provider = GoogleProvider(
                api_key=self._api_key.get_secret_value() if self._api_key else _NO_KEY,
                base_url=self._base_url,
                http_client=http,
                retry_options=HttpRetryOptions(attempts=1),
            )
            yield GoogleModel(self._model_name, provider=provider)
