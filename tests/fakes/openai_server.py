"""A local server that speaks OpenAI's chat completions and images protocols, errors included."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any

from fakes.quiet_server import QuietServer
from PIL import Image

CHAT = "/v1/chat/completions"
IMAGES = "/v1/images/generations"
MODELS = "/v1/models"


def rewritten(**changes: Any) -> dict[str, Any]:
    """An answer a model might give."""
    return {
        "title": "The last bus now waits",
        "content": (
            "<p>The last bus of the day now waits for the train.</p><p>Riders noticed.</p>"
            "<p>Until last week it left four minutes before the train came in, and those who had "
            "missed it walked home along the harbour. The county says that it costs nothing.</p>"
        ),
        "description": "A small change to one timetable.",
        "meta_title": "The last bus now waits",
        "meta_description": "A small change to one timetable.",
        "category_id": 1,
        "tags": ["Transport", "Towns"],
        "image_prompt": "A bus waiting at a small station at dusk",
        "rejected": False,
        "rejection_reasons": [],
        **changes,
    }


def a_cover() -> bytes:
    """A picture a model might draw."""
    data = BytesIO()
    Image.new("RGB", (1536, 1024), (40, 90, 140)).save(data, "PNG")
    return data.getvalue()


@dataclass
class FakeOpenAI:
    """Answers like the API, keeps a log of calls, and fails when it is told to."""

    base_url: str = ""
    calls: list[str] = field(default_factory=list)
    article: dict[str, Any] = field(default_factory=rewritten)
    cover: bytes = field(default_factory=a_cover, repr=False)
    model: str = "gpt-4o-mini-2024-07-18"
    seconds: float = 0.0
    """How long it thinks before it answers."""
    on_call: Callable[[str], None] = lambda path: None
    """Called with the path of every call, before it is answered."""
    _failures: dict[str, deque[tuple[int, dict[str, Any], dict[str, str]]]] = field(
        default_factory=dict
    )
    _held: dict[str, tuple[threading.Event, threading.Event]] = field(default_factory=dict)

    def fail_next(
        self, path: str, status: int, message: str, *, code: str = "", **headers: str
    ) -> None:
        """Answer the next call to ``path`` with an error."""
        body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._failures.setdefault(path, deque()).append((status, body, named))

    @contextmanager
    def holding(self, path: str) -> Iterator[threading.Event]:
        """Leave calls to ``path`` without an answer; the event tells that one has come."""
        asked, let_go = threading.Event(), threading.Event()
        self._held[path] = (asked, let_go)
        try:
            yield asked
        finally:
            del self._held[path]
            let_go.set()

    @property
    def settings(self) -> dict[str, str]:
        """What points scribe-dagster at it."""
        return {
            "AI_PROVIDER": "openai",
            "AI_IMAGE_PROVIDER": "openai",
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": "sk-test-0123456789abcdef",
            "OPENAI_CONTENT_MODEL": "gpt-4o-mini",
            "AI_LIST_PRICES": "true",
        }

    def count(self, path: str) -> int:
        """How many calls were made to ``path``, failed ones included."""
        return self.calls.count(path)

    def answer(self, path: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        self.calls.append(path)
        self.on_call(path)
        if path in self._held:
            asked, let_go = self._held[path]
            asked.set()
            let_go.wait()
        time.sleep(self.seconds)
        if self._failures.get(path):
            return self._failures[path].popleft()
        if path == CHAT:
            return 200, _completion(self.article, self.model), {}
        if path == IMAGES:
            return 200, _image(self.cover), {}
        if path == MODELS:
            return 200, {"object": "list", "data": []}, {}
        return 404, {"error": {"message": f"no such path {path}", "type": "error"}}, {}


@contextmanager
def fake_openai() -> Iterator[FakeOpenAI]:
    """Serve on loopback for as long as the context lasts."""
    fake = FakeOpenAI()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body, headers = fake.answer(self.path)
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                self.send_header(name, value)
            # Whoever asked may have been killed meanwhile.
            with suppress(OSError):
                self.end_headers()
                self.wfile.write(data)

        do_POST = do_GET = _respond  # noqa: N815  -- the names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _completion(article: dict[str, Any], model: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": json.dumps(article), "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1200, "completion_tokens": 340, "total_tokens": 1540},
    }


def _image(cover: bytes) -> dict[str, Any]:
    return {
        "created": 1_790_000_000,
        "data": [{"b64_json": base64.b64encode(cover).decode()}],
    }
