"""A Google service account: a key, and the short-lived tokens it is exchanged for."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from scribe_dagster.drivers.publishers.channel_api import ChannelApi
from scribe_dagster.errors import ConfigurationError

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECONDS = 600
_ADVICE = {
    400: "Check the key of the service account, the user it acts for, and this machine's clock.",
    401: "Let the domain's administrator grant the service account the scope it needs.",
}


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """A service account, as its key file describes it."""

    key: dict[str, Any] = field(repr=False)
    scope: str
    subject: str | None = None
    """The user it acts for, by domain-wide delegation."""

    @classmethod
    def parse(cls, given: str, setting: str, *, scope: str, subject: str | None = None) -> Self:
        """Read a key: the file of that name, or its content itself.

        Raises:
            ConfigurationError: It cannot be read, or is not the key of a service account.
        """
        try:
            text = given if given.lstrip().startswith("{") else Path(given).expanduser().read_text()
            key = json.loads(text)
        except (OSError, ValueError, RuntimeError):
            key = None
        needed = ("client_email", "private_key", "token_uri")
        if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in needed):
            raise ConfigurationError(
                f"{setting} is not the key of a service account. Set it to the JSON file that "
                "Google's console gives out, or to its content."
            )
        return cls(key, scope, subject)

    def token(self) -> str:
        """Exchange the key for an access token.

        Raises:
            ConfigurationError: google-auth is not installed, or the key cannot sign.
            PublishError: Google refused, or did not answer.
        """
        api = ChannelApi(
            "Google's login",
            self.key["token_uri"],
            "the key's token_uri",
            secrets=(self.key["private_key"],),
            advice=_ADVICE,
        )
        answer = api.fetch("POST", data={"grant_type": _GRANT, "assertion": self._assertion()})
        match answer:
            case {"access_token": str(token)}:
                return token
        raise api.not_understood("it contains no token")

    def _assertion(self) -> str:
        try:
            from google.auth import crypt, jwt
        except ImportError:
            raise ConfigurationError(
                "Google's service accounts need google-auth: pip install 'scribe-dagster[blogger]'"
            ) from None
        now = int(time.time())
        claims = {
            "iss": self.key["client_email"],
            "scope": self.scope,
            "aud": self.key["token_uri"],
            "iat": now,
            "exp": now + _SECONDS,
            **({"sub": self.subject} if self.subject else {}),
        }
        try:
            signer = crypt.RSASigner.from_service_account_info(self.key)  # type: ignore[no-untyped-call]
        except ValueError:
            raise ConfigurationError(
                "The private key of Google's service account cannot be read. Make a new one."
            ) from None
        signed: bytes = jwt.encode(signer, claims)  # type: ignore[no-untyped-call]
        return signed.decode()
