"""What a text model must do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class RewriteRequest:
    """A source to rewrite, and what the caller wants of the article."""

    content: ScrapedContent
    source_url: str
    categories: tuple[Category, ...] = ()
    language: str | None = None
    """Language to write in, as a name or a code; None: that of the source."""
    check_budget: Callable[[Usage | None], None] | None = None
    """Called with what was used so far before a model is asked again; raises BudgetSpent."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A draft and what it took to write it."""

    draft: Draft
    usage: Usage | None = None


class TextModel(Protocol):
    """Rewrites content. Registered in the group ``scribe_dagster.text_models``.

    A driver may have three attributes more: ``model_setting``, the field of ``Settings`` that names
    its model, which AI_FALLBACKS may then override; ``is_free``, true where no budget need be
    asked; and ``is_unpriced``, true where somebody charges and nobody knows how much.
    """

    name: ClassVar[str]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the model's client. Must be cheap: no connection, no heavy import.

        Raises:
            ConfigurationError: A key or another setting it cannot do without is missing.
        """
        ...

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        """Write an article.

        The draft's content is sanitised, and its category is one of the request's or None.

        Raises:
            Rejected: The model's verdict is that this should not be published.
            ModelError: No usable answer; one call, never retried here.
            BudgetSpent: No usable answer yet, and ``check_budget`` forbids to ask again.

        What was paid for before either was raised is its ``usage``.
        """
        ...
