"""A real Chromium: the system's own, with no window."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")

PATIENCE = 120_000
"""Milliseconds a page may take to show what is waited for."""


def find_chromium() -> str | None:
    """Return the path of an installed browser, or None."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium_page(executable: str, *, width: int, height: int) -> Iterator[Page]:
    """Open an empty page of that size, in pixels: British English, in UTC."""
    # Chromium refuses to sandbox itself where it runs as root, as in a container.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=executable, args=arguments) as browser,
        browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", timezone_id="UTC"
        ) as context,
    ):
        context.set_default_timeout(PATIENCE)
        yield context.new_page()
