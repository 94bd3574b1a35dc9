"""Models as a run meets them: standing in for each other, and their covers on the site."""

from __future__ import annotations

from typing import Any

from dagster import DagsterInstance
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI
from lxml import html

from scribe_dagster import ContentPipeline, PipelineResult
from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import load_run

ARTICLE = "The last bus of the day now waits for the train, the county said on Monday."


def process(
    settings: Settings, instance: DagsterInstance, server: FakeOpenAI, **changes: Any
) -> PipelineResult:
    pointed = {name.lower(): value for name, value in server.settings.items()}
    chosen = Settings(_env_file=None, **{**settings.model_dump(), **pointed, **changes})
    return ContentPipeline(settings=chosen, instance=instance).process(text=ARTICLE)


def test_a_run_completes_when_somebody_stands_in_and_the_article_says_who(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    openai.fail_next(CHAT, 429, "rate limited")
    openai.fail_next(IMAGES, 500, "broken")

    result = process(settings, instance, openai, ai_fallbacks="local", ai_image_fallbacks="local")

    assert result.succeeded
    assert result.payload.draft is not None
    assert result.payload.draft.written_by == "local (extractive)"
    assert result.payload.image is not None
    assert result.payload.image.made_by == "local (drawn from the title)"
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 1)


def test_the_history_tells_who_wrote_and_what_it_took(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    result = process(settings, instance, openai)

    assert result.run_id is not None
    run = load_run(Database.from_settings(settings), result.run_id)
    written = next(stage for stage in run.stage_attempts if stage.stage_name == "AiRewrite")
    assert "by openai gpt-4o-mini" in str(written.message)
    assert (written.input_tokens, written.output_tokens) == (1200, 340)
    assert written.cost_usd is not None


def test_the_sites_page_offers_the_widths_that_the_run_has_made(
    settings: Settings, instance: DagsterInstance, openai: FakeOpenAI
) -> None:
    result = process(settings, instance, openai, image_format="avif", image_widths="320,640")

    assert result.succeeded
    (page,) = (settings.site_dir / "articles").glob("*.html")
    (offered,) = html.parse(page).getroot().xpath("//figure/img/@srcset")
    files = [entry.split() for entry in offered.split(", ")]
    assert [width for _, width in files] == ["320w", "640w", "1536w"]
    for file, _ in files:
        assert (page.parent / file).resolve().suffix == ".avif"
        assert (page.parent / file).is_file()
