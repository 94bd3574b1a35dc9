"""What each provider alone says when something is wrong, as its reference documents it."""

from __future__ import annotations

import socket
import struct
import threading
from typing import Any

import pytest
from fakes.chat_protocols import CHAT_PROTOCOLS, AnthropicProtocol, ChatServer, as_json
from pytest_httpserver import HTTPServer
from werkzeug import Response

from scribe_dagster.config import Settings
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.ai.protocol import RewriteRequest
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.errors import ErrorKind, ModelError, Rejected

REQUEST = RewriteRequest(ScrapedContent(text="The harbour froze."), "text:x")


def asked(httpserver: HTTPServer, provider: str, answer: Response) -> Any:
    server = ChatServer(httpserver, CHAT_PROTOCOLS[provider])
    server.will_answer(answer)
    settings = Settings(_env_file=None, **server.settings)
    return make(PluginGroup.TEXT_MODELS, provider, settings).rewrite(REQUEST)


def google_error(status: int, name: str, message: str, **detail: Any) -> Response:
    error = {"code": status, "message": message, "status": name, "details": [detail]}
    return as_json({"error": error}, status)


def anthropic_error(status: int, kind: str, message: str) -> Response:
    return as_json({"type": "error", "error": {"type": kind, "message": message}}, status)


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        (
            "anthropic",
            anthropic_error(400, "invalid_request_error", "Your credit balance is too low."),
        ),
        (
            "anthropic",
            anthropic_error(
                400,
                "invalid_request_error",
                "You have reached your specified API usage limits. You will regain access on "
                "2026-12-01 at 00:00 UTC.",
            ),
        ),
        ("anthropic", anthropic_error(402, "billing_error", "There is a problem with billing.")),
        (
            "gemini",
            google_error(
                429,
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota.",
                **{
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}],
                },
            ),
        ),
    ],
)
def test_an_empty_account_is_no_rate_limit(
    httpserver: HTTPServer, provider: str, answer: Response
) -> None:
    with pytest.raises(ModelError, match="Add credit or raise the limit") as raised:
        asked(httpserver, provider, answer)

    assert raised.value.kind is ErrorKind.QUOTA


@pytest.mark.parametrize("provider", ["openai", "gemini"])
def test_of_an_empty_account_the_end_of_a_rate_limit_says_nothing(
    httpserver: HTTPServer, provider: str
) -> None:
    quota = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}]}
    answer = {
        "openai": as_json({"error": {"message": "No", "code": "insufficient_quota"}}, 429),
        "gemini": google_error(429, "RESOURCE_EXHAUSTED", "No", **quota),
    }[provider]
    answer.headers["Retry-After"] = "20"

    with pytest.raises(ModelError) as raised:
        asked(httpserver, provider, answer)

    assert (raised.value.kind, raised.value.resume_after) == (ErrorKind.QUOTA, None)


def test_claude_is_not_asked_to_go_on_and_on_after_a_pause(httpserver: HTTPServer) -> None:
    protocol = CHAT_PROTOCOLS["anthropic"]
    server = ChatServer(httpserver, protocol)
    paused = AnthropicProtocol().says("", stop_reason="pause_turn")
    server.will_answer(*[paused for _ in range(20)])
    settings = Settings(_env_file=None, **server.settings)

    with pytest.raises(ModelError):
        make(PluginGroup.TEXT_MODELS, "anthropic", settings).rewrite(REQUEST)

    assert len(server.requests) == 3


def test_a_connection_that_breaks_off_without_a_word_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        threading.Thread(target=_hang_up_on, args=[listening], daemon=True).start()
        settings = Settings(_env_file=None, openai_base_url=f"http://{host}:{port}/v1")

        with pytest.raises(ModelError, match=r"broken off|disconnected") as raised:
            make(PluginGroup.TEXT_MODELS, "openai", settings).rewrite(REQUEST)

    assert raised.value.kind is ErrorKind.TRANSIENT


def _hang_up_on(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    connection.recv(1)
    # Not closed but reset, as by a firewall.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_google_tells_a_wrong_key_by_a_reason_and_not_by_the_status(
    httpserver: HTTPServer,
) -> None:
    error_info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
    }
    answer = google_error(400, "INVALID_ARGUMENT", "API key not valid.", **error_info)

    with pytest.raises(ModelError, match=r"Check GEMINI_API_KEY\.") as raised:
        asked(httpserver, "gemini", answer)

    assert raised.value.kind is ErrorKind.PERMANENT


def test_google_may_refuse_the_prompt_before_anything_is_written(httpserver: HTTPServer) -> None:
    answer = as_json(
        {
            "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
            "usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 5},
        }
    )

    with pytest.raises(Rejected):
        asked(httpserver, "gemini", answer)


def test_a_refusal_of_claude_is_told_in_its_words(httpserver: HTTPServer) -> None:
    answer = as_json(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-5-5",
            "content": [],
            "stop_reason": "refusal",
            "stop_details": {
                "type": "refusal",
                "category": "cyber",
                "explanation": "This asks for malware.",
            },
            "stop_sequence": None,
            "usage": {"input_tokens": 9, "output_tokens": 1},
        }
    )

    with pytest.raises(Rejected, match=r"This asks for malware\."):
        asked(httpserver, "anthropic", answer)


@pytest.mark.parametrize(
    ("provider", "answer", "advice"),
    [
        (
            "ollama",
            as_json({"error": "the input length exceeds the context length"}, 400),
            "Raise OLLAMA_CONTEXT_LENGTH, or set OLLAMA_CONTENT_MODEL to a model that can read",
        ),
        (
            "anthropic",
            anthropic_error(400, "invalid_request_error", "prompt is too long: 250000 tokens"),
            "Set ANTHROPIC_CONTENT_MODEL to a model that can read more",
        ),
        (
            "openai",
            CHAT_PROTOCOLS["openai"].fails(400, "This model's maximum context length is 8192."),
            "Set OPENAI_CONTENT_MODEL to a model that can read more",
        ),
    ],
)
def test_a_source_that_is_too_long_is_told_with_the_way_out(
    httpserver: HTTPServer, provider: str, answer: Response, advice: str
) -> None:
    with pytest.raises(ModelError, match=advice) as raised:
        asked(httpserver, provider, answer)

    assert raised.value.kind is ErrorKind.PERMANENT


def test_ollama_asks_for_a_context_window_and_for_no_silent_cut(httpserver: HTTPServer) -> None:
    server = ChatServer(httpserver, CHAT_PROTOCOLS["ollama"])
    server.will_answer(server.protocol.says('{"rejected": true}'))
    settings = Settings(_env_file=None, **server.settings, ollama_context_length=8_192)

    with pytest.raises(Rejected):
        make(PluginGroup.TEXT_MODELS, "ollama", settings).rewrite(REQUEST)

    body = server.requests[0].get_json()
    assert body["options"] == {"num_ctx": 8_192}
    assert (body["stream"], body["truncate"]) == (False, False)
