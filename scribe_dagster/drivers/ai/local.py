"""The text model that needs no key, no network and no model: it quotes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import ClassVar, Self
from urllib.parse import urlsplit, urlunsplit

from scribe_dagster.config import Settings
from scribe_dagster.domain.draft import EXTRACT, Draft
from scribe_dagster.domain.sanitise import sanitise_article
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.ai.categories import named_category
from scribe_dagster.drivers.ai.languages import calendar_words, language_code, language_name
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest
from scribe_dagster.drivers.ai.sentences import (
    KeySentences,
    Sentence,
    key_sentences,
    split_sentences,
)
from scribe_dagster.drivers.ai.tags import frequent_names, tidy_tags
from scribe_dagster.errors import Rejected

_TITLE_LENGTH = 120
_DESCRIPTION_LENGTH = 300
_QUOTE_LENGTH = 600


class LocalTextModel:
    """Makes an extract: the source's own key sentences, credited, and labelled as what it is.

    It writes nothing and translates nothing. The same request always gives the same draft.
    """

    name: ClassVar[str] = "local"
    is_free: ClassVar[bool] = True

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the model. It needs no setting."""
        return cls()

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        """Extract a short article from the source.

        Raises:
            Rejected: The source holds not one word.
        """
        content = request.content
        sentences = split_sentences(content.text, content.language)
        if not sentences:
            raise Rejected("the source has no text: not one word in it")

        own_title = one_line(content.title or "", limit=_TITLE_LENGTH)
        title = own_title or one_line(sentences[0].text, limit=_TITLE_LENGTH)
        chosen = key_sentences(sentences, title=own_title)
        description = _description(content, sentences[chosen.lead[0].position :])
        names = frequent_names(
            [sentence.text for sentence in sentences], excluding=_calendar_words(content)
        )
        tags = tidy_tags([*content.tags, *names])
        category = named_category(request.categories, [*tags, title, description, content.text])
        draft = Draft(
            title=title,
            content=_article(request, title, chosen),
            description=description,
            meta_title=one_line(title, limit=60),
            meta_description=one_line(description, limit=160),
            category_id=None if category is None else category.id,
            tags=tags,
            image_prompt=f"A cover image, without any lettering, for an article called “{title}”.",
            language=content.language,
            written_by=EXTRACT,
        )
        return Rewrite(draft)


def _calendar_words(content: ScrapedContent) -> frozenset[str]:
    return calendar_words(language_code(content.language) if content.language else None)


def _description(content: ScrapedContent, lead: Sequence[Sentence]) -> str:
    """Return what the page says of itself, else as many opening sentences as there is room for."""
    own = one_line(content.description or "", limit=_DESCRIPTION_LENGTH)
    if own:
        return own
    text = lead[0].text
    for sentence in lead[1:]:
        longer = f"{text} {sentence.text}"
        if len(longer) > _DESCRIPTION_LENGTH:
            break
        text = longer
    return one_line(text, limit=_DESCRIPTION_LENGTH)


def _article(request: RewriteRequest, title: str, chosen: KeySentences) -> str:
    parts = [f"<p>{_quoted(chosen.opening)}</p>"]
    if chosen.points:
        items = "".join(f"<li>{_quoted(point.text)}</li>" for point in chosen.points)
        parts += ["<h2>Key points</h2>", f"<ul>{items}</ul>"]
    parts += [f"<p><em>{escape(_label(request))}</em></p>", f"<p>{_credit(request, title)}</p>"]
    return sanitise_article("\n".join(parts))


def _quoted(text: str) -> str:
    return escape(one_line(text, limit=_QUOTE_LENGTH))


def _label(request: RewriteRequest) -> str:
    label = "This is an extract: sentences quoted from the source, not a rewrite."
    if request.language is None or not request.language.strip():
        return label
    wanted = language_name(one_line(request.language, limit=40))
    if request.content.language is None:
        return (
            f"{label} Its language is not known, and should it not be {wanted}: "
            "the local provider does not translate."
        )
    if _same_language(request.language, request.content.language):
        return label
    return f"{label} It could not be translated to {wanted}: the local provider does not translate."


def _same_language(one: str, other: str) -> bool:
    return (language_code(one) or one.casefold()) == (language_code(other) or other.casefold())


def _credit(request: RewriteRequest, title: str) -> str:
    content = request.content
    link = _public_address(request)
    name = escape(one_line(content.title or content.site_name or "", limit=_TITLE_LENGTH))
    if link is not None:
        source = f'<a href="{escape(link)}">{name or escape(title)}</a>'
    else:
        source = name or "a text handed in by its editor"
    author = escape(one_line(content.author or "", limit=_TITLE_LENGTH))
    date = content.published_at.date().isoformat() if content.published_at else ""
    return "Source: " + ", ".join(filter(None, [source, author, date]))


def _public_address(request: RewriteRequest) -> str | None:
    """Return where readers find the source: the address the page gives itself, else the one asked.

    A page may name an address on its own host only, so that it cannot pass the credit on. A user
    name or password in the address stays out of print; a file or a text has no public address.
    """
    asked = _without_credentials(request.source_url)
    if asked is None:
        return None
    canonical = _without_credentials(request.content.canonical_url or "")
    if canonical is not None and urlsplit(canonical).hostname == urlsplit(asked).hostname:
        return canonical
    return asked


def _without_credentials(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
