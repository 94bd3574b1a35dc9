"""What a person sees in Dagster's UI, and what pressing its buttons does."""

from __future__ import annotations

import pytest
from fakes.command_line import EXAMPLE, CommandLine
from fakes.dagster_pages import DagsterPages
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_a_failed_run_is_understood_and_resumed_from_its_page(
    cli: CommandLine, openai: FakeOpenAI, pages: DagsterPages
) -> None:
    openai.fail_next(IMAGES, 429, "rate limited")

    launched = pages.launch(f"source_url: {EXAMPLE}")

    # The page says what failed and why, and what was left undone.
    pages.wait_for_end("Failure")
    assert pages.steps("Succeeded", 2) == {"Scrape", "AiRewrite"}
    assert pages.steps("Errored", 1) == {"GenerateImage"}
    assert pages.steps("Not executed", 3) == {"OptimiseImage", "CreateArticle", "Publish"}
    pages.select_step("GenerateImage", "Errored", 1)
    why = pages.page.get_by_text("OpenAI image API error [429]: rate limited")
    expect(why.first).to_be_visible()
    [failed] = cli("runs", "--json").objects
    assert (failed["status"], failed["dagster_run_id"]) == ("failed", launched)

    resumed = pages.reexecute_from_failure()

    # The new run executes the failed stage and those after it, on what the text model had written.
    pages.wait_for_end("Success")
    executed = {"GenerateImage", "OptimiseImage", "CreateArticle", "Publish"}
    assert pages.steps("Succeeded", 4) == executed
    pages.select_step("GenerateImage", "Succeeded", 4)
    restored = 'from output "result" of step "AiRewrite"'
    expect(pages.page.get_by_text(restored)).to_be_visible()
    tags = pages.show_tags()
    expect(tags).to_contain_text(f"scribe/pipeline_run: {failed['id']}")
    expect(tags).to_contain_text("scribe/attempt: 2")
    expect(tags).to_contain_text("scribe/restored: Scrape, AiRewrite")
    expect(tags).to_contain_text("scribe/outcome: completed")
    expect(tags).to_contain_text("scribe/cost: 1,540 tokens")
    tags.get_by_role("button", name="OK").click()

    # The article can be read there as well.
    pages.select_step("CreateArticle", "Succeeded", 4)
    pages.view_asset()
    expect(pages.page.get_by_role("heading", name="The last bus now waits")).to_be_visible()
    expect(pages.page.get_by_text("The last bus of the day now waits")).to_be_visible()

    # It is the same pipeline run, for the command line too, and nothing was paid for twice.
    [completed] = cli("runs", "--json").objects
    assert completed["id"] == failed["id"]
    assert (completed["status"], completed["attempt"]) == ("completed", 2)
    assert completed["dagster_run_id"] == resumed
    assert openai.count(CHAT) == 1
    assert openai.count(IMAGES) == 2
