"""The product as one sees it, in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from fakes.chromium import PATIENCE, chromium_page, find_chromium
from fakes.dagster_pages import DagsterPages
from fakes.dagster_ui import DagsterUi
from playwright.sync_api import expect

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium. Without one its tests are skipped; they fail where CI is set."""
    found = find_chromium()
    if found is None and not os.environ.get("CI"):
        pytest.skip("there is no Chromium (Debian: apt-get install chromium)")
    assert found, "CI is set, and there is no Chromium. Debian: apt-get install chromium"
    return found


@pytest.fixture
def pages(chromium: str, ui: DagsterUi) -> Iterator[DagsterPages]:
    """Dagster's UI, open in a browser."""
    with chromium_page(chromium, width=1440, height=900) as page:
        yield DagsterPages(page, ui.url)
