"""The channel ``outbox``: a folder that another program empties."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.errors import ConfigurationError, ErrorKind, PublishError


@dataclass(frozen=True, slots=True)
class OutboxChannel:
    """Writes each article as one JSON file, named by its slug."""

    name: ClassVar[str] = "outbox"

    folder: Path

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the channel; a setting of its own it reads from the environment.

        Raises:
            ConfigurationError: OUTBOX_DIR is not set.
        """
        folder = os.environ.get("OUTBOX_DIR")
        if not folder:
            raise ConfigurationError("The channel outbox needs OUTBOX_DIR: the folder to write to.")
        return cls(Path(folder).absolute())

    def publish(self, post: Post) -> Receipt:
        """Write the file. Written twice, it is the same file: a resume cannot double it.

        Raises:
            PublishError: The folder cannot be written.
        """
        path = self._path(post.article)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_text(post.article.model_dump_json(indent=2), encoding="utf-8")
            unfinished.replace(path)
        except OSError as error:
            raise PublishError(
                f"The outbox {self.folder} cannot be written: {error.strerror}. "
                "Make room or give leave, then resume the run.",
                kind=ErrorKind.TRANSIENT,
            ) from error
        return self._receipt(path)

    def find(self, article: Article) -> Receipt | None:
        """Tell whether the file is there."""
        path = self._path(article)
        return self._receipt(path) if path.exists() else None

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show what the file would hold."""
        written: dict[str, JsonValue] = post.article.model_dump(mode="json")
        return written

    def _path(self, article: Article) -> Path:
        return self.folder / f"{article.slug}.json"

    def _receipt(self, path: Path) -> Receipt:
        return Receipt(url=path.as_uri(), external_id=path.stem)
