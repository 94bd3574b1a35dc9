from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.document import LARGEST_DOCUMENT
from scribe_dagster.drivers.sources.download import PageDownloader
from scribe_dagster.drivers.sources.web import WebSource
from scribe_dagster.drivers.web.download import Downloader

SENTENCES = (
    "The harbour office opened its doors again on Monday after a winter of repairs.",
    "Visitors found new windows, a warmer waiting room and the old brass clock in its place.",
    "The keeper said that the clock had been the hardest part, since nobody sells its springs.",
)

Script = Callable[[socket.socket], None]


@pytest.fixture
def page() -> Callable[..., str]:
    """A page around an article."""

    def make(*, head: str = "", sentences: tuple[str, ...] = SENTENCES, lang: str = "en") -> str:
        paragraphs = "".join(f"<p>{sentence}</p>" for sentence in sentences)
        return (
            f'<!doctype html><html lang="{lang}"><head>{head}</head><body>'
            f"<article><h1>The clock is back</h1>{paragraphs}</article></body></html>"
        )

    return make


@pytest.fixture
def example() -> bytes:
    """The example page that comes with the project."""
    return (Path(__file__).parents[3] / "examples" / "article.html").read_bytes()


@pytest.fixture
def read_web() -> Callable[..., ScrapedContent]:
    """Read a URL with a web source of our own making, which may read what is on loopback."""

    def read(
        url: str, *, timeout: float = 10, allow_hosts: tuple[str, ...] = ("127.0.0.1",)
    ) -> ScrapedContent:
        downloader = Downloader(LARGEST_DOCUMENT, timeout, "tests/1", allow_hosts)
        source = WebSource(PageDownloader(downloader, respect_robots=False))
        return source.read(ContentPayload(source_url=url))

    return read


@pytest.fixture
def serve() -> Iterator[Callable[[Script], str]]:
    """Run a script against each connection, byte for byte; gives the URL to connect to."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(script: Script) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        connection.recv(65_536)
                        script(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        threads.append(thread)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/article"

    yield start
    for listener in listeners:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(5)
