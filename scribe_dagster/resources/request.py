"""What a run is asked to process."""

from collections.abc import Callable
from dataclasses import dataclass

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.db.staged_contents import StagedContents
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.drivers.sources.feed_request import entry_request
from scribe_dagster.drivers.sources.request import make_request, read_categories
from scribe_dagster.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Request:
    """The payload a new run starts with; made when a run is new, for a resumed one needs none."""

    payload: Callable[[], ContentPayload]
    if_exists: IfExists = IfExists.RUN


class RequestResource(ConfigurableResource[Request]):
    """The request of a run that is launched from the Launchpad or a config file."""

    source_url: str = Field(description="URL, or path of a file.")
    source: str | None = Field(default=None, description="Source driver; default: by the URL.")
    categories: str = Field(default="", description='Such as "1:Tech,2:Health".')
    language: str | None = Field(default=None, description="Overrides AI_OUTPUT_LANGUAGE.")

    staged_content_id: int | None = Field(
        default=None, description="The staged entry of a feed to process, whose URL this is."
    )
    if_exists: str = Field(
        default=IfExists.RUN.value,
        description="If the source has a run already: run (again), skip, reuse (resume it).",
    )

    def create_resource(self, context: InitResourceContext) -> Request:
        """Hold the configuration until a new run asks for its payload.

        Raises:
            ConfigurationError: ``if_exists`` is none of its choices.
        """
        if self.if_exists not in set(IfExists):
            raise ConfigurationError(
                f"if_exists is {self.if_exists!r}. Choose one of: {', '.join(IfExists)}."
            )
        return Request(self._payload, IfExists(self.if_exists))

    def _payload(self) -> ContentPayload:
        settings = Settings.load()
        language = self.language or settings.ai_output_language
        if self.staged_content_id is not None:
            entry = StagedContents.from_settings(settings).entry(self.staged_content_id)
            return entry_request(entry).evolve(
                categories=read_categories(self.categories),
                language=language,
                staged_content_id=self.staged_content_id,
            )
        return make_request(
            self.source_url, driver=self.source, categories=self.categories, language=language
        )
