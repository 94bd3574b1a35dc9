"""The stage ``CreditSource``: says below the article where it comes from."""

from __future__ import annotations

from html import escape

from scribe_dagster.plugins import ContentPayload, StageResult, stage


@stage
def credit_source(payload: ContentPayload) -> StageResult:
    """Add a line that names the source."""
    if payload.draft is None or payload.scraped is None or not payload.scraped.site_name:
        return StageResult.skipped(payload, "there is nobody to be credited")
    name = payload.scraped.site_name
    credit = f"\n<p>First published by {escape(name)}.</p>"
    draft = payload.draft.evolve(content=payload.draft.content + credit)
    return StageResult.completed(payload.evolve(draft=draft), f"credited {name}")
