"""The one place where secrets are taken out of text that is stored or shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "[redacted]"

# Forms that are secret wherever they stand, whichever setting or library they came from.
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s?#]+(?=@)"), MASK),
    (
        re.compile(r"(?i)(\bauthorization[\"']?\s*[=:]\s*[\"']?(?:\w+\s+)?)[^\s\"',}]{8,}"),
        rf"\1{MASK}",
    ),
    # "Basic authentication" is no credential: those mix cases, digits or signs.
    (
        re.compile(
            r"\b((?i:bearer|basic))\s+"
            r"(?=[A-Za-z.~+/-]*(?:[0-9_=]|\B[A-Z]))[A-Za-z0-9._~+/=-]{8,}"
        ),
        rf"\1 {MASK}",
    ),
    (
        re.compile(
            r"(?i)((?<![a-z0-9])"
            r"(?:api[_-]?key|access[_-]?token|token|secret|password|signature|sig)"
            r"[\"']?\s*[=:]\s*[\"']?)[^&\s\"',}]{4,}"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{8,}"), MASK),
)

# Shorter values would turn every message into a row of masks.
_SHORTEST_SECRET = 6


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask the given secrets and everything that has the form of a credential."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    for form, mask in _FORMS:
        text = form.sub(mask, text)
    return text
