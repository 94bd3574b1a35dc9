"""What went wrong with a download, in our terms."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.drivers.web.deadline import Deadline
from scribe_dagster.drivers.web.public_address import is_link_local
from scribe_dagster.errors import DownloadError, DownloadFault, ErrorKind, ScribeError

_LATER = "Try again later."
_IN_A_BROWSER = "Check the address in a browser."

_REASONS = {
    401: "the site asks for a login",
    402: "the site asks for payment",
    403: "the site refuses access",
    404: "the page does not exist",
    410: "the page was taken down for good",
    429: "the site says that it was asked too often",
    451: "the page may not be shown for legal reasons",
}


def refusal(url: str, status: int, headers: Mapping[str, str]) -> DownloadError:
    """Make the error for a status that is no success."""
    kind = failure_kind(status)
    after = resume_after(headers) if kind is ErrorKind.TRANSIENT else None
    reason = _REASONS.get(status)
    if reason is None:
        reason = "the site is out of order" if status >= 500 else "the site gave no page"
    later = f"Try again after {after:%Y-%m-%d %H:%M} UTC." if after else _LATER
    return DownloadError(
        url,
        f"{reason} (HTTP {status})",
        fault=DownloadFault.REFUSED,
        next_step=later if kind is ErrorKind.TRANSIENT else _IN_A_BROWSER,
        kind=kind,
        resume_after=after,
        status=status,
    )


def too_large(url: str, most_bytes: int) -> DownloadError:
    """Make the error for a body above the limit."""
    size = f"{most_bytes // 1_000_000} MB" if most_bytes >= 1_000_000 else f"{most_bytes:,} bytes"
    return DownloadError(
        url,
        f"it is larger than {size}, and was not read further",
        fault=DownloadFault.TOO_LARGE,
        next_step="Give an address with less at it.",
    )


def too_many_redirects(url: str, most: int) -> DownloadError:
    """Make the error for a chain of redirects that does not end."""
    return DownloadError(
        url,
        f"it redirects more than {most} times",
        fault=DownloadFault.TOO_MANY_REDIRECTS,
        next_step="Open it in a browser and give the address it ends at.",
    )


def compressed_twice(url: str) -> DownloadError:
    """Make the error for a body that is packed more than once."""
    return DownloadError(
        url,
        "what arrived is compressed more than once",
        fault=DownloadFault.UNREADABLE,
        next_step=_IN_A_BROWSER,
    )


def not_a_url(url: str) -> DownloadError:
    """Make the error for an address no HTTP client can ask for."""
    return DownloadError(
        url,
        "it is not, or redirects to what is not, an http(s) URL",
        fault=DownloadFault.NOT_A_URL,
        next_step=_IN_A_BROWSER,
    )


def explain(
    error: Exception, url: str, *, most_seconds: float, deadline: Deadline
) -> DownloadError | None:
    """Translate what the HTTP client raises; None for what it does not raise."""
    import httpx2

    from scribe_dagster.drivers.web.guarded_network import NotPublic
    from scribe_dagster.drivers.web.transport import NETWORK_FAILURES

    if isinstance(error, NotPublic):
        return _not_public(error, url)
    failures = (*NETWORK_FAILURES, httpx2.HTTPError, TimeoutError, OSError)
    if isinstance(error, ScribeError) or not isinstance(error, failures):
        return None
    causes = list(_causes(error))
    timeouts = (TimeoutError, httpx2.TimeoutException)
    if deadline.is_past or any(isinstance(cause, timeouts) for cause in causes):
        return DownloadError(
            url,
            f"it did not arrive within {most_seconds:g} seconds",
            fault=DownloadFault.TOO_SLOW,
            next_step=_LATER,
            kind=ErrorKind.TRANSIENT,
        )
    if tls := next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None):
        detail = getattr(tls, "verify_message", "") or tls.reason or "the handshake failed"
        return DownloadError(
            url,
            f"no secure connection can be made: {detail}",
            fault=DownloadFault.INSECURE,
            next_step=_IN_A_BROWSER,
        )
    if isinstance(error, httpx2.DecodingError):
        return DownloadError(
            url,
            "what arrived cannot be decompressed",
            fault=DownloadFault.UNREADABLE,
            next_step=_IN_A_BROWSER,
        )
    return _network_failure(error, causes, url)


def _network_failure(error: Exception, causes: list[BaseException], url: str) -> DownloadError:
    import httpcore2

    fault, reason, next_step = DownloadFault.UNREACHABLE, "its server cannot be reached", _LATER
    if isinstance(error, httpcore2.ProxyError):
        reason, next_step = "the proxy did not let it through", "Check SCRIBE_PROXY."
    elif not isinstance(error, httpcore2.ConnectError):
        fault, reason = DownloadFault.BROKEN_OFF, "the connection broke off"
    else:
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            reason = "the name of its host cannot be looked up"
            next_step = "Check the address and the network."
        if variable := proxy_in_the_environment():
            next_step = (
                f"{variable} is not used for strangers' addresses: if this machine needs a proxy, "
                "set SCRIBE_PROXY."
            )
    return DownloadError(url, reason, fault=fault, next_step=next_step, kind=ErrorKind.TRANSIENT)


def _not_public(error: Exception, url: str) -> DownloadError:
    host, port = error.args
    entry = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    # Only what somebody has typed may have been meant. Where a stranger's page leads has not.
    meant = (urlsplit(url).hostname or "").rstrip(".").lower() == host.rstrip(".").lower()
    return DownloadError(
        url,
        f"{'' if meant else 'it leads to '}{entry}{'' if meant else ', which'} is not on the "
        "public internet, and is not read unless that is allowed",
        fault=DownloadFault.NOT_PUBLIC,
        next_step=f"If you trust it, set SCRIBE_ALLOW_HOSTS={entry}."
        if meant and not is_link_local(host)
        else "Give the address of a page on the public internet.",
    )


def proxy_in_the_environment() -> str | None:
    """Return the name of a variable that asks programs to use a proxy, as we do not."""
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
    return next((name for name in (*names, *map(str.lower, names)) if os.environ.get(name)), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
