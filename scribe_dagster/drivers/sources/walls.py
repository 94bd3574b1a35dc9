"""Pages that stand in front of an article: paywalls, consent, log-ins and checks for robots.

What such a page says is text like any other, and a model would make a fine article of it. None of
them tells by its status what it is, so they are told by their words; a page is taken for a wall
only where hardly anything else is on it.
"""

from __future__ import annotations

import re

from scribe_dagster.domain.sanitise import visible_text
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.errors import SourceError

# Words. A whole article that is shorter than the first is rare; a teaser or a notice that is
# longer than the second is as well.
_SHORT = 150
_TEASER = 300

_PAID = re.compile(
    r"[\"']?isAccessibleForFree[\"']?\s*:\s*[\"']?false"
    r"|itemprop=[\"']isAccessibleForFree[\"']\s+content=[\"']false"
    r"|article:content_tier[\"']\s+content=[\"']locked",
    re.IGNORECASE,
)
_SUBSCRIBE = re.compile(
    r"subscribe (now )?(to|and) (continue|read|keep|unlock|get full)|to continue reading"
    r"|read the (full|rest of (the|this)) (story|article)|already a subscriber|subscribers only"
    r"|this (article|story|content) is (only )?(for|reserved for|available to) \w+"
    r"|(you have|you've) (read|reached|used) (all |your )[^.]{0,40}\barticles?"
    r"|nur für abonnenten|jetzt weiterlesen|weiterlesen mit|mit .{1,20} weiterlesen"
    r"|réservée? aux abonnés|pour lire la suite|il vous reste [^.]{1,20} à lire"
    r"|solo para suscriptores|suscríbete para (seguir|leer)|per continuare a leggere"
    r"|alleen voor abonnees|voor abonnees|conteúdo exclusivo para assinantes"
    r"|tylko dla prenumeratorów",
    re.IGNORECASE,
)
_LOG_IN = re.compile(
    r"(log|sign) ?in (or (register|sign up|join) )?to (continue|read|view|see)"
    r"|(you must|please) (be logged in|log ?in|sign ?in)\b|register (for free )?to (continue|read)"
    r"|create (a|your) (free )?account to|melden sie sich an, um|anmelden, um"
    r"|connectez-vous pour|inicia sesión para",
    re.IGNORECASE,
)
_ROBOT_CHECK = re.compile(
    r"just a moment\.\.\.|attention required! \| cloudflare|checking your browser"
    r"|(verify|confirm)(ing)? (that )?you('re| are) (a |not a )?(human|robot)"
    r"|are you a (human|robot)|robot check|enable javascript and cookies to continue"
    r"|pardon our interruption|unusual traffic from your|ddos protection by|solve the captcha"
    r"|complete the security check|access to this page has been denied",
    re.IGNORECASE,
)
_NEEDS_A_BROWSER = re.compile(
    r"(please )?(enable|turn on|activate) javascript|javascript (is|must be) (disabled|enabled)"
    r"|requires? javascript|bitte .{0,20}javascript|veuillez activer javascript",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\bcookies?\b|consent|privacy|personal data|\bpartners?\b|\bvendors\b|advertis"
    r"|legitimate interest"
    r"|einwilligung|zustimm|datenschutz|personenbezogen|consentement|données|confidentialité"
    r"|consentimiento|privacidad|datos personales|consenso|dati personali|toestemming|privacidade"
    r"|zgod|prywatno|samtyck|integritet",
    re.IGNORECASE,
)
_ACCEPT = re.compile(
    r"accept|agree|reject|decline|manage|settings|preferences|akzept|zustimm|ablehn|einstellungen"
    r"|accepte|refuse|paramètr|acept|rechaz|configur|accett|rifiut|accepteer|weiger|aceit|akcept"
    r"|zgadzam|godkänn",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"[.!?。\n]+")
_MOST_OF_THEM = 0.6


def refuse_wall(html: str, content: ScrapedContent, *, source: str) -> None:
    """Refuse what was extracted when it is not the article, but what stands in front of it.

    Raises:
        SourceError: The page is a wall. The message says of which kind.
    """
    if noun := _wall(html, content):
        raise SourceError(
            f"The page at {source} is not the article, but {noun}. "
            "If you may read it, save the article as a file and process that."
        )


def _wall(html: str, content: ScrapedContent) -> str | None:
    words = content.word_count
    if words > _TEASER:
        return None
    page = visible_text(html)
    own = f"{content.title or ''}\n{content.text}"
    if _PAID.search(html) and (words <= _SHORT or _SUBSCRIBE.search(page)):
        return "the beginning of one behind a paywall"
    if words > _SHORT:
        return "a notice about cookies" if _is_about_consent(content.text) else None
    if _ROBOT_CHECK.search(own) or _ROBOT_CHECK.search(page[:500]):
        return "a check that keeps programs out"
    if _is_about_consent(content.text):
        return "a notice about cookies"
    if _SUBSCRIBE.search(own):
        return "the beginning of one behind a paywall"
    if _LOG_IN.search(own):
        return "a request to log in"
    if _NEEDS_A_BROWSER.search(own):
        return "a request to turn on JavaScript"
    return None


def _is_about_consent(text: str) -> bool:
    sentences = [part for part in _SENTENCES.split(text) if len(part.split()) > 1]
    about = sum(1 for sentence in sentences if _CONSENT.search(sentence))
    return about >= max(2, _MOST_OF_THEM * len(sentences)) and _ACCEPT.search(text) is not None
