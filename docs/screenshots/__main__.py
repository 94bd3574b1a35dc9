"""The command: tell the story once, and take a picture wherever there is something to see."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from fakes.chromium import chromium_page, find_chromium
from fakes.command_line import PROGRAMS
from fakes.dagster_pages import DagsterPages
from fakes.dagster_servers import dagster_dev
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page

from benchmarks.isolation import isolated
from docs.screenshots.story import Story, story

_FOLDER = Path(__file__).parent

# Pixels. Any wider, and a README would shrink the letters until nobody could read them.
_WIDTH, _HEIGHT = 1160, 840
_NAVIGATION = 68
_MARGIN = 24


def main() -> None:
    """Take the pictures anew, beside this file."""
    executable = find_chromium()
    if executable is None:
        sys.exit("There is no Chromium here. Install it (Debian: apt-get install chromium).")
    with (
        isolated() as folder,
        story(folder) as told,
        dagster_dev(PROGRAMS, told.cli.environment, folder) as ui,
        chromium_page(executable, width=_WIDTH, height=_HEIGHT) as page,
    ):
        _tell(told, DagsterPages(page, ui.url))


def _tell(told: Story, pages: DagsterPages) -> None:
    page = pages.page
    failed = pages.launch(f"source_url: {told.page_url}\ncategories: 1:Transport,2:Culture")
    pages.wait_for_end("Failure")
    page.get_by_text("Hide navigation").click()

    pages.open_run(failed, log_lines=True)
    pages.wait_for_end("Failure")
    _take(page, "failed-run", down_to=page.get_by_text("Dependencies for step Publish"))

    pages.open_run(failed)
    pages.select_step("AiRewrite", "Succeeded", 2)
    _take(page, "article-preview", around=pages.show_markdown("preview"))

    [run] = told.cli("resume", "1", "--json").objects
    pages.open_run(run["dagster_run_id"], log_lines=True)
    pages.wait_for_end("Success")
    _take(page, "resumed-run", down_to=page.get_by_text("pipeline run #1 is completed"))

    [published] = (told.home / "site" / "articles").glob("*.html")
    page.set_viewport_size({"width": 960, "height": 1080})
    page.goto(published.as_uri())
    _take(page, "published-page")


def _take(
    page: Page, name: str, *, down_to: Locator | None = None, around: Locator | None = None
) -> None:
    """Save what a page shows: all of it, all down to something, or something's surroundings."""
    page.wait_for_load_state("networkidle")
    # Charts and dialogs glide into place.
    page.wait_for_timeout(1_000)
    clip = _box(around) if around else None
    if down_to:
        lowest = _box(down_to)
        bottom = lowest["y"] + lowest["height"]
        clip = FloatRect(x=_NAVIGATION, y=0, width=_WIDTH - _NAVIGATION, height=bottom)
    shot = Image.open(BytesIO(page.screenshot(clip=clip, animations="disabled")))
    file = _FOLDER / f"{name}.webp"
    shot.convert("RGB").save(file, "WEBP", lossless=True, quality=100, method=6)
    print(f"{file.name}: {shot.width}x{shot.height}, {file.stat().st_size / 1024:.0f} KB")


def _box(locator: Locator) -> FloatRect:
    """Where something stands on the page, with a margin around it."""
    box = locator.bounding_box()
    assert box is not None
    return FloatRect(
        x=box["x"] - _MARGIN,
        y=box["y"] - _MARGIN,
        width=box["width"] + 2 * _MARGIN,
        height=box["height"] + 2 * _MARGIN,
    )


if __name__ == "__main__":
    main()
