"""Settings that a channel cannot do without."""

from __future__ import annotations

from pydantic import SecretStr

from scribe_dagster.config import Settings
from scribe_dagster.errors import ConfigurationError


def required(settings: Settings, channel: str, *names: str) -> tuple[str, ...]:
    """Return the values of these settings.

    Raises:
        ConfigurationError: One has none; the message names all that are missing.
    """
    given = {name: getattr(settings, name) for name in names}
    missing = [name.upper() for name, value in given.items() if not _plain(value)]
    if missing:
        raise ConfigurationError(
            f"The channel {channel!r} needs {' and '.join(missing)}. docs/channels.md tells where "
            "to get what it needs; without it, take the channel out of PUBLISHER_CHANNELS."
        )
    return tuple(_plain(value) for value in given.values())


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")
