"""A rewrite request as a language model reads it."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from scribe_dagster.drivers.ai.protocol import RewriteRequest

# Longer than nearly every article, and well within the context of current models: some 15,000
# tokens of English, up to 60,000 of Chinese.
MOST_CHARACTERS = 60_000

# Some models and libraries take tags such as <system>, or markers such as [INST], for the
# application's own voice. No list of ours is followed by a capital letter.
_MARKER = re.compile(r"\[(?=/?[A-Z][A-Z_]*\])")


def rewrite_prompt(request: RewriteRequest) -> str:
    """Return the user message: one JSON object that holds the request and, apart, its source.

    JSON is the delimiter. Whatever a page says, its quotes are escaped, so it cannot step out of
    the string it stands in and speak as the user.
    """
    content = request.content
    text = _bounded(content.text)
    source = {
        "title": content.title,
        "author": content.author,
        # Of an address only the host: a path or a query may hold what is nobody else's business.
        "site": content.site_name or urlsplit(request.source_url).hostname,
        "published": content.published_at.isoformat() if content.published_at else None,
        "language": content.language,
        "description": content.description,
        "tags": list(content.tags),
        "text": text,
    }
    message = {
        "write_in": request.language,
        "categories": [{"id": c.id, "name": c.name} for c in request.categories],
        "source_is_cut": len(text) < len(content.text),
        "source": {key: value for key, value in source.items() if value},
    }
    said = json.dumps(message, ensure_ascii=False).replace("<", r"\u003c")
    return _MARKER.sub(r"\\u005b", said)


def _bounded(text: str) -> str:
    """Cut an over-long text after the last whole paragraph, or else word, that fits."""
    if len(text) <= MOST_CHARACTERS:
        return text
    head = text[:MOST_CHARACTERS]
    for boundary in ("\n\n", " "):
        kept = head.rpartition(boundary)[0]
        if len(kept) > MOST_CHARACTERS // 2:
            return kept
    return head
