"""How a provider is spoken of, to people who have to mend its settings."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from pydantic import SecretStr

from scribe_dagster.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ProviderTerms:
    """A provider's names: its own, its API's, and those of the settings that lead to it."""

    name: str
    """As in AI_PROVIDER."""
    api: str
    """As in a message: “OpenAI chat API”."""
    key: str
    model: str
    base_url: str
    price_list: str = ""
    """Its name in the table of prices; empty where it charges nothing."""
    timeout: str = ""
    """The setting that says how long to wait for an answer, where there is one."""
    base_url_ends: str = ""
    """What such an address usually ends with."""
    context: str = ""
    """The setting that says how much the model can be given to read, where there is one."""

    def check_access(self, key: SecretStr | None, base_url: str | None) -> None:
        """Make sure that there is somewhere to go, and something to be let in with.

        Raises:
            ConfigurationError: There is no key, and no server of one's own that may need none; or
                that server's address is none.
        """
        if key is None and base_url is None:
            raise ConfigurationError(
                f"The {self.name} text model needs {self.key}. Set it, or set AI_PROVIDER=local, "
                "which needs no key."
            )
        if base_url is not None and not base_url.startswith(("http://", "https://")):
            usually = f" and usually ends with {self.base_url_ends}" if self.base_url_ends else ""
            raise ConfigurationError(
                f"{self.base_url} must begin with http:// or https://{usually}."
            )

    def check_installed(self, module: str, *, extra: str) -> None:
        """Make sure that the provider's client library is there, without importing it.

        Raises:
            ConfigurationError: It is not; the message holds the command that installs it.
        """
        try:
            found = find_spec(module) is not None
        except ModuleNotFoundError:
            # The package around it is missing as well.
            found = False
        if not found:
            raise ConfigurationError(
                f"The {self.name} text model needs a library that is not installed. "
                f"pip install 'scribe-dagster[{extra}]'"
            )
