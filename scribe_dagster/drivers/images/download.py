"""Fetching a picture that an image model has left at an address."""

from __future__ import annotations

import time

from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.errors import ErrorKind, ImageError

MOST_BYTES = 25 * 1024 * 1024
MOST_SECONDS = 60.0


def download(
    url: str, *, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS
) -> bytes:
    """Fetch a picture, whole or not at all.

    Args:
        url: Its address. Messages name only the host: the rest is often a signed permission.
        most_bytes: A larger picture is refused as soon as that is known.
        most_seconds: A server that takes longer is given up.

    Raises:
        ImageError: It cannot be fetched, or not within these bounds.
    """
    import httpx2

    host = "its address"
    deadline = time.monotonic() + most_seconds
    data = bytearray()
    try:
        host = httpx2.URL(url).host or host
        with httpx2.stream("GET", url, timeout=most_seconds, follow_redirects=True) as response:
            if not response.is_success:
                raise ImageError(
                    f"The generated image cannot be fetched from {host} "
                    f"[{response.status_code}]. Generate it again.",
                    kind=failure_kind(response.status_code),
                    resume_after=resume_after(response.headers),
                )
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > most_bytes:
                    raise ImageError(
                        f"The generated image at {host} is larger than {most_bytes:,} bytes. "
                        "Ask for a smaller one with OPENAI_IMAGE_SIZE."
                    )
                if time.monotonic() > deadline:
                    raise httpx2.ReadTimeout("the whole took too long")
    except httpx2.TimeoutException as error:
        raise ImageError(
            f"{host} did not send the generated image within {most_seconds:g} seconds. "
            "Resume the run later.",
            kind=ErrorKind.TRANSIENT,
        ) from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
        raise ImageError(
            "The image API answered with an address that cannot be fetched. "
            "Check the server behind OPENAI_BASE_URL."
        ) from error
    except httpx2.HTTPError as error:
        raise ImageError(
            f"The generated image cannot be fetched from {host}: the connection failed. "
            "Resume the run later.",
            kind=ErrorKind.TRANSIENT,
        ) from error
    return bytes(data)
