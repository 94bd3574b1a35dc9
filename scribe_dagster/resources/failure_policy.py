"""What happens when a stage fails."""

from dataclasses import dataclass

from scribe_dagster.config import Settings
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.stage import Stage
from scribe_dagster.errors import ErrorKind
from scribe_dagster.resources.settings_resource import SettingsResource


@dataclass(frozen=True, slots=True)
class FailurePolicy:
    """Whether the run halts, and what may be told of the error."""

    halt_on_error: bool = True
    secrets: tuple[str, ...] = ()

    def describe(self, error: BaseException) -> Failure:
        """Describe an error for people, with every known secret taken out."""
        return Failure.of(error, self.secrets)

    def redact(self, text: str) -> str:
        """Take every known secret out of a text that will be stored or shown."""
        return redact(text, self.secrets)

    def goes_on_without(self, stage: Stage, failure: Failure) -> bool:
        """Whether the run continues as if the stage had been skipped."""
        interrupted = failure.kind in (ErrorKind.LOST_WORKER, ErrorKind.FENCED)
        return not (self.halt_on_error or stage.essential or interrupted)


class FailurePolicyResource(SettingsResource[FailurePolicy]):
    """PIPELINE_HALT_ON_ERROR, and the secrets to keep out of messages."""

    def open(self, settings: Settings) -> FailurePolicy:
        """Read the policy."""
        return FailurePolicy(settings.pipeline_halt_on_error, settings.secrets)
