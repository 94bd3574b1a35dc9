"""From a ``file://`` URI to the path it means."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname


def path_of(uri: str) -> Path:
    """Return the path a file URI names, on Windows too.

    Raises:
        ValueError: It is not a file URI, names another machine, or cannot be a path.
    """
    parts = urlsplit(uri)
    if parts.scheme != "file":
        raise ValueError("it is not a file:// URI")
    if parts.netloc not in ("", "localhost"):
        raise ValueError(f"it names a file on another machine, {parts.netloc}")
    path = url2pathname(parts.path)
    if not path or "\0" in path:
        raise ValueError("it names no file")
    return Path(path)
