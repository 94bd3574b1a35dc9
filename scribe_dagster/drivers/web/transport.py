"""The HTTP client's way out: through the guarded network, or through a proxy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import httpcore2
import httpx2

from scribe_dagster.drivers.web.guarded_network import GuardedNetwork

# What httpcore2 raises, which has no common base.
NETWORK_FAILURES = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.TimeoutException,
    httpcore2.UnsupportedProtocol,
)


_PORTS = {"http": 80, "https": 443}


class GuardedTransport(httpx2.BaseTransport):
    """Sends requests over a network of our own, which httpx2's transport does not take."""

    def __init__(self, network: GuardedNetwork, *, proxy: httpx2.Proxy | None) -> None:
        self._network = network
        self._proxied = proxy is not None
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            network_backend=network,
            proxy=httpcore2.Proxy(str(proxy.url), auth=proxy.raw_auth) if proxy else None,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request.

        Raises:
            NotPublic: Its host is not on the public internet.
        """
        url = request.url
        if self._proxied:
            self._network.check_literal(url.host, url.port or _PORTS[url.scheme])
        response = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        assert isinstance(response.stream, Iterable)
        return httpx2.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()
