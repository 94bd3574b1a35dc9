"""Files wherever fsspec finds them: SFTP, SMB, WebDAV, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from scribe_dagster.domain.redaction import redact, without_credentials
from scribe_dagster.errors import ConfigurationError, ErrorKind, ImageError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder on a file system that is not the machine's own; its URL may hold a password."""

    url: str

    @classmethod
    def at(cls, url: str) -> Self:
        """Name the folder; nothing is connected to yet.

        Raises:
            ConfigurationError: No file system answers to such a URL.
        """
        from fsspec import get_filesystem_class

        scheme = url.partition("://")[0]
        try:
            get_filesystem_class(scheme)
        except (ValueError, ImportError) as error:
            raise ConfigurationError(
                f"IMAGE_STORE_URL begins with {scheme}://, and no file system answers to that: "
                f"{error}."
            ) from error
        return cls(url.rstrip("/"))

    def __str__(self) -> str:
        return without_credentials(self.url)

    def holds(self, path: str) -> bool:
        """Tell whether there is such a file.

        Raises:
            ImageError: The file system cannot be reached.
        """
        try:
            files, root = self._open()
            return bool(files.isfile(f"{root}/{path}"))
        except Exception as error:
            raise self._trouble("look up", path, error) from error

    def write(self, path: str, data: bytes) -> None:
        """Write a whole file: under another name first, where renaming is possible.

        Raises:
            ImageError: The file system cannot be reached, or refuses.
        """
        try:
            files, root = self._open()
            target = f"{root}/{path}"
            partial = f"{target}.{uuid4().hex}.part"
            files.makedirs(target.rpartition("/")[0], exist_ok=True)
            files.pipe_file(partial, data)
            files.mv(partial, target)
        except Exception as error:
            raise self._trouble("write", path, error) from error

    def read(self, path: str) -> bytes | None:
        """Return a file's data; None when there is none.

        Raises:
            ImageError: The file system cannot be reached, or refuses.
        """
        try:
            files, root = self._open()
            return bytes(files.cat_file(f"{root}/{path}"))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._trouble("read", path, error) from error

    def _open(self) -> tuple[AbstractFileSystem, str]:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(self.url)
        return files, str(root).rstrip("/")

    def _trouble(self, what: str, path: str, error: Exception) -> ImageError:
        # Each file system raises what its own library does.
        reason = redact(str(error) or type(error).__name__)
        return ImageError(
            f"Cannot {what} {path} in {self}: {reason}. Check IMAGE_STORE_URL.",
            kind=ErrorKind.TRANSIENT if isinstance(error, OSError) else ErrorKind.PERMANENT,
        )
