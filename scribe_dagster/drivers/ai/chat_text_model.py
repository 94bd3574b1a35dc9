"""A text model that is asked, in a chat, for the whole article in one structured answer.

Everything that does not depend on whose chat it is stands here; a provider adds how to reach it.
"""

from __future__ import annotations

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import SecretStr

from scribe_dagster.domain.text import one_line
from scribe_dagster.domain.usage import Usage
from scribe_dagster.drivers.ai.languages import language_code
from scribe_dagster.drivers.ai.prices import price_of
from scribe_dagster.drivers.ai.prompts import load_prompt
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest
from scribe_dagster.drivers.ai.provider_terms import ProviderTerms
from scribe_dagster.drivers.ai.rewrite_prompt import rewrite_prompt
from scribe_dagster.drivers.ai.rewrite_schema import RewriteAnswer, to_draft
from scribe_dagster.drivers.prices import is_free, is_unpriced
from scribe_dagster.errors import Rejected, ScribeError

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model
    from pydantic_ai.output import OutputSpec

T = TypeVar("T")

_RE_ASKS = 2

_IN_A_FOLDER = re.compile(r"/|\\|[a-z]:[/\\]", re.IGNORECASE)


class ChatTextModel(ABC):
    """Asks a chat model for an article, and hands an answer that does not fit back to it.

    Args:
        model: Name of the model.
        api_key: Key to present; None for a server that asks for none.
        base_url: Where the protocol is spoken; None: at the provider's own address.
        list_prices: Whether a server at ``base_url`` charges what the provider itself charges.
        prompts: Folder with prompts of one's own; None: those that are packaged.
        timeout: Longest time to wait for one answer, in seconds, all told.

    Raises:
        ConfigurationError: There is something wrong with the prompts.
    """

    name: ClassVar[str]
    terms: ClassVar[ProviderTerms]

    def __init__(
        self,
        model: str,
        *,
        api_key: SecretStr | None = None,
        base_url: str | None = None,
        list_prices: bool = False,
        prompts: Path | None = None,
        timeout: float = 120.0,
    ) -> None:
        self._model_name = model
        self._api_key = api_key
        self._base_url = base_url
        self._list_prices = list_prices
        self._instructions = load_prompt("rewrite", prompts)
        self._timeout = timeout

    @property
    def is_unpriced(self) -> bool:
        """Whether somebody charges for the model, and nobody knows how much."""
        return is_unpriced(
            self._model_name, self.terms.price_list, self._base_url, list_prices=self._list_prices
        )

    @abstractmethod
    def _connect(self) -> AbstractAsyncContextManager[Model]:
        """Open the way to the model, with every retry of the client library switched off.

        Whoever resumes the run decides about trying again, and holds no worker meanwhile.
        """

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        """Have the model write the article.

        An answer that does not fit the schema is handed back to the model, twice at most; that is
        the only reason for which more than one call is made.

        Raises:
            Rejected: The model's verdict, or its refusal, is that this should not be published.
            ModelError: No usable answer. Truncated and misshapen answers are permanent: the model
                was asked again already, and the same source would be paid for to no better end.
            BudgetSpent: Its answer did not fit, and the budget leaves nothing to ask again.
        """
        responses: list[ModelResponse] = []
        try:
            answer = _run(self._ask(request, responses))
            usage = self._usage(responses)
            assert usage is not None
            draft = to_draft(
                answer,
                categories=request.categories,
                language=_language_written(request),
                written_by=f"{self.name} {usage.model}",
            )
        except ScribeError as end:
            end.usage = self._usage(responses)
            raise
        return Rewrite(draft, usage)

    async def _ask(self, request: RewriteRequest, responses: list[ModelResponse]) -> RewriteAnswer:
        """Put the request to the model; every answer that was paid for joins ``responses``."""
        import pydantic_ai
        from pydantic_ai.exceptions import AgentRunError

        from scribe_dagster.drivers.ai.chat_failure import model_error

        # Our terminal output is ours; the library would greet our users on their first run.
        pydantic_ai.BANNER_ENABLED = False
        try:
            async with self._connect() as model:
                return await self._converse(model, request, responses)
        except (AgentRunError, AttributeError, LookupError, TypeError, ValueError) as error:
            # Client libraries take an answer of another shape apart without looking.
            secrets = [self._api_key.get_secret_value()] if self._api_key else []
            raise model_error(error, self.terms, secrets=secrets) from error

    async def _converse(
        self, model: Model, request: RewriteRequest, responses: list[ModelResponse]
    ) -> RewriteAnswer:
        from pydantic_ai import NativeOutput, PromptedOutput, ToolOutput
        from pydantic_ai.exceptions import ModelHTTPError

        from scribe_dagster.drivers.ai.chat_failure import knows_no_schema

        if not model.profile.get("supports_json_schema_output", False):
            return await self._talk(model, request, ToolOutput(RewriteAnswer), responses)
        try:
            native = NativeOutput(RewriteAnswer, strict=True)
            return await self._talk(model, request, native, responses)
        except ModelHTTPError as refusal:
            if responses or not knows_no_schema(refusal):
                raise
        # Nothing was answered, so nothing was paid. The schema follows the instructions instead, in
        # one message with them: there are models that take only one of the system's.
        schema = json.dumps(RewriteAnswer.model_json_schema())
        told = PromptedOutput(RewriteAnswer, template=False)
        return await self._talk(model, request, told, responses, "\n\n" + schema)

    async def _talk(
        self,
        model: Model,
        request: RewriteRequest,
        form: OutputSpec[RewriteAnswer],
        responses: list[ModelResponse],
        further_instructions: str = "",
    ) -> RewriteAnswer:
        from pydantic_ai import Agent

        from scribe_dagster.drivers.ai.recorded_model import RecordedModel

        agent: Agent[None, RewriteAnswer] = Agent(
            RecordedModel(model, responses),
            name="rewrite",
            output_type=form,
            instructions=self._instructions + further_instructions,
            retries={"output": _RE_ASKS},
            validation_context={
                "categories": request.categories,
                "source": request.content.text,
            },
            # The client's timeout bounds each wait for bytes, this one the whole answer.
            model_settings={"request_timeout": self._timeout},
        )
        async with agent.iter(rewrite_prompt(request)) as run:
            async for node in run:
                if Agent.is_call_tools_node(node):
                    _raise_if_refused(node.model_response)
                elif Agent.is_model_request_node(node) and responses and request.check_budget:
                    request.check_budget(self._usage(responses))
        assert run.result is not None
        return run.result.output

    def _usage(self, responses: Sequence[ModelResponse]) -> Usage | None:
        """Add up what all answers took; None when there was none."""
        if not responses:
            return None
        return Usage(
            provider=self.name,
            model=_without_folder(responses[-1].model_name or self._model_name),
            input_tokens=sum(response.usage.input_tokens for response in responses),
            output_tokens=sum(response.usage.output_tokens for response in responses),
            cost_usd=self._cost(responses),
        )

    def _cost(self, responses: Sequence[ModelResponse]) -> Decimal | None:
        """Add up the prices that are known: a budget must see what was paid for certain."""
        if is_free(self):
            return Decimal(0)
        listed = self._base_url is None or self._list_prices
        costs = [price_of(response, at_list_price=listed) for response in responses]
        known = [cost for cost in costs if cost is not None]
        return sum(known, start=Decimal(0)) if known else None


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


def _without_folder(model: str) -> str:
    """Return a model's name: servers at home give its file, whose folder is nobody's business."""
    return re.split(r"[/\\]", model)[-1] if _IN_A_FOLDER.match(model) else model


def _language_written(request: RewriteRequest) -> str | None:
    if request.language is None or not request.language.strip():
        return request.content.language
    return language_code(request.language) or request.language.strip()
