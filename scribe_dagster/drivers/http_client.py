"""The HTTP client of drivers that talk to a service its operator has chosen.

A channel's base URL is the operator's own, like the database's: it may be a private address, and is
not guarded as the addresses of sources are, which strangers may choose.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    import httpx2

SECONDS_TO_WAIT = 30.0
"""For a connection, and for each part of an answer."""

SECONDS_ALL_TOLD = 90.0
"""For one exchange: a server that sends a byte now and then is given up as well."""

LARGEST_ANSWER = 5 * 1024 * 1024
"""Bytes."""


@contextmanager
def open_client(**options: Any) -> Iterator[httpx2.Client]:
    """Open a client with our limits; redirects are not followed, for they would turn POST into GET.

    Args:
        options: What the client takes besides: headers, auth.
    """
    import httpx2

    # At INFO the client logs every URL it calls, and some services want their key in the URL.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    with httpx2.Client(
        verify=_trust(), timeout=SECONDS_TO_WAIT, follow_redirects=False, **options
    ) as client:
        yield client


@cache
def _trust() -> ssl.SSLContext:
    """Load the certificate authorities once: it takes longer than many an answer."""
    import httpx2

    return httpx2.create_ssl_context()


def read_whole(response: httpx2.Response) -> bytes:
    """Read the body of a streamed answer, within our limits.

    Raises:
        httpx2.HTTPError: It broke off, or is too large or too slow.
    """
    import httpx2

    end, body = time.monotonic() + SECONDS_ALL_TOLD, bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise httpx2.DecodingError(f"the answer is larger than {LARGEST_ANSWER:,} bytes")
        if time.monotonic() > end:
            raise httpx2.ReadTimeout("the whole answer took too long")
    return bytes(body)
