"""One driver after the other, until one of them answers: for text models and for image models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from scribe_dagster.config import Settings
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.usage import Usage, used_by
from scribe_dagster.drivers.prices import has_unknown_price, is_free
from scribe_dagster.drivers.registry import PluginGroup, load, make
from scribe_dagster.errors import BudgetSpent, ConfigurationError, ScribeError, StageError

M = TypeVar("M")
T = TypeVar("T")

BudgetCheck = Callable[[Usage | None], None]
"""Raises BudgetSpent when what a model has used so far leaves nothing to ask it again."""


class Allowance(Protocol):
    """Money that models may spend on behalf of a run."""

    def check(self, used: Usage | None) -> None:
        """Let nothing more be spent than there is.

        Args:
            used: What has been used for the same purpose already.

        Raises:
            BudgetSpent: Nothing is left.
        """
        ...

    def for_run(self, scope: RunScope) -> Self:
        """Return the same money, for this run to spend."""
        ...


class Fallback(Generic[M]):
    """Drivers of one kind that stand in for each other.

    Args:
        models: At least one, the preferred one first.
        allowance: Asked before any that costs something is; None: they may spend what they like.
    """

    name: ClassVar[str] = "fallback"

    def __init__(self, models: Sequence[M], allowance: Allowance | None = None) -> None:
        self._models = tuple(models)
        self._allowance = allowance

    def for_run(self, scope: RunScope) -> Self:
        """Return the same models, paid for by this run."""
        bound = copy(self)
        bound._allowance = self._allowance.for_run(scope) if self._allowance else None
        return bound

    @property
    def models(self) -> tuple[M, ...]:
        """Who is asked, in order."""
        return self._models

    def _ask_in_turn(
        self, ask: Callable[[M, BudgetCheck], T], failing: type[StageError]
    ) -> tuple[T, Usage | None]:
        """Ask the models in order. A failure goes on to the next one; a rejection is final.

        A budget that is spent is a failure like any other: whoever costs nothing may stand in.

        Args:
            ask: Puts the question to one of them, which may have to ask it again.
            failing: What a model raises that gave no usable answer.

        Returns:
            The first answer, and what those had used that failed before.

        Raises:
            Rejected: A model's verdict. No other one is asked for a kinder one.
            StageError: All of them failed. A resumed run asks the first one first, so it is the
                first one's failure that tells whether and when to resume.

        Whatever is raised carries what all of them have used.
        """
        failures: list[StageError] = []
        used: Usage | None = None
        for model in self._models:
            check = partial(self._check, model, used)
            try:
                check(None)
                return ask(model, check), used
            except ScribeError as error:
                error.usage = used = together(used_by(error), used)
                if not isinstance(error, (failing, BudgetSpent)):
                    raise
                failures.append(error)
        raise _all_failed(failures, failing, used) from failures[0]

    def _check(self, model: M, used_before: Usage | None, used: Usage | None) -> None:
        if self._allowance is None or is_free(model):
            return
        try:
            self._allowance.check(together(used, used_before))
        except ScribeError as refusal:
            refusal.usage = used
            raise


def make_choices(group: PluginGroup, choices: Iterable[str], settings: Settings) -> list[Any]:
    """Make the drivers that are chosen as ``PROVIDER`` or ``PROVIDER:MODEL``.

    Raises:
        UnknownPlugin: One of them is not installed.
        ConfigurationError: One of them lacks a key, or takes no model's name; or there is a budget,
            and nobody knows what it costs.
    """
    return [_make(group, choice, settings) for choice in choices]


def together(last: Usage | None, earlier: Usage | None) -> Usage | None:
    """Add what the model that answered has used to what others had used before."""
    return earlier if last is None else last.after(earlier)


def _all_failed(
    failures: Sequence[StageError], failing: type[StageError], used: Usage | None
) -> StageError:
    first, *others = failures
    message = str(first)
    for other in others:
        message = f"{message.rstrip('.')}. The fallback model failed too: {other}"
    if isinstance(first, BudgetSpent):
        failed: StageError = BudgetSpent(message, resume_after=first.resume_after)
    else:
        failed = failing(message, kind=first.kind, resume_after=first.resume_after)
    failed.usage = used
    return failed


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
    made = make(group, name, settings)
    if settings.has_budget and has_unknown_price(made):
        raise ConfigurationError(
            f"There is a budget, and the price of the {group.noun} {choice!r} is in no list, so "
            "nothing would be counted. pip install -U genai-prices, choose another model, or unset "
            "SCRIBE_BUDGET_PER_RUN and SCRIBE_BUDGET_PER_DAY."
        )
    return made
