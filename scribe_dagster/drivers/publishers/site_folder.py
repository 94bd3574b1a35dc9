"""The site's folder: where its files lie, and how several processes share it."""

from __future__ import annotations

import logging
import os
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from pydantic import ValidationError

from scribe_dagster.drivers.publishers.site_entry import SiteEntry
from scribe_dagster.errors import ErrorKind, PublishError

_logger = logging.getLogger("scribe_dagster.publish")

_MARK = b'<meta name="generator" content="scribe-dagster">'
"""What every page of ours has at its beginning, and no page of the owner's."""
_BEGINNING = 2_048
"""Bytes."""
_LONGEST_WAIT = 60.0
"""Seconds to wait for another process; one publication takes a fraction of a second."""


class SiteFolder:
    """Reads and writes the files of one site.

    Every method raises a transient :class:`PublishError` when the disk does not let it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def page(self, slug: str) -> Path:
        """Where the page of an article lies."""
        return self._inside("articles", f"{slug}.html")

    def sidecar(self, slug: str) -> Path:
        """Where the entry of an article lies; its presence says the article is published."""
        return self._inside("articles", f"{slug}.json")

    def image(self, file: str) -> Path:
        """Where an image lies."""
        return self._inside("images", file)

    def listing(self, path: str) -> Path:
        """Where a page that lists articles lies, whose path in the site is given."""
        return self._inside(*path.split("/"))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process and thread from changing the site.

        Raises:
            PublishError: Another one kept the site for a minute.
        """
        from filelock import FileLock, Timeout

        with _disk_trouble_told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / ".lock")
            try:
                lock.acquire(timeout=_LONGEST_WAIT)
            except Timeout:
                raise PublishError(
                    f"Another process has been writing to the site in {self.root} for over "
                    f"{_LONGEST_WAIT:.0f} seconds. Let it finish or end it, then resume the run.",
                    kind=ErrorKind.TRANSIENT,
                ) from None
        try:
            yield
        finally:
            lock.release()

    def write(self, path: Path, data: str | bytes) -> None:
        """Put a whole file in place at once; readers see the old one or the new one.

        A file that holds the same is left alone, so that few of the lists' pages are written, and
        whoever copies the site copies only those.

        Call it under :meth:`locked`: the unfinished file's name is always the same, so that an
        interrupted write leaves at most one behind, and the next one takes it over.
        """
        unfinished = path.with_name(f".{path.name}.unfinished")
        content = data.encode() if isinstance(data, str) else data
        with _disk_trouble_told(path):
            if path.is_file() and path.read_bytes() == content:
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                # Without it, a power cut after the rename can leave an empty file in place.
                os.fsync(file.fileno())
            unfinished.replace(path)

    def drop_listings_but(self, paths: Container[str]) -> None:
        """Remove the pages of lists that nothing is in any more; ``paths`` are those to keep.

        What the site's owner has put beside them stays.
        """
        for name in ("pages", "topics"):
            folder = self._inside(name)
            with _disk_trouble_told(folder):
                for file in folder.glob("[!.]*.html"):
                    path = f"{name}/{file.name}"
                    if path not in paths and _is_ours(page := self.listing(path)):
                        page.unlink()

    def entry(self, slug: str) -> SiteEntry | None:
        """Read the entry of a published article; None when it is absent or not one of ours."""
        return _read_entry(self.sidecar(slug))

    def entries(self) -> list[SiteEntry]:
        """Read the entries of all articles whose page exists, in no particular order."""
        folder = self._inside("articles", "*").parent
        with _disk_trouble_told(folder):
            sidecars = list(folder.glob("[!.]*.json"))
        return [entry for entry in map(_read_entry, sidecars) if entry]

    def identity(self) -> UUID:
        """Return the site's permanent id, made when it is first asked for.

        A feed's ids must never change, even when the folder moves, so they cannot come from its
        path. Call it under :meth:`locked`.
        """
        path = self._inside(".identity")
        with _disk_trouble_told(path):
            try:
                return UUID(path.read_text("ascii").strip())
            except (FileNotFoundError, ValueError):
                identity = uuid4()
        self.write(path, str(identity))
        return identity

    def _inside(self, *parts: str) -> Path:
        path = self.root.joinpath(*parts)
        # The folder a file is put into, links followed: replacing a file never follows a link.
        folder = path.parent.resolve()
        if path.name != parts[-1] or folder != self.root.resolve().joinpath(*parts[:-1]):
            raise PublishError(
                f"{'/'.join(parts)!r} would lie outside the site folder {self.root}. Give the "
                "article a plain slug, and let no link lead out of that folder."
            )
        return path


def _is_ours(page: Path) -> bool:
    if page.is_symlink() or not page.is_file():
        return False
    with page.open("rb") as file:
        return _MARK in file.read(_BEGINNING)


def _read_entry(sidecar: Path) -> SiteEntry | None:
    with _disk_trouble_told(sidecar):
        if not (sidecar.is_file() and sidecar.with_suffix(".html").is_file()):
            return None
        data = sidecar.read_bytes()
    try:
        entry = SiteEntry.model_validate_json(data)
    except ValidationError as error:
        _logger.warning("Left %s out of the site: not an entry of it (%s).", sidecar, _first(error))
        return None
    if entry.slug != sidecar.stem:
        _logger.warning("Left %s out of the site: it is the entry of %r.", sidecar, entry.slug)
        return None
    return entry


def _first(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc']) or 'whole file'}: {fault['msg']}"


@contextmanager
def _disk_trouble_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublishError(
            f"The site's file {path} cannot be read or written: {error.strerror or error}. Free "
            "disk space, or allow writing to the folder (it is below SCRIBE_HOME), then resume "
            "the run.",
            kind=ErrorKind.TRANSIENT,
        ) from error
