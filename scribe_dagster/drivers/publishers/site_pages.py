"""The site's pages and its feed, rendered from entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import UUID, uuid5

from scribe_dagster.domain.text import storable
from scribe_dagster.drivers.publishers.article_locale import direction_of, locale_of
from scribe_dagster.drivers.publishers.site_entry import SiteEntry
from scribe_dagster.drivers.publishers.site_listings import FRONT_PAGE, Listing, topic_page

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

ASSETS = ("style.css", "icon.svg")
"""Files the pages refer to, the same for every site."""

_PACKAGE, _FOLDER = "scribe_dagster.drivers.publishers", "site_templates"

_FEED_LENGTH = 50

# Images would be fetched from elsewhere; landmarks belong to the page, not to its prose.
_NOT_IN_PROSE = {"img", "map", "area", "article", "aside", "footer", "header", "hgroup", "nav"}
_DROPPED_WHOLE = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math"}


@dataclass(frozen=True, slots=True)
class Site:
    """What every page tells of the site."""

    title: str
    url: str | None = None
    """Where it is on the web, without a slash at its end; None while nobody has said so."""

    def link(self, path: str, root: str = "") -> str:
        """Return the address of one of the site's files, given by its path.

        It is relative, beginning with the way to the site's folder, where there is no other.
        """
        return (f"{self.url}/" if self.url else root) + quote(path)


def render_article(entry: SiteEntry, *, site: Site) -> str:
    """Return the page of one article."""
    page = _environment().get_template("article.html")
    return page.render(entry=entry, site=site, path=f"articles/{entry.slug}.html", root="../")


def render_listings(listings: Iterable[Listing], *, site: Site) -> Iterator[tuple[str, str]]:
    """Return the path and the page of each listing; what several show is rendered once."""
    environment = _environment()
    page, template = environment.get_template("listing.html"), environment.get_template("card.html")

    @cache
    def card(entry: SiteEntry, root: str, lazy: bool) -> Markup:
        from markupsafe import Markup

        return Markup(template.render(entry=entry, root=root, lazy=lazy))  # noqa: S704

    for listing in listings:
        is_front = listing.path == FRONT_PAGE
        root = "../" * listing.path.count("/")
        cards = [
            card(entry, root, not (is_front and position == 0))
            for position, entry in enumerate(listing.entries)
        ]
        yield (
            listing.path,
            page.render(
                listing=listing,
                cards=cards,
                is_front=is_front,
                site=site,
                # The front page's address is the site's.
                path="" if is_front else listing.path,
                root=root,
            ),
        )


def render_feed(entries: Sequence[SiteEntry], *, site: Site, identity: UUID) -> str:
    """Return an Atom feed (RFC 4287) of the first entries of those given, at least one."""
    return (
        _environment()
        .get_template("feed.xml")
        .render(
            entries=[(entry, uuid5(identity, entry.slug)) for entry in entries[:_FEED_LENGTH]],
            updated=max(entry.updated_at for entry in entries),
            identity=identity,
            site=site,
        )
    )


def asset(name: str) -> bytes:
    """Return the data of one of the :data:`ASSETS`."""
    return files(_PACKAGE).joinpath(_FOLDER, name).read_bytes()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader(_PACKAGE, _FOLDER),
        autoescape=select_autoescape(("html", "xml"), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "sanitised": _sanitised,
        "direction": direction_of,
        "long_date": _long_date,
        "initial": _initial,
        "topic_page": topic_page,
    }
    return environment


def _sanitised(html: str) -> Markup:
    """Trust nothing that was stored, however clean it was when it was written."""
    import nh3
    from markupsafe import Markup

    clean = nh3.clean(
        html,
        tags=(nh3.ALLOWED_TAGS | {"tfoot"}) - _NOT_IN_PROSE,
        clean_content_tags=_DROPPED_WHOLE,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
    # A reference such as &#1; has become the character itself by now, which no XML can hold.
    return Markup(storable(clean))  # noqa: S704


def _long_date(moment: datetime, language: str | None) -> str:
    from babel.dates import format_date

    return format_date(moment, format="long", locale=locale_of(language))


def _initial(title: str) -> str:
    """Return the letter that stands in for a missing cover."""
    return next((letter.upper() for letter in title if letter.isalnum()), "¶")
