"""What somebody typed, told apart: a web page, a file, or text.

Whether an address or a file is that of a feed shows when it is read.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import one_line, storable
from scribe_dagster.drivers.sources.file_uri import path_of
from scribe_dagster.errors import InvalidSource

LONGEST_SOURCE = 2048
"""Characters in a URL or a path."""

LARGEST_TEXT = 5_000_000
"""Bytes of text, in UTF-8."""

_WEB = re.compile(r"https?:", re.IGNORECASE)
_FILE = re.compile(r"file:", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://|(mailto|data|javascript|about|tel):", re.I)
_HOST_FIRST = re.compile(r"(//)?([\w-]+(\.[\w-]+)+|localhost)(:\d+)?([/?#].*)?", re.DOTALL)
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
_FILE_SUFFIXES = (".html", ".htm", ".xhtml", ".txt", ".md", ".markdown", ".pdf", ".docx")


@dataclass(frozen=True, slots=True)
class IdentifiedSource:
    """A source driver's name, and the URL under which the source is processed and stored."""

    driver: str
    url: str


def identify_source(raw: str, *, forced: str | None = None) -> IdentifiedSource:
    """Tell what ``raw`` is: an http(s) URL, a ``file://`` URI, or the path of a file.

    Args:
        raw: What was typed.
        forced: The driver to use, instead of the one told by the form. A driver that is not
            built in gets ``raw`` as it stands; of something on this disk, its whole path.

    Raises:
        InvalidSource: It is none of them. The message says what was probably meant.
    """
    if forced == "text":
        return identify_text(raw)
    typed = raw.strip()
    if not typed:
        raise InvalidSource(
            "No source was given. Give a URL such as https://example.com/article, "
            "or the path of an HTML or text file."
        )
    if forced == "feed":
        return IdentifiedSource("feed", identify_source(typed).url)
    if forced is not None and forced not in ("web", "file"):
        return IdentifiedSource(forced, _whole_path(typed) or raw)
    if len(typed) > LONGEST_SOURCE:
        raise InvalidSource(
            f"A URL or path has at most {LONGEST_SOURCE} characters; this one has {len(typed)}. "
            "To process a text itself, hand it in as text."
        )
    if _FILE.match(typed) and forced != "web":
        return _file_by_uri(typed)
    if _WEB.match(typed) and forced != "file":
        return IdentifiedSource("web", _web_url(typed))
    if forced != "web" and (found := _file_by_path(typed)):
        return found
    raise InvalidSource(_advice(typed, forced))


def identify_text(text: str) -> IdentifiedSource:
    """Give a text a URL of its own, made from its content: the same text, the same URL.

    Raises:
        InvalidSource: The text is blank or larger than 5 MB.
    """
    data = storable(text).encode()
    if not data.strip():
        raise InvalidSource("The text is blank. Hand in the text to make an article from.")
    if len(data) > LARGEST_TEXT:
        raise InvalidSource(
            f"The text has {len(data):,} bytes; at most {LARGEST_TEXT:,} are taken. Split it."
        )
    return IdentifiedSource("text", f"text:{hashlib.sha256(data).hexdigest()[:16]}")


def _web_url(typed: str) -> str:
    scheme, _, rest = typed.partition(":")
    if not rest.startswith("//"):
        meant = f"{scheme.lower()}://" + rest.lstrip("/\\")
        raise InvalidSource(f"{_shown(typed)} is not a URL: did you mean {_shown(meant)}?")
    url = f"{scheme.lower()}:{rest.partition('#')[0]}"
    if storable(url) != url or re.search(r"[\t\n\r]", url):
        raise InvalidSource("The URL has characters in it that no URL may have. Type it anew.")
    if "@" in re.split(r"[/?\\]", rest[2:], maxsplit=1)[0]:
        raise InvalidSource(
            "The URL has a user name or password in it, and it would be stored and shown. "
            "Leave out everything between // and @."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidSource(f"{_shown(url)} is not a URL: {error}. Check it.") from None
    if not _is_host(host):
        raise InvalidSource(f"{_shown(url)} is not a URL: {host!r} is not a host name. Check it.")
    if port == 0:
        raise InvalidSource(f"{_shown(url)} is not a URL: no server listens on port 0. Check it.")
    return url


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True
    try:
        return bool(_HOST.fullmatch(host.encode("idna").decode()))
    except UnicodeError:
        return False


def _file_by_uri(uri: str) -> IdentifiedSource:
    try:
        path = path_of(uri)
    except ValueError as error:
        raise InvalidSource(
            f"{_shown(uri)} cannot be read: {error}. Write file:///path/to/article.html."
        ) from None
    found = _file(path)
    if not found:
        raise InvalidSource(f"There is no file {_shown(str(path))}. Check the path.")
    return found


def _file_by_path(typed: str) -> IdentifiedSource | None:
    try:
        return _file(Path(typed).expanduser())
    except (RuntimeError, ValueError):  # ~somebody, whom this machine does not know or cannot name
        return None


def _whole_path(typed: str) -> str | None:
    """Return what a path means in any folder: a run may be resumed from another one."""
    try:
        path = Path(typed).expanduser().absolute()
        return str(path) if path.exists() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _file(path: Path) -> IdentifiedSource | None:
    try:
        if path.is_dir():
            raise InvalidSource(f"{_shown(str(path))} is a directory. Name one file in it.")
        if not path.exists():
            return None
        if not path.is_file():
            raise InvalidSource(f"{_shown(str(path))} is not a regular file. Save it as one.")
    except (OSError, ValueError):  # a name too long, or a folder that may not be looked into
        return None
    return IdentifiedSource("file", path.absolute().as_uri())


def _advice(typed: str, forced: str | None) -> str:
    shown = _shown(typed)
    if forced == "file":
        return f"There is no file {shown}. Check the path."
    if scheme := _OTHER_SCHEME.match(typed):
        name = scheme[1] or scheme[2]
        return f"{shown} cannot be read: {name} is not supported. Give an http or https URL."
    looks_like_file = typed.lower().endswith(_FILE_SUFFIXES) and "/" not in typed
    if not looks_like_file and _HOST_FIRST.fullmatch(typed):
        return f"{shown} is not a URL: did you mean https://{typed.removeprefix('//')}?"
    if forced == "web":
        return f"{shown} is not a URL. Give one such as https://example.com/article."
    return (
        f"There is no file {shown}, and it is not a URL either. "
        "Check the path, or give a URL such as https://example.com/article."
    )


def _shown(typed: str) -> str:
    # What stands before an @ may be a password.
    _, at, rest = typed.rpartition("@")
    return f'"{one_line(redact(f"…@{rest}" if at else typed), limit=120)}"'
