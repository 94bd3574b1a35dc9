"""One GET request, with a limit on everything a server may do to us."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.drivers.sources.deadline import Deadline
from scribe_dagster.drivers.sources.document import LARGEST_DOCUMENT, refuse_media_type, too_large
from scribe_dagster.drivers.sources.sniffing import content_type, is_feed_media_type
from scribe_dagster.errors import ErrorKind, SourceError

if TYPE_CHECKING:
    import httpx2

MOST_REDIRECTS = 10

_ACCEPT = "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.1"
_ACCEPT_FEED = (
    "application/feed+json, application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_REASONS = {
    401: "the site asks for a login",
    402: "the site asks for payment",
    403: "the site refuses access",
    404: "the page does not exist",
    410: "the page was taken down for good",
    429: "the site says that it was asked too often",
    451: "the page may not be shown for legal reasons",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What came back. ``url`` is that of the last redirect; ``body`` is decompressed."""

    url: str
    body: bytes
    media_type: str
    charset: str | None
    validators: Validators = field(default_factory=Validators)


class NotModified(Exception):
    """The page is still what it was when its validators were given."""


def download(
    url: str,
    *,
    timeout: float,
    user_agent: str,
    validators: Validators | None = None,
    wants_feed: bool = False,
) -> Page:
    """Fetch a page; redirects are followed.

    Args:
        url: An http(s) URL.
        timeout: Seconds for the whole exchange.
        user_agent: Value of the header of that name.
        validators: Those of the last answer, if nothing is wanted but what has changed since.
        wants_feed: Ask for a feed, and take whatever media type it is served as.

    Raises:
        NotModified: It has not changed.
        SourceError: It was not found, refused, too slow, too large, or neither HTML nor text.
    """
    import httpx2

    headers = {"User-Agent": user_agent, "Accept": _ACCEPT_FEED if wants_feed else _ACCEPT}
    headers |= validators.headers if validators else {}
    with Deadline(timeout) as deadline:
        try:
            with httpx2.Client(headers=headers, timeout=timeout) as client:
                request = client.build_request("GET", url, extensions={"trace": deadline.trace})
                return _follow(client, request, deadline, asked=url, wants_feed=wants_feed)
        # A host name that cannot be encoded is found out by the socket, as a UnicodeError.
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, UnicodeError) as error:
            raise _failure(error, url, timeout=timeout, timed_out=deadline.is_past) from error


def _follow(
    client: httpx2.Client,
    request: httpx2.Request,
    deadline: Deadline,
    *,
    asked: str,
    wants_feed: bool,
) -> Page:
    # By hand, because the client would read the body of a redirect whole, however long it is.
    for _ in range(MOST_REDIRECTS + 1):
        with closing(client.send(request, stream=True)) as response:
            if response.next_request is None:
                return _read(response, deadline, asked=asked, wants_feed=wants_feed)
            request = response.next_request
    raise SourceError(
        f"Could not read {asked}: it redirects more than {MOST_REDIRECTS} times. "
        "Open it in a browser and give the address it ends at."
    )


def _read(response: httpx2.Response, deadline: Deadline, *, asked: str, wants_feed: bool) -> Page:
    if response.status_code == 304:
        raise NotModified
    if not response.is_success:
        raise _refusal(response, asked)
    media_type, charset = content_type(response.headers.get("Content-Type"))
    if not wants_feed and not is_feed_media_type(media_type):
        refuse_media_type(media_type, source=asked)
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > LARGEST_DOCUMENT:
        raise too_large(asked)
    body = bytearray()
    for chunk in response.iter_bytes():
        deadline.check()
        body += chunk
        if len(body) > LARGEST_DOCUMENT:
            raise too_large(asked)
    # A connection that was shut looks like the end of a body of unknown length.
    deadline.check()
    validators = Validators.of(response.headers)
    return Page(str(response.url), bytes(body), media_type, charset, validators)


def _refusal(response: httpx2.Response, asked: str) -> SourceError:
    status = response.status_code
    kind = failure_kind(status)
    after = resume_after(response.headers) if kind is ErrorKind.TRANSIENT else None
    reason = _REASONS.get(status)
    if reason is None:
        reason = "the site is out of order" if status >= 500 else "the site gave no page"
    if kind is ErrorKind.TRANSIENT:
        step = (
            f"Resume the run after {after:%Y-%m-%d %H:%M} UTC."
            if after
            else ("Resume the run later.")
        )
    elif status in (401, 402, 403, 451):
        step = "If you may read it, save the page as a file and process that."
    else:
        step = "Check the address in a browser, then start a new run."
    return SourceError(
        f"Could not read {asked}: {reason} (HTTP {status}). {step}", kind=kind, resume_after=after
    )


def _failure(error: Exception, url: str, *, timeout: float, timed_out: bool) -> SourceError:
    import httpx2

    kind, reason, step = ErrorKind.TRANSIENT, "the connection broke off", "Resume the run later."
    causes = list(_causes(error))
    if timed_out or isinstance(error, httpx2.TimeoutException | TimeoutError):
        reason = f"it did not arrive within {timeout:g} seconds"
        step = "Resume the run later, or raise WEB_SCRAPER_TIMEOUT."
    elif isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol | UnicodeError):
        kind, reason = ErrorKind.PERMANENT, "it is not, or redirects to what is not, an http(s) URL"
        step = "Check the address in a browser, then start a new run."
    elif tls := next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None):
        detail = getattr(tls, "verify_message", "") or tls.reason or "the handshake failed"
        kind, reason = ErrorKind.PERMANENT, f"no secure connection can be made: {detail}"
        step = "If you trust the site, save the page as a file and process that."
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        reason = "the name of its host cannot be looked up"
        step = "Check the address and the network, then resume the run."
    elif isinstance(error, httpx2.DecodingError):
        kind, reason = ErrorKind.PERMANENT, "what arrived cannot be decompressed"
        step = "Save the page as a file and process that."
    elif isinstance(error, httpx2.ConnectError):
        reason = "its server cannot be reached"
    return SourceError(f"Could not read {url}: {reason}. {step}", kind=kind)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
