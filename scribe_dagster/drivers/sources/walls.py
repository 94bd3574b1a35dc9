"""Pages that stand in front of an article, or in its place: paywalls, consent, log-ins, checks for
robots, and notices that there is nothing here.

What such a page says is text like any other, and a model would make a fine article of it. None of
them tells by its status what it is, so they are told by their words; a page is taken for a wall
only where hardly anything else is on it.
"""

from __future__ import annotations

import re

from scribe_dagster.domain.sanitise import visible_text
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.wall_words import (
    ACCEPT,
    CONSENT,
    LOG_IN,
    NEEDS_A_BROWSER,
    NO_SITE,
    NOT_THERE,
    PAID,
    ROBOT_CHECK,
    SUBSCRIBE,
)
from scribe_dagster.errors import SourceError

# Words. What asks for something and holds nothing else is shorter than the first; a whole article
# that is shorter than the second is rare; a teaser or a notice longer than the third is as well.
_NOTICE = 50
_SHORT = 150
_TEASER = 300

# Chinese, Japanese, Thai and their like put no space between words, of two letters or so.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

_SENTENCES = re.compile(r"[.!?。\n]+")
_MOST_OF_THEM = 0.6

_NO_SUCH_PAGE = "a notice that there is no such page"
_NO_SUCH_SITE = "a page that stands where no site is"
# What a page of nothing but this asks for, and what the page is then.
_NOTICES = (
    (LOG_IN, "a request to log in"),
    (NEEDS_A_BROWSER, "a request to turn on JavaScript"),
    (NOT_THERE, _NO_SUCH_PAGE),
    (NO_SITE, _NO_SUCH_SITE),
)
_SAVE_IT = "If you may read it, save the article as a file and process that."
_NEXT_STEPS = dict.fromkeys((_NO_SUCH_PAGE, _NO_SUCH_SITE), "Check the address in a browser.")


def refuse_wall(html: str, content: ScrapedContent, *, source: str) -> None:
    """Refuse what was extracted when it is not the article, but what stands in front of it.

    Raises:
        SourceError: The page is a wall. The message says of which kind.
    """
    if noun := _wall(html, content):
        next_step = _NEXT_STEPS.get(noun, _SAVE_IT)
        raise SourceError(f"The page at {source} is not the article, but {noun}. {next_step}")


def _wall(html: str, content: ScrapedContent) -> str | None:
    words = _words(content.text)
    if words > _TEASER:
        return None
    page = visible_text(html)
    title = content.title or ""
    if PAID.search(html) and (words <= _SHORT or SUBSCRIBE.search(page)):
        return "the beginning of one behind a paywall"
    if _is_about_consent(content.text):
        return "a notice about cookies"
    if words > _SHORT:
        return None
    if words > _NOTICE:
        # A teaser ends with its plea; an article about paywalls may begin with one.
        second_half = content.text[len(content.text) // 2 :]
        if SUBSCRIBE.search(second_half):
            return "the beginning of one behind a paywall"
        return "a check that keeps programs out" if ROBOT_CHECK.search(title) else None
    own = f"{title}\n{content.text}"
    if SUBSCRIBE.search(own):
        return "the beginning of one behind a paywall"
    if ROBOT_CHECK.search(own) or ROBOT_CHECK.search(page[:500]):
        return "a check that keeps programs out"
    return next((noun for words_of, noun in _NOTICES if words_of.search(own)), None)


def _words(text: str) -> int:
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2


def _is_about_consent(text: str) -> bool:
    sentences = [part for part in _SENTENCES.split(text) if len(part.split()) > 1]
    about = sum(1 for sentence in sentences if CONSENT.search(sentence))
    return about >= max(2, _MOST_OF_THEM * len(sentences)) and ACCEPT.search(text) is not None
