"""A picture that an image model has left at an address, to be fetched there."""

from __future__ import annotations

from urllib.parse import urlsplit

from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.errors import DownloadError, DownloadFault, ImageError

LARGEST_PICTURE = 25_000_000
"""Bytes."""

LONGEST_WAIT = 60.0
"""Seconds, all told."""

_NEXT_STEPS = {
    DownloadFault.TOO_LARGE: "Ask for a smaller one with OPENAI_IMAGE_SIZE.",
    DownloadFault.NOT_A_URL: "Check the server behind OPENAI_BASE_URL.",
}


def fetch(url: str, downloader: Downloader) -> bytes:
    """Fetch a picture, whole or not at all.

    Args:
        url: Its address, a stranger's. Messages name only the host: the rest is often a signed
            permission.
        downloader: Its limits are the picture's.

    Raises:
        ImageError: It cannot be fetched, or not within these limits.
    """
    try:
        return downloader.get(url, accept="image/*").body
    except DownloadError as error:
        next_step = _NEXT_STEPS.get(error.fault, error.next_step)
        reason = error.reason
        if error.status:
            reason = f"its server answers [{error.status}]"
            if error.status < 500:
                next_step = "Generate it again."
        raise ImageError(
            f"The generated image at {_host(url)} cannot be fetched: {reason}. {next_step}",
            kind=error.kind,
            resume_after=error.resume_after,
        ) from error


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "its address"
    except ValueError:
        return "its address"
