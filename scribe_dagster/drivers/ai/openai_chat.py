"""The chat completions protocol, as the servers that follow it loosely speak it."""

from __future__ import annotations

from typing import Any

from openai.types.chat import ChatCompletion
from pydantic_ai.exceptions import ModelHTTPError, UnexpectedModelBehavior
from pydantic_ai.models.openai import OpenAIChatModel


class CompatibleChatModel(OpenAIChatModel):
    """OpenAI's protocol without the fields that say nothing of the answer.

    Small servers and proxies leave out ids, the object's type, the model's name and the numbers of
    the choices. An answer that has been paid for is not thrown away for want of those.
    """

    def _validate_completion(self, response: ChatCompletion) -> Any:
        self._raise_if_failed(response)
        if not response.choices:
            raise UnexpectedModelBehavior("There is no choice in the answer.")
        response.id = response.id or "unnamed"
        response.object = "chat.completion"
        response.model = response.model or self.model_name
        for number, choice in enumerate(response.choices):
            choice.index = number
            if choice.message is not None:
                choice.message.role = "assistant"
        return super()._validate_completion(response)

    def _raise_if_failed(self, response: ChatCompletion) -> None:
        """Take for a failure what a router reports of the server behind it with a status of 200."""
        for answered in (response, *(response.choices or ())):
            error = (answered.model_extra or {}).get("error")
            if isinstance(error, dict):
                code = error.get("code")
                status = code if isinstance(code, int) and 400 <= code < 600 else 502
                raise ModelHTTPError(status, self.model_name, error)
