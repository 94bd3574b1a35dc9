"""Where images are kept."""

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.resources.settings_resource import SettingsResource


class ImageStoreResource(SettingsResource[ImageStore]):
    """The content-addressed image store in SCRIBE_HOME."""

    def open(self, settings: Settings) -> ImageStore:
        """Open the store."""
        return ImageStore.from_settings(settings)
