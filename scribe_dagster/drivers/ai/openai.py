"""Text models behind the chat completions protocol: OpenAI's own and those of whoever speaks it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.drivers.ai.chat_text_model import ChatTextModel
from scribe_dagster.drivers.ai.provider_terms import ProviderTerms

if TYPE_CHECKING:
    from pydantic_ai.models import Model

# Servers at home ask for no key; the client library insists on one.
_NO_KEY = "not-needed"


class OpenAITextModel(ChatTextModel):
    """Speaks the chat completions protocol; ``base_url`` goes up to and with ``/v1``."""

    name: ClassVar[str] = "openai"
    model_setting: ClassVar[str] = "openai_content_model"
    terms: ClassVar[ProviderTerms] = ProviderTerms(
        name="openai",
        api="OpenAI chat API",
        key="OPENAI_API_KEY",
        model="OPENAI_CONTENT_MODEL",
        base_url="OPENAI_BASE_URL",
        price_list="openai",
        timeout="OPENAI_TIMEOUT",
        base_url_ends="/v1",
    )

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the model's client. Nothing is imported or connected to yet.

        Raises:
            ConfigurationError: There is no key, and no server of one's own that may need none; or
                that server's address is none.
        """
        cls.terms.check_access(settings.openai_api_key, settings.openai_base_url)
        return cls(
            settings.openai_content_model,
            api_key=settings.openai_api_key,
            base_url=settings.openai_base_url,
            list_prices=settings.ai_list_prices,
            prompts=settings.prompts_dir,
            timeout=settings.openai_timeout,
        )

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Model]:
        from openai import AsyncOpenAI
        from pydantic_ai.providers.openai import OpenAIProvider

        from scribe_dagster.drivers.ai.openai_chat import CompatibleChatModel

        async with AsyncOpenAI(
            api_key=self._api_key.get_secret_value() if self._api_key else _NO_KEY,
            base_url=self._base_url,
            timeout=self._timeout,
            max_retries=0,
        ) as client:
            yield CompatibleChatModel(
                self._model_name,
                provider=OpenAIProvider(openai_client=client),
                # A server that knows no schema seldom knows this half measure.
                profile={"supports_json_object_output": False},
            )
