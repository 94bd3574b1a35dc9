"""One text model after the other, until one of them writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from scribe_dagster.config import Settings
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest, TextModel
from scribe_dagster.drivers.fallback import Allowance, Fallback, make_choices, together
from scribe_dagster.drivers.registry import PluginGroup
from scribe_dagster.errors import ModelError


class FallbackTextModel(Fallback[TextModel]):
    """Asks text models in order."""

    @classmethod
    def from_settings(cls, settings: Settings, allowance: Allowance | None = None) -> Self:
        """Make AI_PROVIDER, OPENAI_FALLBACK_MODEL if that is openai, and AI_FALLBACKS.

        Raises:
            UnknownPlugin: One of them is not installed.
            ConfigurationError: One of them lacks a key or a price, or takes no model's name.
        """
        own = settings.openai_fallback_model if settings.ai_provider == "openai" else None
        stand_in = [f"openai:{own}"] if own else []
        choices = [settings.ai_provider, *stand_in, *settings.ai_fallbacks]
        return cls(make_choices(PluginGroup.TEXT_MODELS, choices, settings), allowance)

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        """Return the first article that one of the models writes.

        What the others used before they failed is part of the usage.

        Raises:
            Rejected: A model's verdict.
            ModelError: All of them failed; the first one tells whether and when to resume.
            BudgetSpent: The first one may not be asked, and no other one wrote.
        """
        rewrite, used = self._ask_in_turn(
            lambda model, check: model.rewrite(replace(request, check_budget=check)),
            failing=ModelError,
        )
        return Rewrite(rewrite.draft, together(rewrite.usage, used))


def choose_text_model(
    settings: Settings, provider: str | None = None, allowance: Allowance | None = None
) -> TextModel:
    """Make the text model that the settings name, with those that stand in for it.

    Args:
        settings: AI_PROVIDER and AI_FALLBACKS, and what the drivers need.
        provider: Overrides AI_PROVIDER.
        allowance: What they may spend.

    Raises:
        UnknownPlugin: There is no such provider.
        ConfigurationError: A key is missing; or there is a budget, and no known price.
    """
    if provider is not None:
        settings = settings.model_copy(update={"ai_provider": provider})
    chosen = FallbackTextModel.from_settings(settings, allowance)
    return chosen if allowance or len(chosen.models) > 1 else chosen.models[0]
