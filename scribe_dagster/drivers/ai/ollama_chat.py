"""Ollama's chat protocol, as a model that pydantic-ai can put questions to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import httpx2
from pydantic import BaseModel, Field, ValidationError
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelTimeoutError,
    UnexpectedModelBehavior,
)
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    UserPromptPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.usage import RequestUsage

if TYPE_CHECKING:
    from pydantic_ai.messages import FinishReason

_FINISH_REASONS: dict[str, FinishReason] = {"stop": "stop", "length": "length"}


class _Message(BaseModel):
    content: str


class _Chat(BaseModel):
    """The parts of an answer that are used."""

    message: _Message
    model: str = ""
    done_reason: str = "stop"
    prompt_eval_count: int | None = Field(None, ge=0)
    eval_count: int | None = Field(None, ge=0)


def ollama_chat(model: str, http: httpx2.AsyncClient, *, context_length: int) -> FunctionModel:
    """Make a model that asks a server's ``/api/chat``, once for each question."""

    async def ask(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        schema = info.model_request_parameters.output_object
        body = {
            "model": model,
            "messages": list(_spoken(messages, info.instructions)),
            "stream": False,
            "format": "json" if schema is None else schema.json_schema,
            "options": {"num_ctx": context_length},
            # A page that does not fit is an error, not a page without its beginning.
            "truncate": False,
        }
        return _read(await _post(http, model, body), model)

    return FunctionModel(ask, model_name=model)


def _spoken(messages: Sequence[ModelMessage], instructions: str | None) -> Iterator[dict[str, str]]:
    if instructions:
        yield {"role": "system", "content": instructions}
    for message in messages:
        if isinstance(message, ModelResponse):
            yield {"role": "assistant", "content": message.text or ""}
            continue
        for part in message.parts:
            if isinstance(part, UserPromptPart | SystemPromptPart):
                role = "user" if isinstance(part, UserPromptPart) else "system"
                yield {"role": role, "content": str(part.content)}


async def _post(http: httpx2.AsyncClient, model: str, body: dict[str, Any]) -> httpx2.Response:
    try:
        response = await http.post("/api/chat", json=body)
    except httpx2.TimeoutException as error:
        raise ModelTimeoutError(model, str(error)) from error
    except httpx2.HTTPError as error:
        raise ModelConnectionError(model, str(error)) from error
    if not response.is_success:
        raise ModelHTTPError(
            response.status_code, model, _json_or_text(response), headers=response.headers
        )
    return response


def _read(response: httpx2.Response, model: str) -> ModelResponse:
    try:
        document = response.json()
    except ValueError as error:
        raise ModelAPIError(model, "the answer is not JSON") from error
    try:
        chat = _Chat.model_validate(document)
    except ValidationError as error:
        raise UnexpectedModelBehavior("There is no message in the answer.") from error
    counted = chat.prompt_eval_count is not None and chat.eval_count is not None
    return ModelResponse(
        parts=[TextPart(chat.message.content)],
        usage=RequestUsage(
            input_tokens=chat.prompt_eval_count or 0,
            output_tokens=chat.eval_count or 0,
            unmeasured_requests=0 if counted else 1,
        ),
        finish_reason=_FINISH_REASONS.get(chat.done_reason),
        provider_name="ollama",
        provider_url=str(response.url),
    )


def _json_or_text(response: httpx2.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return response.text
