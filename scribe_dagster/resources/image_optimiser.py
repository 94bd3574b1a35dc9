"""How images are made small."""

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.optimiser import ImageOptimiser
from scribe_dagster.resources.settings_resource import SettingsResource


class ImageOptimiserResource(SettingsResource[ImageOptimiser | None]):
    """Conversion to WebP or AVIF; None where IMAGE_OPTIMIZE is false."""

    def open(self, settings: Settings) -> ImageOptimiser | None:
        """Make the optimiser, unless it is switched off."""
        return ImageOptimiser.from_settings(settings) if settings.image_optimize else None
