"""SCRIBE_HOME on disk."""

from __future__ import annotations

import os
from contextlib import suppress
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
        make_private_folder(folder)
    except OSError as error:
        raise ConfigurationError(
            f"SCRIBE_HOME {settings.scribe_home} cannot be made: {error.strerror}. "
            "Set SCRIBE_HOME to a folder that you may write."
        ) from None
    return folder


def keep_private(file: Path) -> None:
    """Let nobody but its owner read a file, which is made empty if it is not there.

    Where the file is somebody else's, or the file system knows no owners, it stays as it is.
    """
    # A file that is there is never opened: whoever closes a database drops all locks that its
    # process holds on it, and SQLite relies on them.
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with suppress(OSError):
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone.

    Raises:
        OSError: It cannot be made.
    """
    if not folder.parent.exists():
        make_private_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
