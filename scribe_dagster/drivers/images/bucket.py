"""Objects in a bucket: S3 and those who speak its protocol, Google Cloud Storage, Azure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scribe_dagster.domain.redaction import without_credentials
from scribe_dagster.errors import ConfigurationError, ErrorKind, ImageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = frozenset({"s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl"})

# Of any two writers of an object both write the same, so an answer that was lost may be asked for
# again. Less patient than the library's three minutes: a run can be resumed.
_PATIENCE = timedelta(seconds=30)
_MOST_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Bucket:
    """A folder of a bucket. Keys and region come from the provider's own variables (AWS_...)."""

    url: str

    @classmethod
    def at(cls, url: str) -> Self:
        """Name the folder; nothing is imported or connected to yet.

        Raises:
            ConfigurationError: The library is not installed, or the URL names no bucket.
        """
        if find_spec("obstore") is None:
            raise ConfigurationError(
                "Images in a bucket need a library that is not installed. "
                "pip install 'scribe-dagster[s3]'"
            )
        if not urlsplit(url).netloc:
            raise ConfigurationError(
                "IMAGE_STORE_URL names no bucket. Write it like s3://bucket/folder."
            )
        return cls(url.rstrip("/"))

    def __str__(self) -> str:
        return without_credentials(self.url)

    def holds(self, path: str) -> bool:
        """Tell whether there is such an object.

        Raises:
            ImageError: The bucket did not answer, or refused.
        """
        with self._told("look up", path):
            try:
                _store(self.url).head(path)
            except FileNotFoundError:
                return False
            return True

    def write(self, path: str, data: bytes) -> None:
        """Put a whole object.

        Raises:
            ImageError: The bucket did not answer, or refused.
        """
        with self._told("write", path):
            _store(self.url).put(path, data)

    def read(self, path: str) -> bytes | None:
        """Return an object's data; None when there is none.

        Raises:
            ImageError: The bucket did not answer, or refused.
        """
        with self._told("read", path):
            try:
                return bytes(_store(self.url).get(path).bytes())
            except FileNotFoundError:
                return None

    @contextmanager
    def _told(self, what: str, path: str) -> Iterator[None]:
        from obstore.exceptions import (
            BaseError,
            GenericError,
            PermissionDeniedError,
            UnauthenticatedError,
        )

        try:
            yield
        except (PermissionError, PermissionDeniedError, UnauthenticatedError) as error:
            raise ImageError(
                f"May not {what} {path} in {self}. Check the bucket's rights and the keys in "
                "the environment (AWS_ACCESS_KEY_ID and so on)."
            ) from error
        except (BaseError, FileNotFoundError) as error:
            # A generic one is what is left after several tries: the network, or the server.
            passes = isinstance(error, GenericError)
            raise ImageError(
                f"Cannot {what} {path} in {self}. Check that the bucket exists in this region "
                "(AWS_REGION and so on) and can be reached, then resume the run.",
                kind=ErrorKind.TRANSIENT if passes else ErrorKind.PERMANENT,
            ) from error


@cache
def _store(url: str) -> ObjectStore:
    """Connect once for each folder: a client keeps its connections."""
    from obstore.store import from_url

    try:
        return from_url(
            url,
            # Plain HTTP only where AWS_ENDPOINT_URL says so: a server of one's own.
            client_options={"timeout": timedelta(seconds=60), "allow_http": True},
            retry_config={"max_retries": _MOST_RETRIES, "retry_timeout": _PATIENCE},
        )
    except Exception as error:
        raise ConfigurationError(
            f"IMAGE_STORE_URL {without_credentials(url)} cannot be used. Check it, and the region "
            "and keys in the environment (AWS_REGION and so on)."
        ) from error
