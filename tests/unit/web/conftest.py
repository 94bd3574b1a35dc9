from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from scribe_dagster.drivers.web.download import Downloader

Names = dict[str, list[str]]


@pytest.fixture
def downloader() -> Downloader:
    """Reads public addresses only."""
    return Downloader(100_000, 5, "tests/1")


@pytest.fixture
def friendly(downloader: Downloader) -> Downloader:
    """Reads what is on loopback as well."""
    from dataclasses import replace

    return replace(downloader, allow_hosts=("127.0.0.1",))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Names]:
    """Stands in for the DNS: each name answers with its lists of addresses, one after another."""
    asked: Names = {}

    def answer(**answers: list[list[str]]) -> Names:
        real = socket.getaddrinfo

        def look_up(host: str, port: int, *arguments: object, **options: object) -> object:
            name = str(host).partition(".")[0]
            if name not in answers:
                return real(host, port, *arguments, **options)  # type: ignore[arg-type]
            asked.setdefault(name, []).append(str(host))
            queue = answers[name]
            addresses = queue.pop(0) if len(queue) > 1 else queue[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return asked

    return answer
