"""What a language model must answer, and the draft it becomes."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.sanitise import sanitise_article, visible_text
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.ai.markdown import as_html
from scribe_dagster.drivers.ai.tags import tidy_tags
from scribe_dagster.errors import Rejected

# Other names models give these fields when left to themselves.
_ALIASES = {
    "content": ("html", "html_content", "content_html"),
    "rejection_reasons": ("reasons", "rejection_reason"),
}


# About thirty words. A fifth of a source that is itself no longer than a few sentences.
_SHORTEST = 200

_OPENING_HEADING = re.compile(r"<h2>(?P<words>.*?)</h2>\s*", re.DOTALL)
_MARKUP = re.compile(r"</[a-z][a-z0-9]*>|&(#?\w+);", re.IGNORECASE)


def _text(value: object) -> object:
    return "" if value is None else value


def _plain(text: str) -> str:
    """Take off the markup of what was asked for without any; a lone ``<em>`` is spoken of."""
    return visible_text(text) if _MARKUP.search(text) else text


def _flag(value: object) -> object:
    return False if value is None else value


def _strings(separator: str | None) -> BeforeValidator:
    """Accept a list, null or one string, which is split where it has a separator."""

    def strings(value: object) -> object:
        if value is None:
            return []
        if isinstance(value, str):
            parts = value.split(separator) if separator else [value]
            return [part.strip() for part in parts if part.strip()]
        if isinstance(value, list):
            return [str(part) for part in value if isinstance(part, str | int | float)]
        return value

    return BeforeValidator(strings)


def _category_id(value: object, info: ValidationInfo) -> int | None:
    """Accept an id, as a whole number or its digits, or the name of a category that was offered."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        return None
    if isinstance(value, str) and not value.strip().isdecimal():
        offered = (info.context or {}).get("categories", ())
        named = [c.id for c in offered if c.name.casefold() == value.strip().casefold()]
        return named[0] if len(named) == 1 else None
    try:
        return int(value) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None


def _article(content: str) -> str:
    return sanitise_article(as_html(content))


def _all_required(schema: dict[str, Any]) -> None:
    """Ask for every field: who may leave one out will."""
    schema["required"] = list(schema["properties"])
    for field in schema["properties"].values():
        field.pop("default", None)


Text = Annotated[str, AfterValidator(_plain), BeforeValidator(_text)]


class RewriteAnswer(BaseModel):
    """The article, or the verdict that there should be none."""

    # Lenient in what surrounds the answer, strict in what the article cannot do without: a model
    # that left out the title or the body is asked again.
    model_config = ConfigDict(extra="ignore", json_schema_extra=_all_required)

    rejected: Annotated[bool, BeforeValidator(_flag)] = Field(
        False, description="True when no article should be published."
    )
    rejection_reasons: Annotated[list[str], _strings(None)] = Field(
        default_factory=list, description="Why it is rejected, one short sentence each; else empty."
    )
    title: Text = Field("", description="Headline in plain text, at most 100 characters.")
    content: Annotated[str, AfterValidator(_article), BeforeValidator(_text)] = Field(
        "", description="The article's body in HTML, without the title."
    )
    description: Text = Field("", description="Summary in one or two sentences of plain text.")
    meta_title: Text = Field("", description="Title for search engines, at most 60 characters.")
    meta_description: Text = Field(
        "", description="Description for search engines, at most 160 characters."
    )
    category_id: Annotated[int | None, BeforeValidator(_category_id)] = Field(
        None, description="Id of the offered category that fits; null when none does."
    )
    tags: Annotated[list[str], _strings(",")] = Field(
        default_factory=list, description="Three to eight tags."
    )
    image_prompt: Text = Field(
        "", description="One sentence that describes a cover image without any lettering."
    )
    image_alt: Text = Field(
        "",
        description="What that image shows, for those who cannot see it; 120 characters at most.",
    )

    @model_validator(mode="before")
    @classmethod
    def _accept_aliases(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        # {"article": {...}}: what was asked for, in a wrapping nobody asked for.
        values = list(data.values())
        if len(values) == 1 and isinstance(values[0], dict):
            data = values[0]
        renamed = dict(data)
        for name, aliases in _ALIASES.items():
            given = next((renamed[alias] for alias in aliases if renamed.get(alias)), None)
            if not renamed.get(name) and given is not None:
                renamed[name] = given
        return renamed

    @model_validator(mode="after")
    def _complete_unless_rejected(self, info: ValidationInfo) -> RewriteAnswer:
        if self.rejected:
            return self
        if not one_line(self.title, limit=300):
            raise ValueError("title is empty: give the article a title, or reject it with reasons")
        written = len(visible_text(self.content))
        if not written:
            raise ValueError("content is empty: write the article, or reject it with reasons")
        if written < shortest_article((info.context or {}).get("source", "")):
            raise ValueError(
                "content is too short for an article about this source: write the whole article, "
                "or reject it with reasons"
            )
        return self


def shortest_article(source: str) -> int:
    """Return how many characters an article about a source has at the least.

    Models that are too small for the task answer with a sentence of their instructions, or with a
    headline and nothing under it.
    """
    return min(len(source) // 5, _SHORTEST)


def to_draft(
    answer: RewriteAnswer,
    *,
    categories: Collection[Category],
    language: str | None,
    written_by: str,
) -> Draft:
    """Turn an answer into a draft, filling what the model left out from what it wrote.

    A category nobody offered becomes None.

    Raises:
        Rejected: The answer is a rejection.
    """
    if answer.rejected:
        raise Rejected(*filter(None, (one_line(r, limit=300) for r in answer.rejection_reasons)))
    title = one_line(answer.title, limit=300)
    description = one_line(answer.description or visible_text(answer.content), limit=300)
    offered = {category.id for category in categories}
    return Draft(
        title=title,
        content=_without_title(answer.content, title),
        description=description,
        meta_title=one_line(answer.meta_title or title, limit=60),
        meta_description=one_line(answer.meta_description or description, limit=160),
        category_id=answer.category_id if answer.category_id in offered else None,
        tags=tidy_tags(answer.tags),
        image_prompt=one_line(answer.image_prompt or f"A cover image for “{title}”", limit=1000),
        image_alt=one_line(answer.image_alt, limit=200),
        language=language,
        written_by=written_by,
    )


def _without_title(content: str, title: str) -> str:
    """Take off a first heading that only repeats the title."""
    heading = _OPENING_HEADING.match(content)
    if heading is None or visible_text(heading["words"]).casefold() != title.casefold():
        return content
    return content[heading.end() :] or content
