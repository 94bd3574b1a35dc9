"""The one place where secrets are taken out of text that is stored or shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, urlsplit

from scribe_dagster.domain.credential_forms import FORMS, MASK

__all__ = ["MASK", "redact", "redact_urls", "without_credentials"]

# Shorter values would turn every message into a row of masks.
_SHORTEST_SECRET = 6


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask the given secrets and everything that has the form of a credential."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    for secret in sorted(spellings, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for form, mask in FORMS:
        text = form.sub(mask, text)
    return text


def redact_urls(value: object) -> object:
    """Redact every text in a JSON value that is a URL; what is written about stays as it is."""
    match value:
        case str() if "://" in value[:16]:
            return redact(value)
        case list() | tuple():
            return [redact_urls(item) for item in value]
        case dict():
            return {key: redact_urls(item) for key, item in value.items()}
        case _:
            return value


def without_credentials(url: str) -> str:
    """Return a URL fit to be published: where it holds a credential, with nothing but its path."""
    if redact(url) == url:
        return url
    beginning, _, _ = url.partition("?")
    scheme, separator, rest = beginning.partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    bare = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    return bare if redact(bare) == bare else f"{scheme}{separator}{host.rpartition('@')[2]}"


def _spellings(secret: str) -> Iterable[str]:
    """Yield a secret as it stands, and as URLs and JSON write it; of a URL the password, too."""
    parts = [secret]
    if "://" in secret:
        try:
            password = urlsplit(secret).password
        except ValueError:
            password = None
        parts += [password, unquote(password)] if password else []
    for part in parts:
        if len(part) >= _SHORTEST_SECRET:
            # A variable may hold bytes that are no text.
            in_a_path, in_a_query = (
                quoted(part, safe="", errors="replace") for quoted in (quote, quote_plus)
            )
            yield from (part, in_a_path, in_a_query, json.dumps(part)[1:-1])
