"""Dagster's pages as a person uses them: what is typed, pressed and read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Locator, Page

_LOCATION = "scribe_dagster.definitions"

# Dagster lists its own events as well; these are the lines alone that a run has logged.
_LOG_LINES = "levels=critical|error|info|warning"

StepOutcome = Literal["Errored", "Succeeded", "Not executed"]


@dataclass(frozen=True)
class DagsterPages:
    """A browser's page on the webserver at ``url``."""

    page: Page
    url: str

    def launch(self, config: str, job: str = "content_pipeline") -> str:
        """Type a configuration into the Launchpad and press Launch Run; return the run's id."""
        self.page.goto(f"{self.url}/locations/{_LOCATION}/jobs/{job}/playground")
        # By now Dagster has put its own draft into the editor, and will not overwrite ours.
        self.page.get_by_text("Missing required config entry").wait_for()
        self.page.locator(".CodeMirror").first.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(config)
        self.page.get_by_role("button", name="Launch Run").click()
        return self._arrive_at_a_run()

    def reexecute_from_failure(self) -> str:
        """Choose From failure in the menu beside Re-execute all; return the new run's id."""
        left = self._run_id
        beside = self.page.get_by_role("button", name="Re-execute").locator(
            "xpath=following::button"
        )
        beside.first.click()
        self.page.get_by_role("menuitem", name="From failure").click()
        return self._arrive_at_a_run(other_than=left)

    def open_run(self, run_id: str, *, log_lines: bool = False) -> None:
        """Open a run's page, with all of its events or with its log lines alone."""
        self.page.goto(f"{self.url}/runs/{run_id}?{_LOG_LINES if log_lines else ''}")

    def wait_for_end(self, status: Literal["Success", "Failure"]) -> None:
        """Wait until the run's page says that it is over, and how."""
        self.page.get_by_text(status, exact=True).first.wait_for()

    def steps(self, outcome: StepOutcome, count: int) -> set[str]:
        """Wait until so many steps are listed under an outcome; return their names."""
        return set(self._listed(outcome, count).all_inner_texts())

    def select_step(self, step: str, outcome: StepOutcome, count: int) -> None:
        """Press a step's name among so many: the page then shows the events of this step only."""
        self._listed(outcome, count).get_by_text(step, exact=True).click()

    def show_markdown(self, entry: str) -> Locator:
        """Press Show Markdown beside a metadata entry; return the dialog that opens."""
        row = self.page.locator("tr", has=self.page.get_by_text(entry, exact=True))
        row.get_by_text("[Show Markdown]").first.click()
        return self.page.get_by_role("dialog")

    def show_tags(self) -> Locator:
        """Press View tags and config; return the dialog that opens."""
        self.page.get_by_role("button", name="View tags and config").click()
        return self.page.get_by_role("dialog")

    def _listed(self, outcome: StepOutcome, count: int) -> Locator:
        """Unfold the list under an outcome, beside the chart of the run."""
        # Dagster folds it up again with every step that joins it: only the full one stays open.
        title = self.page.get_by_text(f"{outcome} ({count})", exact=True)
        section = title.locator("xpath=../..")
        bar = section.locator("[aria-expanded]")
        if bar.get_attribute("aria-expanded") == "false":
            bar.click()
        return section.locator("[class*=stepLabel]")

    def view_asset(self) -> None:
        """Press View Asset beside what the selected step has made."""
        self.page.get_by_role("link", name="View Asset").first.click()

    @property
    def _run_id(self) -> str:
        [found] = re.findall(r"/runs/([0-9a-f-]{36})", self.page.url)
        return str(found)

    def _arrive_at_a_run(self, other_than: str = "none yet") -> str:
        self.page.wait_for_url(lambda url: "/runs/" in url and other_than not in url)
        return self._run_id
