"""What the AiRewrite stage writes."""

from __future__ import annotations

from pydantic import Field

from scribe_dagster.domain.text import StorableText
from scribe_dagster.domain.value import Value

EXTRACT = "local (extractive)"
"""The ``written_by`` of what nobody wrote: sentences quoted from the source."""


class Draft(Value):
    """An article as a text model hands it over: written, not yet stored.

    ``content`` is sanitised HTML. ``written_by`` names the provider and model, or is
    :data:`EXTRACT`.
    """

    title: StorableText = Field(min_length=1, max_length=300)
    content: StorableText = Field(min_length=1)
    description: StorableText = ""
    meta_title: StorableText = ""
    meta_description: StorableText = ""
    category_id: int | None = None
    tags: tuple[StorableText, ...] = ()
    image_prompt: StorableText = ""
    image_alt: StorableText = ""
    language: StorableText | None = None
    written_by: StorableText
