"""One driver after the other, until one of them answers: for text models and for image models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from scribe_dagster.config import Settings
from scribe_dagster.domain.usage import Usage, used_by
from scribe_dagster.drivers.registry import PluginGroup, load, make
from scribe_dagster.errors import ConfigurationError, Rejected, StageError

M = TypeVar("M")
T = TypeVar("T")


class Fallback(Generic[M]):
    """Drivers of one kind that stand in for each other.

    Args:
        models: At least one, the preferred one first.
    """

    name: ClassVar[str] = "fallback"

    def __init__(self, models: Sequence[M]) -> None:
        self._models = tuple(models)

    @property
    def models(self) -> tuple[M, ...]:
        """Who is asked, in order."""
        return self._models

    @property
    def is_free(self) -> bool:
        """Whether no budget can be exceeded, whoever answers."""
        return all(getattr(model, "is_free", False) for model in self._models)


def make_choices(group: PluginGroup, choices: Iterable[str], settings: Settings) -> list[Any]:
    """Make the drivers that are chosen as ``PROVIDER`` or ``PROVIDER:MODEL``.

    Raises:
        UnknownPlugin: One of them is not installed.
        ConfigurationError: One of them lacks a key, or takes no model's name.
    """
    return [_make(group, choice, settings) for choice in choices]


def ask_in_turn(
    models: Sequence[M], ask: Callable[[M], T], failing: type[StageError]
) -> tuple[T, Usage | None]:
    """Ask models in order. A failure goes on to the next one; a rejection is final.

    Args:
        models: At least one, the preferred one first.
        ask: Puts the question to one of them.
        failing: What a model raises that gave no usable answer.

    Returns:
        The first answer, and what those had used that failed before.

    Raises:
        Rejected: A model's verdict. No other one is asked for a kinder one.
        StageError: All of them failed. A resumed run asks the first one first, so it is the first
            one's failure that tells whether and when to resume.
    """
    failures: list[StageError] = []
    used: Usage | None = None
    for model in models:
        try:
            return ask(model), used
        except failing as failure:
            failures.append(failure)
            used = together(used_by(failure), used)
        except Rejected as verdict:
            verdict.usage = together(used_by(verdict), used)
            raise
    first, *others = failures
    message = str(first)
    for other in others:
        message = f"{message.rstrip('.')}. The fallback model failed too: {other}"
    all_failed = failing(message, kind=first.kind, resume_after=first.resume_after)
    all_failed.usage = used
    raise all_failed from first


def together(last: Usage | None, earlier: Usage | None) -> Usage | None:
    """Add what the model that answered has used to what others had used before."""
    return earlier if last is None else last.after(earlier)


def _make(group: PluginGroup, choice: str, settings: Settings) -> Any:
    name, _, model = choice.partition(":")
    if model:
        field = getattr(load(group, name), "model_setting", None)
        if field is None:
            raise ConfigurationError(
                f"A fallback is {choice!r}, but the {name} {group.noun} takes no model's name. "
                f"Write {name!r}."
            )
        settings = settings.model_copy(update={field: model})
    return make(group, name, settings)
