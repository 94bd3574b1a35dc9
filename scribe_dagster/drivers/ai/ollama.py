"""Models on one's own machine, by Ollama's own protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.drivers.ai.chat_text_model import ChatTextModel
from scribe_dagster.drivers.ai.provider_terms import ProviderTerms

if TYPE_CHECKING:
    from pydantic_ai.models import Model


class OllamaTextModel(ChatTextModel):
    """Speaks ``/api/chat``; ``base_url`` is what stands before it.

    Not the OpenAI protocol, which Ollama speaks as well: there nobody can ask for a context window,
    and of a page that does not fit into the default one the beginning would be left out silently.

    Args:
        model: As :class:`ChatTextModel`, with all other arguments.
        context_length: Context window to ask for, in tokens; page and article must fit in.
    """

    name: ClassVar[str] = "ollama"
    model_setting: ClassVar[str] = "ollama_content_model"
    is_free: ClassVar[bool] = True
    terms: ClassVar[ProviderTerms] = ProviderTerms(
        name="ollama",
        api="Ollama API",
        key="OLLAMA_API_KEY",
        model="OLLAMA_CONTENT_MODEL",
        base_url="OLLAMA_BASE_URL",
        timeout="OLLAMA_TIMEOUT",
        context="OLLAMA_CONTEXT_LENGTH",
    )

    def __init__(self, model: str, *, context_length: int = 16_384, **access: Any) -> None:
        super().__init__(model, **access)
        self._context_length = context_length

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the model's client. Nothing is imported or connected to yet.

        Raises:
            ConfigurationError: The server's address is none.
        """
        cls.terms.check_access(settings.ollama_api_key, settings.ollama_base_url)
        return cls(
            settings.ollama_content_model,
            api_key=settings.ollama_api_key,
            base_url=settings.ollama_base_url,
            context_length=settings.ollama_context_length,
            prompts=settings.prompts_dir,
            timeout=settings.ollama_timeout,
        )

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[Model]:
        import httpx2

        from scribe_dagster.drivers.ai.ollama_chat import ollama_chat

        headers = {}
        if self._api_key is not None:
            headers["Authorization"] = f"Bearer {self._api_key.get_secret_value()}"
        async with httpx2.AsyncClient(
            base_url=self._base_url or "", headers=headers, timeout=self._timeout
        ) as http:
            yield ollama_chat(self._model_name, http, context_length=self._context_length)
