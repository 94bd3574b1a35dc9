"""GenerateImage: a cover for the article."""

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.drivers.images.protocol import ImageModel, ImageRequest
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.drivers.prices import is_free
from scribe_dagster.errors import MissingInput


@stage(pool="scribe_ai")
def generate_image(
    payload: ContentPayload, *, image_model: ImageModel, image_store: ImageStore
) -> StageResult:
    """Let the image model draw a cover from the draft's image prompt, and keep it."""
    draft = payload.draft
    if draft is None:
        raise MissingInput("There is no draft to illustrate. Put AiRewrite before GenerateImage.")
    if not is_free(image_model):
        image_store.probe()
    category = next((c.name for c in payload.categories if c.id == draft.category_id), None)
    generated = image_model.generate(
        ImageRequest(
            prompt=draft.image_prompt or draft.title,
            title=draft.title,
            category=category,
            site_name=payload.scraped.site_name if payload.scraped else None,
            alt=draft.image_alt,
            lead_url=payload.scraped.image_url if payload.scraped else None,
        )
    )
    alt = generated.alt or draft.title
    image = image_store.put(generated.data, alt=alt, made_by=generated.made_by)
    return StageResult.completed(
        payload.evolve(image=image), f"generated {image.path}", usage=generated.usage
    )
