"""The sources the Scrape stage reads from."""

from dataclasses import dataclass

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.drivers.sources.protocol import Source
from scribe_dagster.resources.settings_resource import SettingsResource


@dataclass(frozen=True, slots=True)
class Sources:
    """Every installed source; the one a payload needs is loaded when it is read."""

    settings: Settings

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Read with the payload's source, told by its URL where it names none.

        Raises:
            SourceError: It could not be read.
            UnknownPlugin: It names a source that is not installed.
        """
        return self.of(payload).read(payload)

    def of(self, payload: ContentPayload) -> Source:
        """Make the source that a payload needs.

        Raises:
            UnknownPlugin: It names a source that is not installed.
            ConfigurationError: The source cannot be loaded, or lacks a setting.
        """
        source: Source = make(
            PluginGroup.SOURCES, payload.source or _told_by(payload), self.settings
        )
        return source


def _told_by(payload: ContentPayload) -> str:
    if payload.source_text is not None:
        return "text"
    return "file" if payload.source_url.startswith("file:") else "web"


class SourcesResource(SettingsResource[Sources]):
    """Sources, chosen by URL."""

    def open(self, settings: Settings) -> Sources:
        """Hold the settings; a source is made when it is read."""
        return Sources(settings)
