"""Who is asked when a text model gives no usable answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.usage import Usage, used_by
from scribe_dagster.drivers.ai.fallback import FallbackTextModel, choose_text_model
from scribe_dagster.drivers.ai.local import LocalTextModel
from scribe_dagster.drivers.ai.openai import OpenAITextModel
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest
from scribe_dagster.errors import (
    BudgetSpent,
    ConfigurationError,
    ErrorKind,
    ModelError,
    Rejected,
    ScribeError,
    UnknownPlugin,
)

REQUEST = RewriteRequest(ScrapedContent(text="Some text."), "text:x")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def used(provider: str, tokens: int, cost: str | None = "0.01") -> Usage:
    return Usage(
        provider=provider,
        model=f"{provider}-1",
        input_tokens=tokens,
        output_tokens=1,
        cost_usd=None if cost is None else Decimal(cost),
    )


@dataclass
class Writer:
    """Writes, fails or rejects as it is told to."""

    name: ClassVar[str] = "writer"
    usage: Usage | None
    failure: ScribeError | None = None
    asked: list[RewriteRequest] = field(default_factory=list)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        raise NotImplementedError

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        self.asked.append(request)
        if self.failure is not None:
            self.failure.usage = self.usage
            raise self.failure
        author = self.usage.provider if self.usage else "nobody"
        return Rewrite(Draft(title="T", content="<p>C</p>", written_by=author), self.usage)


def failing(message: str = "busy", usage: Usage | None = None, **why: Any) -> Writer:
    return Writer(usage, ModelError(message, **why))


@pytest.mark.parametrize("kind", [ErrorKind.TRANSIENT, ErrorKind.QUOTA, ErrorKind.PERMANENT])
def test_the_next_one_writes_whatever_has_befallen_the_first(kind: ErrorKind) -> None:
    second, third = Writer(used("second", 10)), Writer(used("third", 10))

    rewrite = FallbackTextModel([failing(kind=kind), second, third]).rewrite(REQUEST)

    assert rewrite.draft.written_by == "second"
    assert rewrite.usage == used("second", 10)
    assert third.asked == []


def test_the_first_one_alone_is_asked_while_it_answers() -> None:
    second = Writer(used("second", 10))

    FallbackTextModel([Writer(used("first", 10)), second]).rewrite(REQUEST)

    assert second.asked == []


def test_what_the_first_one_used_before_it_failed_is_accounted_for() -> None:
    first = failing(usage=used("first", 500, "0.02"))

    rewrite = FallbackTextModel([first, Writer(used("second", 10, "0.01"))]).rewrite(REQUEST)

    assert rewrite.usage is not None
    assert (rewrite.usage.provider, rewrite.usage.model) == ("second", "second-1")
    assert (rewrite.usage.input_tokens, rewrite.usage.output_tokens) == (510, 2)
    assert rewrite.usage.cost_usd == Decimal("0.03")


def test_what_was_paid_for_certain_is_counted_beside_what_has_no_price() -> None:
    first = failing(usage=used("first", 500, None))

    rewrite = FallbackTextModel([first, Writer(used("second", 10))]).rewrite(REQUEST)

    assert rewrite.usage is not None
    assert rewrite.usage.cost_usd == Decimal("0.01")


def test_of_what_has_no_price_at_all_the_cost_is_unknown() -> None:
    first = failing(usage=used("first", 500, None))

    rewrite = FallbackTextModel([first, Writer(used("second", 10, None))]).rewrite(REQUEST)

    assert rewrite.usage is not None
    assert rewrite.usage.cost_usd is None


def test_nobody_is_asked_for_a_kinder_verdict() -> None:
    judge, second = Writer(used("first", 10), Rejected("Spam.")), Writer(used("second", 10))

    with pytest.raises(Rejected) as verdict:
        FallbackTextModel([judge, second]).rewrite(REQUEST)

    assert second.asked == []
    assert used_by(verdict.value) == used("first", 10)


def test_when_all_fail_the_first_one_decides_when_to_come_back_and_all_are_told_of() -> None:
    first = failing("Slow down.", kind=ErrorKind.TRANSIENT, resume_after=NOON)
    second = failing("No such model.", used("second", 10), kind=ErrorKind.PERMANENT)

    with pytest.raises(ModelError) as raised:
        FallbackTextModel([first, second]).rewrite(REQUEST)

    assert str(raised.value) == "Slow down. The fallback model failed too: No such model."
    assert raised.value.kind is ErrorKind.TRANSIENT
    assert raised.value.resume_after == NOON
    assert used_by(raised.value) == used("second", 10)


def test_an_error_of_our_own_is_no_reason_to_ask_somebody_else() -> None:
    class Broken(Writer):
        def rewrite(self, request: RewriteRequest) -> Rewrite:
            raise KeyError("a mistake")

    second = Writer(used("second", 10))

    with pytest.raises(KeyError):
        FallbackTextModel([Broken(None), second]).rewrite(REQUEST)

    assert second.asked == []


# -- What they may spend ----------------------------------------------------------------------


@dataclass
class Pocket:
    """Some money for a run."""

    money: Decimal = Decimal(1)
    run: RunScope | None = None

    def check(self, used: Usage | None) -> None:
        if ((used and used.cost_usd) or 0) >= self.money:
            raise BudgetSpent("Nothing is left.", resume_after=NOON)

    def for_run(self, scope: RunScope) -> Self:
        return replace(self, run=scope)


class FreeWriter(Writer):
    is_free: ClassVar[bool] = True


class Mumbler(Writer):
    """Has to be asked twice."""

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        assert request.check_budget is not None
        request.check_budget(self.usage)
        return super().rewrite(request)


def test_nothing_is_asked_again_for_which_the_one_before_it_has_left_no_money() -> None:
    first, second = failing(usage=used("first", 10, "0.60")), Mumbler(used("second", 10, "0.40"))

    with pytest.raises(ModelError, match="Nothing is left") as raised:
        FallbackTextModel([first, second], Pocket()).rewrite(REQUEST)

    assert second.asked == []
    spent = used_by(raised.value)
    assert spent is not None
    assert spent.cost_usd == Decimal(1)


def test_what_costs_nothing_is_asked_again_whatever_was_spent() -> None:
    class FreeMumbler(Mumbler):
        is_free: ClassVar[bool] = True

    first, free = failing(usage=used("first", 10, "1")), FreeMumbler(used("free", 10, None))

    rewrite = FallbackTextModel([first, free], Pocket()).rewrite(REQUEST)

    assert rewrite.draft.written_by == "free"


def test_a_budget_that_is_spent_between_two_answers_tells_when_there_is_more() -> None:
    model = FallbackTextModel([Mumbler(used("first", 10, "1"))], Pocket())

    with pytest.raises(BudgetSpent) as raised:
        model.rewrite(REQUEST)

    assert raised.value.resume_after == NOON
    assert used_by(raised.value) == used("first", 10, "1")


def test_whatever_else_stops_them_what_was_used_is_accounted_for() -> None:
    first = failing(usage=used("first", 500, "1.25"))
    second = Writer(None, ConfigurationError("Its prompt is gone."))

    with pytest.raises(ConfigurationError) as raised:
        FallbackTextModel([first, second]).rewrite(REQUEST)

    assert used_by(raised.value) == used("first", 500, "1.25")


def test_who_costs_something_is_not_asked_when_nothing_is_left_and_who_does_not_stands_in() -> None:
    first, second = failing(usage=used("first", 10, "1")), Writer(used("second", 10))
    free = FreeWriter(used("free", 10, None))

    rewrite = FallbackTextModel([first, second, free], Pocket()).rewrite(REQUEST)

    assert second.asked == []
    assert rewrite.draft.written_by == "free"
    assert rewrite.usage is not None
    assert rewrite.usage.cost_usd == Decimal(1)


def test_a_spent_budget_ends_as_such_and_tells_when_there_is_more() -> None:
    with pytest.raises(BudgetSpent, match="Nothing is left") as raised:
        FallbackTextModel([Writer(None)], Pocket(Decimal(0))).rewrite(REQUEST)

    assert (raised.value.kind, raised.value.resume_after) == (ErrorKind.QUOTA, NOON)


# -- Who they are, by the settings ------------------------------------------------------------


def chosen(**values: Any) -> object:
    return choose_text_model(Settings(_env_file=None, openai_api_key="sk-test-01234567", **values))


def models_of(model: object) -> list[str]:
    assert isinstance(model, FallbackTextModel)
    return [
        one._model_name if isinstance(one, OpenAITextModel) else one.name for one in model.models
    ]


def test_without_fallbacks_the_provider_itself_is_used() -> None:
    assert isinstance(chosen(), LocalTextModel)


def test_fallbacks_name_a_provider_and_if_need_be_its_model() -> None:
    model = chosen(
        ai_provider="openai",
        openai_content_model="one",
        openai_fallback_model="two",
        ai_fallbacks="openai:ft:three, local",
    )

    assert models_of(model) == ["one", "two", "ft:three", "local"]


def test_a_fallback_of_openais_is_for_openai() -> None:
    assert isinstance(chosen(ai_provider="local", openai_fallback_model="two"), LocalTextModel)


def test_a_provider_that_takes_no_model_says_so() -> None:
    with pytest.raises(ConfigurationError, match="Write 'local'"):
        chosen(ai_fallbacks="local:gpt-4o")


def test_an_unknown_fallback_is_told_before_anything_is_asked() -> None:
    with pytest.raises(UnknownPlugin, match="'claude'"):
        chosen(ai_fallbacks="claude:opus")


def test_a_fallback_without_its_key_is_told_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="ANTHROPIC_API_KEY"):
        chosen(ai_fallbacks="anthropic")


def test_with_a_budget_a_fallback_without_a_price_is_told_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match=r"'openai:gpt-of-tomorrow'.*genai-prices"):
        chosen(ai_fallbacks="openai:gpt-of-tomorrow, local", scribe_budget_per_day=5)
