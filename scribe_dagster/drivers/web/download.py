"""One GET request of a stranger's address, with a limit on everything a server may do to us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scribe_dagster.config import Settings
from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.web.allow_list import AllowList
from scribe_dagster.drivers.web.deadline import Deadline
from scribe_dagster.drivers.web.download_failure import (
    compressed_twice,
    explain,
    not_a_url,
    refusal,
    too_large,
    too_many_redirects,
)

if TYPE_CHECKING:
    import httpx2

MOST_REDIRECTS = 10

_COMPRESSIONS = frozenset({"gzip", "deflate", "br", "zstd"})


@dataclass(frozen=True, slots=True)
class Download:
    """What came back. ``url`` is that of the last redirect; ``body`` is decompressed."""

    url: str
    body: bytes
    content_type: str
    validators: Validators = field(default_factory=Validators)
    not_modified: bool = False
    """The server says that nothing has changed since the validators; there is no body then."""


@dataclass(frozen=True, slots=True)
class Downloader:
    """Fetches what is not larger, slower or nearer than it may be.

    Args:
        most_bytes: Of the body, decompressed.
        most_seconds: For the whole exchange: names, redirects and body.
        user_agent: How it introduces itself.
        allow_hosts: Hosts that may be read although they are not on the public internet.
        proxy: An HTTP proxy to go through; it then judges the names. Environment variables such
            as HTTP_PROXY are not heeded.
    """

    most_bytes: int
    most_seconds: float
    user_agent: str
    allow_hosts: tuple[str, ...] = ()
    proxy: str | None = field(default=None, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings, *, most_bytes: int, most_seconds: float) -> Self:
        """Make one; nothing is connected."""
        proxy = settings.scribe_proxy
        return cls(
            most_bytes=most_bytes,
            most_seconds=most_seconds,
            user_agent=settings.web_scraper_user_agent,
            allow_hosts=settings.scribe_allow_hosts,
            proxy=proxy.get_secret_value() if proxy else None,
        )

    def get(
        self,
        url: str,
        *,
        accept: str = "*/*",
        since: Validators | None = None,
        permit: Callable[[str], None] | None = None,
        inspect: Callable[[str], None] | None = None,
        cut: bool = False,
    ) -> Download:
        """Fetch an address; redirects are followed.

        Args:
            url: An http(s) URL.
            accept: Value of the header of that name.
            since: Of an earlier download: ask only for what has changed since.
            permit: Called with every address before it is asked for; what it raises ends the
                download.
            inspect: Called with the content type before the body is read; likewise.
            cut: Take the beginning of a body that is too large.

        Raises:
            DownloadError: It was not found, refused, too slow or too large, or lies on a network
                that strangers' addresses may not lead to.
        """
        import httpx2

        headers = {"User-Agent": self.user_agent, "Accept": accept}
        headers |= since.request_headers() if since else {}
        deadline = Deadline(self.most_seconds)
        try:
            with self._client(headers, deadline) as client:
                request = client.build_request("GET", url)
                for _ in range(MOST_REDIRECTS + 1):
                    _check(request.url)
                    if permit:
                        permit(str(request.url))
                    # By hand: the client would read the body of a redirect, however long it is.
                    with closing(client.send(request, stream=True)) as response:
                        if response.next_request is None:
                            return self._read(
                                response, deadline, asked=url, inspect=inspect, cut=cut
                            )
                        request = response.next_request
            raise too_many_redirects(url, MOST_REDIRECTS)
        # A host name that cannot be encoded is found out by the socket, as a UnicodeError.
        except (httpx2.InvalidURL, UnicodeError) as error:
            raise not_a_url(url) from error
        except Exception as error:
            failure = explain(error, url, most_seconds=self.most_seconds, deadline=deadline)
            if failure is None:
                raise
            raise failure from error

    def _client(self, headers: Mapping[str, str], deadline: Deadline) -> httpx2.Client:
        import httpx2

        from scribe_dagster.drivers.web.guarded_network import GuardedNetwork
        from scribe_dagster.drivers.web.transport import GuardedTransport

        proxy = httpx2.Proxy(self.proxy) if self.proxy else None
        allowed = (*self.allow_hosts, *((proxy.url.netloc.decode(),) if proxy else ()))
        network = GuardedNetwork(AllowList(allowed), deadline)
        transport = GuardedTransport(network, proxy=proxy)
        return httpx2.Client(headers=headers, transport=transport, timeout=None, trust_env=False)

    def _read(
        self,
        response: httpx2.Response,
        deadline: Deadline,
        *,
        asked: str,
        inspect: Callable[[str], None] | None,
        cut: bool,
    ) -> Download:
        # What an address holds besides is no part of where the page lies.
        url = str(response.url.copy_with(userinfo=b""))
        validators = Validators.of(response.headers)
        content_type = response.headers.get("Content-Type", "")
        if response.status_code == 304 and _is_conditional(response.request):
            return Download(url, b"", content_type, validators, not_modified=True)
        if not response.is_success:
            raise refusal(asked, response.status_code, response.headers)
        if inspect:
            inspect(content_type)
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > self.most_bytes and not cut:
            raise too_large(asked, self.most_bytes)
        # A few bytes packed into a bomb that is packed again would take hours to unpack to nothing.
        codings = response.headers.get_list("Content-Encoding", split_commas=True)
        if sum(coding.strip().lower() in _COMPRESSIONS for coding in codings) > 1:
            raise compressed_twice(asked)
        body = bytearray()
        for chunk in response.iter_bytes():
            deadline.remaining()
            body += chunk
            if len(body) > self.most_bytes:
                if not cut:
                    raise too_large(asked, self.most_bytes)
                break
        return Download(url, bytes(body[: self.most_bytes]), content_type, validators)


def _is_conditional(request: httpx2.Request) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers


def _check(url: httpx2.URL) -> None:
    import httpx2

    if url.scheme not in ("http", "https") or not urlsplit(str(url)).hostname:
        raise httpx2.InvalidURL("not an http(s) URL")
