"""AiRewrite: from a source's text to an article of one's own."""

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.redaction import without_credentials
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.drivers.ai.protocol import RewriteRequest, TextModel
from scribe_dagster.errors import MissingInput


@stage(pool="scribe_ai", essential=True, name="AiRewrite")
def ai_rewrite(payload: ContentPayload, *, ai: TextModel) -> StageResult:
    """Let the text model write the article: title, content, description, category, tags."""
    if payload.scraped is None:
        raise MissingInput("There is no text to rewrite. Put Scrape before AiRewrite.")
    rewrite = ai.rewrite(
        RewriteRequest(
            content=payload.scraped,
            source_url=without_credentials(payload.source_url),
            categories=payload.categories,
            language=payload.language,
        )
    )
    return StageResult.completed(
        payload.evolve(draft=rewrite.draft),
        f"“{rewrite.draft.title}” by {rewrite.draft.written_by}",
        usage=rewrite.usage,
    )
