"""What a person wants to look at in the Dagster UI, out of what a stage changed."""

from collections.abc import Mapping
from typing import Any

from dagster import AssetMaterialization, MetadataValue

from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import Publication
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.text import one_line
from scribe_dagster.domain.usage import Usage
from scribe_dagster.ops.preview import article_preview, image_preview

ARTICLE_ASSET = ("scribe", "article")
IMAGE_ASSET = ("scribe", "article_image")

Metadata = dict[str, MetadataValue]


def what_to_show(
    before: ContentPayload, result: StageResult, resources: Mapping[str, Any]
) -> tuple[list[AssetMaterialization], Metadata]:
    """Describe what a stage did: for the asset catalogue, and for the op's own output.

    Returns:
        A materialization for a new image and for a new article; and for the output what was made,
        what it used, and the stage's message.
    """
    after = result.payload
    materializations: list[AssetMaterialization] = []
    metadata: Metadata = {}
    if after.scraped and after.scraped != before.scraped:
        metadata |= _of_scraped(after.scraped)
    if after.draft and after.draft != before.draft:
        metadata |= _of_draft(after.draft)
    if after.image and after.image != before.image:
        image = _of_image(after.image, resources)
        metadata |= image
        materializations.append(
            AssetMaterialization(
                IMAGE_ASSET,
                description=f"{after.image.path} for {redact(after.source_url)}",
                metadata=image,
            )
        )
    if after.article_id is not None and after.article_id != before.article_id and after.draft:
        materializations.append(
            AssetMaterialization(
                ARTICLE_ASSET,
                description=after.draft.title,
                metadata={
                    **_of_draft(after.draft),
                    "article_id": MetadataValue.int(after.article_id),
                    "source": MetadataValue.text(redact(after.source_url)),
                },
            )
        )
    if after.publications != before.publications:
        metadata |= _of_publications(after.publications)
    # Dagster cuts a list off after some six entries: first what people came to see, then its cost.
    previews: Metadata = {key: metadata[key] for key in ("preview", "cover") if key in metadata}
    used = _of_usage(result.usage) if result.usage else {}
    said = MetadataValue.text(f"{result.outcome}: {result.message}")
    return materializations, {**previews, **used, **metadata, "result": said}


def what_was_saved(usage: Usage | None) -> Metadata:
    """Describe what a restored stage had used, and did not use again."""
    if usage is None:
        return {}
    saved: Metadata = {"saved_tokens": MetadataValue.int(usage.input_tokens + usage.output_tokens)}
    if usage.cost_usd is not None:
        saved["saved_usd"] = MetadataValue.float(float(usage.cost_usd))
    return saved


def _of_scraped(scraped: ScrapedContent) -> Metadata:
    return {
        "title": MetadataValue.text(scraped.title or "(none)"),
        "words": MetadataValue.int(scraped.word_count),
        "language": MetadataValue.text(scraped.language or "unknown"),
        "beginning": MetadataValue.text(one_line(scraped.text, limit=400)),
    }


def _of_draft(draft: Draft) -> Metadata:
    preview, words = article_preview(draft)
    return {
        "preview": MetadataValue.md(preview),
        "title": MetadataValue.text(draft.title),
        "words": MetadataValue.int(words),
        "written_by": MetadataValue.text(draft.written_by),
    }


def _of_image(image: StoredImage, resources: Mapping[str, Any]) -> Metadata:
    store = resources.get("image_store")
    cover: Metadata = (
        {}
        if store is None
        else {"cover": MetadataValue.md(image_preview(store.read(image), image.alt))}
    )
    return {
        **cover,
        "image": MetadataValue.text(image.path),
        "size": MetadataValue.text(f"{image.width}x{image.height}, {image.size / 1024:.0f} KiB"),
        "made_by": MetadataValue.text(image.made_by or "unknown"),
    }


def _of_publications(publications: tuple[Publication, ...]) -> Metadata:
    rows = "\n".join(
        f"| {publication.channel} | {publication.status} | {publication.url or ''} |"
        for publication in publications
    )
    return {
        "channels": MetadataValue.md(f"| channel | status | address |\n| --- | --- | --- |\n{rows}")
    }


def _of_usage(usage: Usage) -> Metadata:
    cost: Metadata = (
        {} if usage.cost_usd is None else {"cost_usd": MetadataValue.float(float(usage.cost_usd))}
    )
    return {
        **cost,
        "model": MetadataValue.text(f"{usage.provider} {usage.model}".strip()),
        "input_tokens": MetadataValue.int(usage.input_tokens),
        "output_tokens": MetadataValue.int(usage.output_tokens),
    }
