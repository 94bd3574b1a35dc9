"""WordPress's REST API, ``wp/v2``: collections, searched and added to."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field, replace
from html import escape, unescape
from typing import Any, Self

from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi, kind_by_status
from scribe_dagster.errors import ErrorKind, PublishError

_LOGIN = (
    "Check WORDPRESS_USERNAME and WORDPRESS_APP_PASSWORD, an application password (Users > "
    "Profile), which works over HTTPS only; some servers drop the Authorization header."
)
_ADVICE = {
    401: _LOGIN,
    403: "Give the user the role of an editor: it must write posts, files, categories and tags.",
    404: "Check WORDPRESS_URL.",
    500: "Mend it in WordPress; IMAGE_FORMAT says what type of file a cover is.",
}
_LONGEST_NAME = 200
_PAGE = 100
_MOST_PAGES = 50


@dataclass(slots=True)
class WordPressApi:
    """The collections of one WordPress, as one user sees them."""

    api: ChannelApi
    _by_query: bool | None = field(default=None, init=False)
    """Whether it has its API in the query, as with plain permalinks; None: nobody has tried."""

    @classmethod
    def open(cls, url: str, user: str, password: str) -> Self:
        """Make a client; nothing is called yet."""
        login = b64encode(f"{user}:{password}".encode()).decode()
        return cls(
            ChannelApi(
                "WordPress",
                url,
                "WORDPRESS_URL",
                auth=(user, password),
                # It is shown in groups of four, and works with and without the spaces.
                secrets=(password, password.replace(" ", ""), login),
                advice=_ADVICE,
                kind_of=_kind,
            )
        )

    def fetch(self, method: str, route: str, **content: Any) -> dict[str, Any]:
        """Make a request that is answered with one thing, and return that.

        Raises:
            PublishError: It was refused, or not understood.
        """
        answer = self._ask(method, route, **content)
        if not answer.is_success:
            raise self._refusal(answer)
        return self._thing(answer.json())

    def search(self, route: str, **query: str) -> list[dict[str, Any]]:
        """List the things in a collection that match.

        Raises:
            PublishError: It was refused, or not understood.
        """
        things: list[dict[str, Any]] = []
        for page in range(1, _MOST_PAGES + 1):
            params = {**query, "per_page": str(_PAGE), "page": str(page)}
            answer = self._ask("GET", route, params=params)
            if not answer.is_success:
                raise self._refusal(answer)
            found = answer.json()
            if not isinstance(found, list):
                raise self.api.not_understood("it is not a list")
            things += map(self._thing, found)
            if answer.headers.get("x-wp-totalpages", "1") in ("0", str(page)):
                break
        return things

    def first(self, route: str, *, slug: str, **query: str) -> dict[str, Any] | None:
        """Return the thing with a slug; None when there is none."""
        found = self.search(route, slug=slug, **query)
        return next((thing for thing in found if thing.get("slug", slug) == slug), None)

    def term(self, taxonomy: str, name: str) -> int:
        """Return the id of the category or tag of this name, which is created if there is none."""
        name = one_line(name, limit=_LONGEST_NAME)
        # Names are kept, and searched, as HTML; what looks like a tag in one would be dropped.
        written = escape(name, quote=False)
        for term in self.search(taxonomy, search=written):
            if unescape(str(term.get("name", ""))).casefold() == name.casefold():
                return self.id_of(term)
        answer = self._ask("POST", taxonomy, json={"name": written})
        if not answer.is_success:
            # Somebody else was faster; or the names differ in a way that makes none to WordPress.
            existing = _existing_term(answer)
            if existing is None:
                raise self._refusal(answer)
            return existing
        return self.id_of(self._thing(answer.json()))

    def id_of(self, thing: dict[str, Any]) -> int:
        """Return a thing's id."""
        if not isinstance(thing.get("id"), int):
            raise self.api.not_understood("it names no id")
        found: int = thing["id"]
        return found

    def _ask(self, method: str, route: str, **content: Any) -> Answer:
        if not self._by_query:
            answer = self.api.ask(method, f"/wp-json/wp/v2/{route}", **content)
            if self._by_query is None:
                self._by_query = not _comes_from_an_api(answer)
            if not self._by_query:
                return answer
        params = {"rest_route": f"/wp/v2/{route}", **content.pop("params", {})}
        answer = self.api.ask(method, "/", params=params, **content)
        # A front page answers whatever it is asked: then there is no such API here at all.
        if answer.is_success and not _comes_from_an_api(answer):
            raise self.api.not_understood(
                "there is no REST API at this address, or PHP writes warnings into what it says"
            )
        return answer

    def _refusal(self, answer: Answer) -> PublishError:
        match answer.json():
            # Drafts are not for everybody: so it answers whom it does not know, or who writes none.
            case {"code": "rest_invalid_param", "data": {"params": {"status": _}}}:
                return replace(self.api, advice={answer.status: _LOGIN}).refusal(answer)
        return self.api.refusal(answer)

    def _thing(self, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.api.not_understood("it is not an object")
        return value


def _comes_from_an_api(answer: Answer) -> bool:
    """Whether it was not only the web server, or a page, that answered. One in trouble counts."""
    return answer.status in (401, 403, 429) or answer.status >= 500 or answer.json() is not None


def _kind(answer: Answer) -> ErrorKind:
    match answer.json():
        # What WordPress refuses without a status of its own is answered with 500, as is a file.
        case {"code": str(), "data": None} | {"code": "rest_upload_sideload_error"}:
            return ErrorKind.PERMANENT
    return kind_by_status(answer)


def _existing_term(answer: Answer) -> int | None:
    match answer.json():
        case {"code": "term_exists", "data": {"term_id": int(term_id)}}:
            return term_id
    return None
