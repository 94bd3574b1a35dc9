"""The web API behind a channel: calls, and what their failures mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.http_client import SECONDS_TO_WAIT, open_client, read_whole
from scribe_dagster.drivers.http_failure import bounded, failure_kind, resume_after
from scribe_dagster.errors import ErrorKind, NotTaken, NotUnderstood, PublishError

if TYPE_CHECKING:
    from datetime import datetime

_LONGEST_DETAIL = 200
_LONGEST_MESSAGE = 500
_WHERE_WORDS_STAND = ("message", "description", "error_description", "error", "errors", "detail")
_NO_WORDS = {"{}", "[]", "null"}
_ADVICE = {413: "Let the server take larger uploads, or set a smaller IMAGE_MAX_WIDTH."}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the service did what it was asked."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return what the body says; None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def wait_in_header(answer: Answer) -> datetime | None:
    """Read ``Retry-After``."""
    return resume_after(answer.headers)


def kind_by_status(answer: Answer) -> ErrorKind:
    """Tell by the status, as RFC 9110 means it."""
    return failure_kind(answer.status, answer.body.decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class ChannelApi:
    """One service, as one channel talks to it.

    Its errors name the service, never a URL: some services want their key in there.
    """

    service: str
    """As people call it."""
    base_url: str = field(repr=False)
    address_setting: str
    """The variable that holds the address."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    advice: Mapping[int, str] = field(default_factory=dict)
    """The next step, by the status of the answer, where it is not the same for all services."""
    wait_of: Callable[[Answer], datetime | None] = wait_in_header
    """Where the service says until when to wait; more than 30 days are cut to that."""
    kind_of: Callable[[Answer], ErrorKind] = kind_by_status
    """Whether trying again can help, for services that do not tell by the status alone."""

    def ask(self, method: str, path: str = "", **content: Any) -> Answer:
        """Make one request and return the answer, whatever it says.

        Args:
            method: GET, POST and so on.
            path: What follows the base URL.
            content: What goes with it, as httpx2 names it: json, data, files, params, content,
                headers.

        Raises:
            NotTaken: The service could not be reached.
            PublishError: There was no answer, or not all of it.
        """
        import httpx2

        try:
            with (
                open_client(headers=self._headers, auth=self.auth) as client,
                client.stream(method, self.base_url + path, **content) as response,
            ):
                return Answer(response.status_code, response.headers, read_whole(response))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise self._error(
                f"{self.service} cannot be reached: {str(error) or 'no answer in time'}. "
                f"Check the network and {self.address_setting}.",
                ErrorKind.TRANSIENT,
                as_=NotTaken,
            ) from self._without_address(error)
        except httpx2.TimeoutException as error:
            raise self._error(
                f"{self.service} did not answer within {SECONDS_TO_WAIT:g} seconds.",
                ErrorKind.TRANSIENT,
            ) from self._without_address(error)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError):
            raise self._error(
                f"The address of {self.service} cannot be called. Check {self.address_setting}."
            ) from None
        except httpx2.HTTPError as error:
            raise self._error(
                f"{self.service} broke off before it had answered ({type(error).__name__}).",
                ErrorKind.TRANSIENT,
            ) from self._without_address(error)

    def call(self, method: str, path: str = "", **content: Any) -> Answer:
        """Make one request that has to succeed.

        Raises:
            PublishError: It did not.
        """
        answer = self.ask(method, path, **content)
        if not answer.is_success:
            raise self.refusal(answer)
        return answer

    def fetch(self, method: str, path: str = "", **content: Any) -> Any:
        """Make one request that has to be answered with JSON, and return what that says.

        Raises:
            PublishError: It was refused, or the answer is something else.
        """
        value = self.call(method, path, **content).json()
        if value is None:
            raise self.not_understood("it is not JSON")
        return value

    def refusal(self, answer: Answer) -> PublishError:
        """Say why a service did not do what it was asked, in its own words, and what to do."""
        if 300 <= answer.status < 400:
            return self._error(
                f"{self.service} answers at another address [{answer.status}]. Set "
                f"{self.address_setting} to the one that a browser shows in the end."
            )
        words = _own_words(answer, self.secrets)
        kind = self.kind_of(answer)
        # What to mend, where waiting does not.
        advice = {} if kind is ErrorKind.TRANSIENT else {**_ADVICE, **self.advice}
        next_step = advice.get(answer.status, "")
        wait = self.wait_of(answer)
        return self._error(
            f"{self.service} API error [{answer.status}]: {words}. {next_step}".strip(),
            kind,
            None if wait is None else bounded(wait),
            as_=NotTaken if answer.status == 429 else PublishError,
        )

    def not_understood(self, why: str) -> NotUnderstood:
        """Say that an answer is not what the service's protocol promises."""
        return NotUnderstood(
            self._told(
                f"{self.service} gave an answer that cannot be understood: {why}. Check "
                f"{self.address_setting}, and whether the article has arrived, then resume the run."
            )
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"User-Agent": "scribe-dagster", "Accept": "application/json", **self.headers}

    def _error(
        self,
        message: str,
        kind: ErrorKind = ErrorKind.PERMANENT,
        wait: datetime | None = None,
        *,
        as_: type[PublishError] = PublishError,
    ) -> PublishError:
        return as_(self._told(message), kind=kind, resume_after=wait)

    def _told(self, message: str) -> str:
        return one_line(redact(message, self.secrets), limit=_LONGEST_MESSAGE)

    def _without_address(self, error: Exception) -> Exception | None:
        """Return the cause, unless it repeats a secret: a traceback would show it."""
        told = str(error)
        return None if redact(told, self.secrets) != told else error


def _own_words(answer: Answer, secrets: Iterable[str]) -> str:
    """Return what the service says of its refusal, or the name of the status."""
    said = answer.json()
    for _ in range(4):
        if isinstance(said, list) and said:
            said = said[0]
        elif isinstance(said, dict):
            said = next((said[key] for key in _WHERE_WORDS_STAND if said.get(key)), None)
    if said is None:
        # Some answer in plain words; a page of HTML has none worth repeating.
        plain = answer.body.decode(errors="replace")
        has_words = len(plain) <= _LONGEST_DETAIL and "<" not in plain and plain not in _NO_WORDS
        said = plain if has_words else None
    if isinstance(said, str) and said.strip():
        # It may come as HTML, and from a stranger.
        from scribe_dagster.domain.sanitise import visible_text

        words = redact(visible_text(said), secrets)
        return one_line(words, limit=_LONGEST_DETAIL).rstrip(".")
    try:
        return HTTPStatus(answer.status).phrase
    except ValueError:
        return "no reason given"
