"""Text models behind the chat completions protocol: OpenAI's own and those of whoever speaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pydantic import SecretStr

from scribe_dagster.config import Settings
from scribe_dagster.domain.text import one_line
from scribe_dagster.domain.usage import Usage
from scribe_dagster.drivers.ai.languages import language_code
from scribe_dagster.drivers.ai.prompts import load_prompt
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest
from scribe_dagster.drivers.ai.rewrite_prompt import rewrite_prompt
from scribe_dagster.drivers.ai.rewrite_schema import RewriteAnswer, to_draft
from scribe_dagster.errors import ConfigurationError, ErrorKind, Rejected

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model

T = TypeVar("T")

_RE_ASKS = 2

# Servers at home ask for no key; the client library insists on one.
_NO_KEY = SecretStr("not-needed")


class OpenAITextModel:
    """Asks a chat model for the whole article in one structured answer.

    Args:
        model: Name of the model.
        api_key: Key to present; None for a server that asks for none.
        base_url: Where the protocol is spoken, up to and with ``/v1``; None: OpenAI.
        fallback_model: Model to ask on the same server when the first one cannot be had just now:
            a timeout, a rate limit, a server error.
        timeout: Longest time to wait for one answer, in seconds, all told.
    """

    name: ClassVar[str] = "openai"

    def __init__(
        self,
        model: str,
        *,
        api_key: SecretStr | None = None,
        base_url: str | None = None,
        fallback_model: str | None = None,
        timeout: float = 120.0,
    ) -> None:
        self._model_name = model
        self._api_key = api_key or _NO_KEY
        self._base_url = base_url
        self._fallback_model_name = fallback_model
        self._timeout = timeout

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the model's client. Nothing is imported or connected to yet.

        Raises:
            ConfigurationError: There is no key, and no server of one's own that may need none; or
                that server's address is none.
        """
        if settings.openai_api_key is None and settings.openai_base_url is None:
            raise ConfigurationError(
                "The openai text model needs OPENAI_API_KEY. Set it, or set AI_PROVIDER=local, "
                "which needs no key."
            )
        if not (settings.openai_base_url or "https://").startswith(("http://", "https://")):
            raise ConfigurationError(
                "OPENAI_BASE_URL must begin with http:// or https:// and usually ends with /v1."
            )
        return cls(
            settings.openai_content_model,
            api_key=settings.openai_api_key,
            base_url=settings.openai_base_url,
            fallback_model=settings.openai_fallback_model,
        )

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        """Have the model write the article.

        An answer that does not fit the schema is handed back to the model, twice at most; that is
        the only reason for which more than one call is made to a model.

        Raises:
            Rejected: The model's verdict, or its refusal, is that this should not be published.
            ModelError: No usable answer. Truncated and misshapen answers are permanent: the model
                was asked again already, and the same source would be paid for to no better end.
        """
        return _run(self._rewrite(request))

    async def _rewrite(self, request: RewriteRequest) -> Rewrite:
        import pydantic_ai
        from openai import AsyncOpenAI
        from pydantic_ai import Agent, FallbackExceptionGroup, NativeOutput
        from pydantic_ai.exceptions import AgentRunError

        from scribe_dagster.drivers.ai.openai_failure import model_error

        # Our terminal output is ours; the library would greet our users on their first run.
        pydantic_ai.BANNER_ENABLED = False
        async with AsyncOpenAI(
            api_key=self._api_key.get_secret_value(),
            base_url=self._base_url,
            timeout=self._timeout,
            # Whoever resumes the run decides about trying again, and holds no worker meanwhile.
            max_retries=0,
        ) as client:
            agent = Agent(
                self._model(client),
                name="rewrite",
                output_type=NativeOutput(RewriteAnswer, strict=True),
                instructions=load_prompt("rewrite"),
                retries={"output": _RE_ASKS},
                # The client's timeout bounds each wait for bytes, this one the whole answer.
                model_settings={"request_timeout": self._timeout},
            )
            responses: list[ModelResponse] = []
            try:
                async with agent.iter(rewrite_prompt(request)) as run:
                    async for node in run:
                        if Agent.is_call_tools_node(node):
                            _raise_if_refused(node.model_response)
                            responses.append(node.model_response)
            except (AgentRunError, FallbackExceptionGroup) as error:
                raise model_error(error, secrets=[self._api_key.get_secret_value()]) from error

        assert run.result is not None
        usage = _usage(responses, asked=self._model_name)
        draft = to_draft(
            run.result.output,
            categories=request.categories,
            language=_language_written(request),
            written_by=f"openai {usage.model}",
        )
        return Rewrite(draft, usage)

    def _model(self, client: AsyncOpenAI) -> Model:
        from pydantic_ai.models.fallback import FallbackModel
        from pydantic_ai.providers.openai import OpenAIProvider

        from scribe_dagster.drivers.ai.openai_chat import CompatibleChatModel
        from scribe_dagster.drivers.ai.openai_failure import kind_of

        provider = OpenAIProvider(openai_client=client)
        first = CompatibleChatModel(self._model_name, provider=provider)
        if self._fallback_model_name is None:
            return first

        def first_is_unavailable(error: Exception) -> bool:
            # Of the fallback every failure counts, so that the error tells of both models.
            asked = getattr(error, "model_name", self._model_name)
            return asked != self._model_name or kind_of(error) is ErrorKind.TRANSIENT

        second = CompatibleChatModel(self._fallback_model_name, provider=provider)
        return FallbackModel(first, second, fallback_on=first_is_unavailable)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also where an event loop is running already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # The usual case stays in its own thread, where Ctrl-C cancels the call at once.
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


def _raise_if_refused(response: ModelResponse) -> None:
    """Take a refusal for the verdict it is; asking again would only repeat it."""
    if response.finish_reason != "content_filter":
        return
    refusal = one_line(str((response.provider_details or {}).get("refusal", "")), limit=300)
    raise Rejected(refusal or "the provider's content filter stopped the answer")


def _usage(responses: Sequence[ModelResponse], *, asked: str) -> Usage:
    costs = [
        None if response.usage.unmeasured_requests else response.usage.cost
        for response in responses
    ]
    known = [cost for cost in costs if cost is not None]
    return Usage(
        model=responses[-1].model_name or asked,
        input_tokens=sum(response.usage.input_tokens for response in responses),
        output_tokens=sum(response.usage.output_tokens for response in responses),
        # A sum with a price missing would be a guess.
        cost_usd=sum(known) if len(known) == len(costs) else None,
    )


def _language_written(request: RewriteRequest) -> str | None:
    if request.language is None or not request.language.strip():
        return request.content.language
    return language_code(request.language) or request.language.strip()
