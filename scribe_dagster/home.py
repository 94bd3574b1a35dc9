"""SCRIBE_HOME on disk."""

from __future__ import annotations

from pathlib import Path

from scribe_dagster.config import Settings
from scribe_dagster.errors import ConfigurationError


def make_home(settings: Settings, folder: Path | None = None) -> Path:
    """Make SCRIBE_HOME, or a folder in it, for its owner alone, and return it.

    Raises:
        ConfigurationError: It cannot be made.
    """
    folder = folder or settings.scribe_home
    try:
        settings.scribe_home.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(
            f"SCRIBE_HOME {settings.scribe_home} cannot be made: {error.strerror}. "
            "Set SCRIBE_HOME to a folder that you may write."
        ) from None
    return folder
