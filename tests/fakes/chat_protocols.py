"""The protocols of chat models, as their providers document them, for a local server to speak."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

KEY = "sk-test-0123456789abcdef"
INPUT_TOKENS, OUTPUT_TOKENS = 2_000, 1_000

Answer = Callable[[Request], Response]


def as_json(body: object, status: int = 200, **headers: str) -> Response:
    return Response(
        json.dumps(body), status, headers=dict(headers), content_type="application/json"
    )


class ChatProtocol(ABC):
    """How one provider puts an answer, and a failure, on the wire."""

    name: ClassVar[str]
    path: ClassVar[str]
    model: ClassVar[str]

    def settings(self, server: HTTPServer) -> dict[str, Any]:
        """What points scribe-dagster at the server."""
        return {
            "ai_provider": self.name,
            f"{self.name}_base_url": server.url_for(""),
            f"{self.name}_api_key": KEY,
            f"{self.name}_content_model": self.model,
        }

    @abstractmethod
    def says(self, text: str, *, model: str | None = None) -> Response | Answer:
        """A complete answer."""

    @abstractmethod
    def breaks_off(self, text: str) -> Response | Answer:
        """An answer that ends at the model's output limit."""

    @abstractmethod
    def refuses(self) -> Response | Answer:
        """What comes instead of an answer that may not be given."""

    @abstractmethod
    def fails(self, status: int, message: str, *, wait: int | None = None) -> Response:
        """An error, and how many seconds to wait before asking again."""

    @abstractmethod
    def asked(self, request: Request) -> str:
        """The last message of the user, as the request carries it."""

    @abstractmethod
    def schema(self, request: Request) -> dict[str, Any]:
        """The JSON schema that the answer is asked to follow."""


class OpenAIProtocol(ChatProtocol):
    name = "openai"
    path = "/v1/chat/completions"
    model = "gpt-4o-mini"

    def settings(self, server: HTTPServer) -> dict[str, Any]:
        return {**super().settings(server), "openai_base_url": server.url_for("/v1")}

    def says(
        self,
        text: str | None,
        *,
        model: str | None = None,
        finish_reason: str = "stop",
        refusal: str | None = None,
    ) -> Response:
        message = {"role": "assistant", "content": text, "refusal": refusal, "annotations": []}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": finish_reason,
        }
        return as_json(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_790_000_000,
                "model": model or self.model,
                "choices": [choice],
                "usage": {
                    "prompt_tokens": INPUT_TOKENS,
                    "completion_tokens": OUTPUT_TOKENS,
                    "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
                },
            }
        )

    def breaks_off(self, text: str) -> Response:
        return self.says(text, finish_reason="length")

    def refuses(self) -> Response:
        return self.says(None, refusal="I'm sorry, I cannot assist with that.")

    def fails(self, status: int, message: str, *, wait: int | None = None) -> Response:
        error = {"message": message, "type": "requests", "param": None, "code": None}
        return as_json({"error": error}, status, **_retry_after(wait))

    def asked(self, request: Request) -> str:
        return str(request.get_json()["messages"][-1]["content"])

    def schema(self, request: Request) -> dict[str, Any]:
        schema: dict[str, Any] = request.get_json()["response_format"]["json_schema"]["schema"]
        return schema


class AnthropicProtocol(ChatProtocol):
    name = "anthropic"
    path = "/v1/messages"
    model = "claude-sonnet-5-5"

    def says(self, text: str, *, model: str | None = None, stop_reason: str = "end_turn") -> Answer:
        def answer(request: Request) -> Response:
            tools = request.get_json().get("tools")
            block: dict[str, Any] = {"type": "text", "text": text}
            if tools:
                use = {"id": "toolu_1", "name": tools[0]["name"], "input": json.loads(text)}
                block = {"type": "tool_use", **use}
            return as_json(
                {
                    "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
                    "type": "message",
                    "role": "assistant",
                    "model": model or self.model,
                    "content": [block] if text else [],
                    "stop_reason": "tool_use" if tools else stop_reason,
                    "stop_sequence": None,
                    "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS},
                }
            )

        return answer

    def breaks_off(self, text: str) -> Answer:
        return self.says(text, stop_reason="max_tokens")

    def refuses(self) -> Answer:
        return self.says("", stop_reason="refusal")

    def fails(self, status: int, message: str, *, wait: int | None = None) -> Response:
        kinds = {
            400: "invalid_request_error",
            401: "authentication_error",
            404: "not_found_error",
            429: "rate_limit_error",
            529: "overloaded_error",
        }
        error = {"type": kinds.get(status, "api_error"), "message": message}
        body = {"type": "error", "error": error, "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy"}
        return as_json(body, status, **_retry_after(wait))

    def asked(self, request: Request) -> str:
        content = request.get_json()["messages"][-1]["content"]
        return str(content if isinstance(content, str) else content[-1]["text"])

    def schema(self, request: Request) -> dict[str, Any]:
        body = request.get_json()
        if "tools" in body:
            tool: dict[str, Any] = body["tools"][0]["input_schema"]
            return tool
        form = body.get("output_config", {}).get("format") or body["output_format"]
        schema: dict[str, Any] = form["schema"]
        return schema


