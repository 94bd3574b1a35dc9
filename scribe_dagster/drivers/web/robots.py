"""What a site asks robots not to read (RFC 9309)."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.errors import DownloadError, DownloadFault, ErrorKind

if TYPE_CHECKING:
    from protego import Protego

MOST_BYTES = 512_000
"""Bytes of a robots.txt that are heeded; RFC 9309 asks for at least 500 KiB."""

KEPT_FOR = 3_600.0
"""Seconds for which a process remembers a site's rules; RFC 9309 allows a day."""

_MOST_SITES = 1_000
# Nobody can be meant to obey what cannot be had: section 2.3.1.2 and 2.3.1.3.
_UNAVAILABLE = (
    DownloadFault.TOO_MANY_REDIRECTS,
    DownloadFault.NOT_A_URL,
    DownloadFault.UNREADABLE,
)


class Robots:
    """The rules of every site this process has asked, remembered for an hour."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[float, Protego]] = {}
        self._lock = threading.Lock()

    def check(self, url: str, downloader: Downloader) -> None:
        """Refuse an address that its site keeps robots away from.

        Raises:
            DownloadError: It does so, or cannot be asked: then, by the RFC, it is to be taken for
                a no until it answers.
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        rules = self._remembered(site) or self._ask(site, url, downloader)
        if not rules.can_fetch(url, downloader.user_agent):
            raise DownloadError(
                url,
                "the site's robots.txt asks programs not to read it",
                fault=DownloadFault.FORBIDDEN_BY_ROBOTS,
                next_step="If you may read it all the same, save it as a file and process that, "
                "or set SCRIBE_RESPECT_ROBOTS=false.",
            )

    def forget(self) -> None:
        """Ask every site anew."""
        with self._lock:
            self._rules.clear()

    def _remembered(self, site: str) -> Protego | None:
        with self._lock:
            asked_at, rules = self._rules.get(site, (0.0, None))
        return rules if time.monotonic() - asked_at < KEPT_FOR else None

    def _ask(self, site: str, url: str, downloader: Downloader) -> Protego:
        from protego import Protego

        rules = Protego.parse(_robots_txt(site, url, replace(downloader, most_bytes=MOST_BYTES)))
        with self._lock:
            if len(self._rules) >= _MOST_SITES:
                self._rules.clear()
            self._rules[site] = (time.monotonic(), rules)
        return rules


def _robots_txt(site: str, url: str, downloader: Downloader) -> str:
    try:
        found = downloader.get(f"{site}/robots.txt", accept="text/plain, */*;q=0.1", cut=True)
    except DownloadError as error:
        if error.fault in _UNAVAILABLE or (error.status is not None and error.status < 500):
            return ""
        reason, next_step = error.reason, error.next_step
        if error.status is not None:
            reason = f"its site's robots.txt, which is asked first, answers HTTP {error.status}"
            next_step = "Try again later, or set SCRIBE_RESPECT_ROBOTS=false."
        raise DownloadError(
            url,
            reason,
            fault=error.fault,
            next_step=next_step,
            kind=ErrorKind.TRANSIENT if error.status is not None else error.kind,
            resume_after=error.resume_after,
        ) from error
    return found.body.decode("utf-8-sig", "replace")


robots = Robots()
"""This process's own."""
