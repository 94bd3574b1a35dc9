"""OptimiseImage: the same cover, smaller."""

from scribe_dagster.domain.image import Rendition
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.drivers.images.optimiser import ImageOptimiser
from scribe_dagster.drivers.images.store import ImageStore


@stage
def optimise_image(
    payload: ContentPayload, *, image_store: ImageStore, image_optimiser: ImageOptimiser | None
) -> StageResult:
    """Convert the cover to WebP or AVIF, of a bounded width and of narrower ones."""
    if image_optimiser is None:
        return StageResult.skipped(payload, "IMAGE_OPTIMIZE is off")
    if payload.image is None:
        return StageResult.skipped(payload, "there is no image")
    original = payload.image
    widest, *narrower = (
        image_store.put(data, alt=original.alt, made_by=original.made_by)
        for data in image_optimiser.optimise_all(image_store.read(original))
    )
    renditions = tuple(
        Rendition(path=image.path, width=image.width, height=image.height, size=image.size)
        for image in narrower
    )
    return StageResult.completed(
        payload.evolve(image=widest.evolve(renditions=renditions)), f"optimised to {widest.path}"
    )
