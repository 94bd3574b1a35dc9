"""OptimiseImage: the same cover, smaller."""

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.drivers.images.optimiser import ImageOptimiser
from scribe_dagster.drivers.images.store import ImageStore


@stage
def optimise_image(
    payload: ContentPayload, *, image_store: ImageStore, image_optimiser: ImageOptimiser | None
) -> StageResult:
    """Convert the cover to WebP of a bounded width."""
    if image_optimiser is None:
        return StageResult.skipped(payload, "IMAGE_OPTIMIZE is off")
    if payload.image is None:
        return StageResult.skipped(payload, "there is no image")
    original = payload.image
    image = image_store.put(
        image_optimiser.optimise(image_store.read(original)),
        alt=original.alt,
        made_by=original.made_by,
    )
    return StageResult.completed(payload.evolve(image=image), f"optimised to {image.path}")
