"""Scrape: from a URL, a file or raw text to the text of an article."""

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.resources.sources import Sources


@stage(pool="scribe_scrape", essential=True)
def scrape(payload: ContentPayload, *, sources: Sources) -> StageResult:
    """Fetch the source and extract its main text, title, author, date, language and lead image."""
    content = sources.read(payload)
    how = f"{payload.source} source" if payload.source else "source"
    return StageResult.completed(
        payload.evolve(scraped=content), f"{content.word_count:,} words from the {how}"
    )
