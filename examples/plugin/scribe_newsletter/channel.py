"""The channel ``outbox``: a folder that another program empties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from scribe_dagster.plugins import (
    Article,
    EnvironmentSettings,
    ErrorKind,
    Post,
    PublishError,
    Receipt,
    Settings,
)


class OutboxSettings(EnvironmentSettings):
    """Settings of its own; each is read from the variable of its name, in capitals."""

    outbox_dir: Path


@dataclass(frozen=True, slots=True)
class OutboxChannel:
    """Writes each article as one JSON file, named by its slug."""

    name: ClassVar[str] = "outbox"

    folder: Path

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the channel.

        Raises:
            ConfigurationError: OUTBOX_DIR is not set.
        """
        return cls(OutboxSettings.load().outbox_dir.absolute())

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

    def dry_run(self, post: Post) -> Mapping[str, Any]:
        """Show what the file would hold."""
        return post.article.model_dump(mode="json")

    def _path(self, article: Article) -> Path:
        return self.folder / f"{article.slug}.json"

    def _receipt(self, path: Path) -> Receipt:
        return Receipt(url=path.as_uri(), external_id=path.stem)
