"""Ghost's Admin API key, and the short-lived tokens that are made with it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Self

from scribe_dagster.errors import ConfigurationError

_FORM = re.compile(r"([0-9a-f]{8,}):((?:[0-9a-f]{2}){8,})")
_SECONDS = 300
"""Longer than that Ghost accepts none."""


@dataclass(frozen=True, slots=True)
class GhostKey:
    """The key of a custom integration."""

    key_id: str
    secret: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key as Ghost shows it: id, colon, secret, both hexadecimal.

        Raises:
            ConfigurationError: It has another form: the Content API's key, most likely.
        """
        parts = _FORM.fullmatch(text.strip())
        if parts is None:
            raise ConfigurationError(
                "GHOST_ADMIN_API_KEY is no Admin API key. Copy the one that has a colon in it from "
                "Settings > Integrations."
            )
        return cls(parts[1], bytes.fromhex(parts[2]))

    def token(self, *, now: int | None = None) -> str:
        """Make a JSON Web Token (RFC 7519, HS256) for one request."""
        issued = int(time.time()) if now is None else now
        header = {"alg": "HS256", "typ": "JWT", "kid": self.key_id}
        claims = {"iat": issued, "exp": issued + _SECONDS, "aud": "/admin/"}
        signed = b".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
        signature = hmac.new(self.secret, signed, hashlib.sha256).digest()
        return (signed + b"." + _encoded(signature)).decode()


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