class GeminiProtocol(ChatProtocol):
    name = "gemini"
    path = "/v1beta/models/gemini-2.5-flash:generateContent"
    model = "gemini-2.5-flash"

    def says(self, text: str, *, model: str | None = None, finish_reason: str = "STOP") -> Response:
        candidate: dict[str, Any] = {"finishReason": finish_reason, "index": 0}
        if text:
            candidate["content"] = {"role": "model", "parts": [{"text": text}]}
        return as_json(
            {
                "candidates": [candidate],
                "usageMetadata": {
                    "promptTokenCount": INPUT_TOKENS,
                    "candidatesTokenCount": OUTPUT_TOKENS,
                    "totalTokenCount": INPUT_TOKENS + OUTPUT_TOKENS,
                },
                "modelVersion": model or self.model,
                "responseId": "3dTKaLfQKcqTxN8Pq6G0qQE",
            }
        )

    def breaks_off(self, text: str) -> Response:
        return self.says(text, finish_reason="MAX_TOKENS")

    def refuses(self) -> Response:
        return self.says("", finish_reason="SAFETY")

    def fails(self, status: int, message: str, *, wait: int | None = None) -> Response:
        names = {
            400: "INVALID_ARGUMENT",
            401: "UNAUTHENTICATED",
            404: "NOT_FOUND",
            429: "RESOURCE_EXHAUSTED",
            503: "UNAVAILABLE",
        }
        details = []
        if wait is not None:
            details.append(
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{wait}s"}
            )
        error = {
            "code": status,
            "message": message,
            "status": names.get(status, "INTERNAL"),
            "details": details,
        }
        return as_json({"error": error}, status)

    def asked(self, request: Request) -> str:
        return str(request.get_json()["contents"][-1]["parts"][-1]["text"])

    def schema(self, request: Request) -> dict[str, Any]:
        config = request.get_json()["generationConfig"]
        assert config["responseMimeType"] == "application/json"
        schema: dict[str, Any] = config.get("responseJsonSchema") or config["responseSchema"]
        return schema


class OllamaProtocol(ChatProtocol):
    name = "ollama"
    path = "/api/chat"
    model = "llama3.2"

    def says(self, text: str, *, model: str | None = None, done_reason: str = "stop") -> Response:
        return as_json(
            {
                "model": model or self.model,
                "created_at": "2026-11-01T12:00:00.000000Z",
                "message": {"role": "assistant", "content": text},
                "done": True,
                "done_reason": done_reason,
                "total_duration": 4_883_583_458,
                "load_duration": 1_334_875,
                "prompt_eval_count": INPUT_TOKENS,
                "prompt_eval_duration": 342_546_000,
                "eval_count": OUTPUT_TOKENS,
                "eval_duration": 4_535_599_000,
            }
        )

    def breaks_off(self, text: str) -> Response:
        return self.says(text, done_reason="length")

    def refuses(self) -> Response:
        raise NotImplementedError("Ollama has no word for it: a local model refuses in its answer.")

    def fails(self, status: int, message: str, *, wait: int | None = None) -> Response:
        return as_json({"error": message}, status, **_retry_after(wait))

    def asked(self, request: Request) -> str:
        return str(request.get_json()["messages"][-1]["content"])

    def schema(self, request: Request) -> dict[str, Any]:
        schema: dict[str, Any] = request.get_json()["format"]
        return schema


CHAT_PROTOCOLS: dict[str, ChatProtocol] = {
    protocol.name: protocol
    for protocol in (OpenAIProtocol(), AnthropicProtocol(), GeminiProtocol(), OllamaProtocol())
}


class ChatServer:
    """Gives the prepared answers, in order, and keeps what it was asked."""

    def __init__(self, server: HTTPServer, protocol: ChatProtocol) -> None:
        self.protocol = protocol
        self.settings = protocol.settings(server)
        self.requests: list[Request] = []
        self._answers: list[Response | Answer] = []
        # Of Gemini the model stands in the path.
        path = protocol.path.replace(protocol.model, "[^/:]+") if ":" in protocol.path else None
        server.expect_request(re.compile(path) if path else protocol.path).respond_with_handler(
            self._answer
        )

    def will_answer(self, *answers: Response | Answer) -> None:
        self._answers.extend(answers)

    def _answer(self, request: Request) -> Response:
        request.get_data(cache=True)
        self.requests.append(request)
        answer = self._answers.pop(0)
        return answer if isinstance(answer, Response) else answer(request)


def _retry_after(wait: int | None) -> dict[str, str]:
    return {} if wait is None else {"Retry-After": str(wait)}
