"""One text model after the other, until one of them writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.usage import Usage, used_by
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest, TextModel
from scribe_dagster.drivers.registry import PluginGroup, load, make
from scribe_dagster.errors import ConfigurationError, ModelError, Rejected


class FallbackTextModel:
    """Asks models in order. A failure goes on to the next one; a rejection is final.

    Args:
        models: At least one, the preferred one first.
    """

    name: ClassVar[str] = "fallback"

    def __init__(self, models: Sequence[TextModel]) -> None:
        self._models = tuple(models)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make AI_PROVIDER, OPENAI_FALLBACK_MODEL if that is openai, and AI_FALLBACKS.

        Raises:
            UnknownPlugin: One of them is not installed.
            ConfigurationError: One of them lacks a key, or takes no model's name.
        """
        return cls([_make(choice, settings) for choice in _choices(settings)])

    @property
    def is_free(self) -> bool:
        """Whether no budget can be exceeded, whoever answers."""
        return all(getattr(model, "is_free", False) for model in self._models)

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        """Return the first article that one of the models writes.

        What the others used before they failed is part of the usage.

        Raises:
            Rejected: A model's verdict. No other one is asked for a kinder one.
            ModelError: All of them failed. A resumed run asks the first one first, so it is the
                first one's failure that tells whether and when to resume.
        """
        failures: list[ModelError] = []
        used: Usage | None = None
        for model in self._models:
            try:
                rewrite = model.rewrite(request)
            except ModelError as failure:
                failures.append(failure)
                used = _together(used_by(failure), used)
            except Rejected as verdict:
                verdict.usage = _together(used_by(verdict), used)
                raise
            else:
                return Rewrite(rewrite.draft, _together(rewrite.usage, used))
        raise _all_of(failures, used) from failures[0]


def choose_text_model(settings: Settings, provider: str | None = None) -> TextModel:
    """Make the text model that the settings name, with those that stand in for it.

    Args:
        settings: AI_PROVIDER and AI_FALLBACKS, and what the drivers need.
        provider: Overrides AI_PROVIDER.

    Raises:
        UnknownPlugin: There is no such provider.
        ConfigurationError: A key is missing.
    """
    if provider is not None:
        settings = settings.model_copy(update={"ai_provider": provider})
    only, *others = _choices(settings)
    return FallbackTextModel.from_settings(settings) if others else _make(only, settings)


def _choices(settings: Settings) -> list[str]:
    own = settings.openai_fallback_model if settings.ai_provider == "openai" else None
    stand_in = [f"openai:{own}"] if own else []
    return [settings.ai_provider, *stand_in, *settings.ai_fallbacks]


def _make(choice: str, settings: Settings) -> TextModel:
    """Make ``PROVIDER`` or ``PROVIDER:MODEL``."""
    name, _, model = choice.partition(":")
    if model:
        field = getattr(load(PluginGroup.TEXT_MODELS, name), "model_setting", None)
        if field is None:
            raise ConfigurationError(
                f"AI_FALLBACKS names {choice!r}, but the {name} text model takes no model's name. "
                f"Write {name!r}."
            )
        settings = settings.model_copy(update={field: model})
    made: TextModel = make(PluginGroup.TEXT_MODELS, name, settings)
    return made


def _together(last: Usage | None, earlier: Usage | None) -> Usage | None:
    return earlier if last is None else last.after(earlier)


def _all_of(failures: Sequence[ModelError], used: Usage | None) -> ModelError:
    first, *others = failures
    message = str(first)
    for other in others:
        message = f"{message.rstrip('.')}. The fallback model failed too: {other}"
    failure = ModelError(message, kind=first.kind, resume_after=first.resume_after)
    failure.usage = used
    return failure
