"""What the pipeline talks to: a page, two models and two channels, all of them keeping count."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from fakes.openai_server import CHAT, IMAGES, FakeOpenAI, fake_openai
from fakes.quiet_server import QuietServer

from chaos.patience import PATIENCE, Broken

CHANNELS = ("bulletin", "gazette")

_PAGE = Path(__file__).parents[2] / "examples" / "article.html"
_NAMES = {CHAT: "rewrite", IMAGES: "image"}


@dataclass(frozen=True, slots=True)
class HeldCall:
    """A call that gets no answer until it is let go."""

    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def wait_until_asked(self) -> None:
        """Wait until it has arrived."""
        if not self.asked.wait(PATIENCE):
            raise Broken("the call that was to be held was never made")

    def let_go(self) -> None:
        """Let it be answered."""
        self.released.set()


@dataclass
class OutsideWorld:
    """Counts every call by its name: page, rewrite, image, and the two channels' own."""

    models: FakeOpenAI
    url: str = ""
    calls: Counter[str] = field(default_factory=Counter)
    """What arrived, answered or not. For a channel: how often an article was sent to it."""
    posts: set[tuple[str, str]] = field(default_factory=set)
    """What the channels show: channel and slug."""
    latency: float = 0.0
    """Seconds every call takes."""
    _held: dict[str, HeldCall] = field(default_factory=dict)
    _answers_to_lose: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold_next(self, name: str) -> HeldCall:
        """Keep the next call of this name waiting for its answer."""
        self._held[name] = HeldCall()
        return self._held[name]

    def refuse_next_image(self) -> None:
        """Answer the next image call with an error that waiting does not mend."""
        self.models.fail_next(IMAGES, 400, "not in these colours")

    def lose_next_answer(self, channel: str) -> None:
        """Take the next post, then break the connection off."""
        self._answers_to_lose.add(channel)

    def forget(self) -> None:
        """Begin anew: no counts, no posts, nothing held."""
        for held in self._held.values():
            held.let_go()
        self._held.clear()
        self._answers_to_lose.clear()
        self.calls.clear()
        self.posts.clear()

    def arrive(self, name: str) -> None:
        """Count a call, and keep it waiting if it is to be held."""
        with self._lock:
            self.calls[name] += 1
        held = self._held.get(name)
        if held is not None and not held.asked.is_set():
            held.asked.set()
            held.released.wait(PATIENCE)
        elif self.latency:
            threading.Event().wait(self.latency)

    def take_post(self, channel: str, slug: str) -> bool:
        """Put an article on a channel, once however often it comes; return whether to answer."""
        self.posts.add((channel, slug))
        self.arrive(channel)
        with self._lock:
            answers = channel not in self._answers_to_lose
            self._answers_to_lose.discard(channel)
        return answers


@contextmanager
def outside_world() -> Iterator[OutsideWorld]:
    """Serve on loopback for as long as the context lasts."""
    with fake_openai() as models:
        world = OutsideWorld(models)
        models.on_call = lambda path: world.arrive(_NAMES.get(path, path))
        server = QuietServer(("127.0.0.1", 0), _handler_of(world))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        world.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield world
        finally:
            world.forget()
            server.shutdown()
            server.server_close()
            thread.join()


def _handler_of(world: OutsideWorld) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/channels/"):
                channel, slug = self.path.split("/")[2:]
                self._show(channel, slug)
            else:
                world.arrive("page")
                self._answer(200, _PAGE.read_bytes(), "text/html; charset=utf-8")

        def do_PUT(self) -> None:
            channel, slug = self.path.split("/")[2:]
            self.rfile.read(int(self.headers["Content-Length"]))
            if world.take_post(channel, slug):
                self._show(channel, slug)

        def _show(self, channel: str, slug: str) -> None:
            known = (channel, slug) in world.posts
            receipt = {"url": f"{world.url}{self.path}", "external_id": slug}
            self._answer(200 if known else 404, json.dumps(receipt).encode(), "application/json")

        def _answer(self, status: int, data: bytes, content_type: str) -> None:
            # Whoever was killed while it waited is not there to be answered.
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler
