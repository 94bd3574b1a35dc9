"""Every answer of a chat model, kept: each has to be paid for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.models.wrapper import WrapperModel


class RecordedModel(WrapperModel):
    """Asks the model it wraps, and adds what comes back to ``answers``.

    Every answer is taken as a whole one. Some say that they only pause; the library would ask them
    to go on a thousand times, at a price, and none of what we ask for takes a pause.
    """

    def __init__(self, wrapped: Model, answers: list[ModelResponse]) -> None:
        super().__init__(wrapped)
        self._answers = answers

    async def request(self, *question: Any, **settings: Any) -> ModelResponse:
        """Put one question, in one request."""
        answer = replace(await super().request(*question, **settings), state="complete")
        self._answers.append(answer)
        return answer
