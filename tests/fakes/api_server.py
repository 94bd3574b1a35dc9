"""A local server that speaks some service's HTTP API, its failures included."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from fakes.quiet_server import QuietServer


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str | bytes]:
        """The fields of a form; a file as its data."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/"):
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        message = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + self.body
        )
        fields: dict[str, str | bytes] = {}
        for part in message.iter_parts():
            data = part.get_payload(decode=True)
            name = part.get_param("name", header="content-disposition")
            fields[str(name)] = data if part.get_filename() else data.decode()
        return fields


@dataclass(frozen=True)
class Reply:
    """One answer: a body of bytes goes out as it is, anything else as JSON."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


HANG_UP = Reply(status=0)
"""No answer at all."""


@dataclass
class ApiServer:
    """What every fake service can do; a service of its own says what it answers."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    _instead: deque[tuple[Reply, bool]] = field(default_factory=deque)

    @property
    def settings(self) -> dict[str, Any]:
        """What points a channel at it."""
        raise NotImplementedError

    @property
    def secrets(self) -> list[str]:
        """Of the settings, those that nobody may be shown."""
        raise NotImplementedError

    @property
    def articles(self) -> int:
        """How many articles people see."""
        raise NotImplementedError

    def answer(self, call: Call) -> Reply:
        raise NotImplementedError

    def is_a_post(self, call: Call) -> bool:
        """Whether a call, if it succeeds, shows people something."""
        return call.method != "GET"

    def fail_next(self, reply: Reply, *, done: bool = False) -> None:
        """Answer the next post with this; ``done``: after having done what was asked."""
        self._instead.append((reply, done))

    def calls_of(self, method: str, ending: str = "") -> list[Call]:
        return [c for c in self.calls if c.method == method and c.path.endswith(ending)]

    def respond(self, call: Call) -> Reply:
        self.calls.append(call)
        if not self._instead or not self.is_a_post(call):
            return self.answer(call)
        reply, done = self._instead.popleft()
        if done:
            self.answer(call)
        return reply


Service = TypeVar("Service", bound=ApiServer)


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Serve on loopback for as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            reply = service.respond(Call(self.command, parts.path, query, headers, body))
            if reply.status == 0:
                self.close_connection = True
                return
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(data)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            with suppress(OSError):
                self.end_headers()
                self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
