from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fakes.payloads import a_request

from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ErrorKind


def translate_all(payload: ContentPayload, *, ai: str, image_store: str = "") -> StageResult:
    """Translate the draft.

    Into every language.
    """
    return StageResult.completed(payload.evolve(language=ai), "translated")


def test_a_stage_is_named_in_camel_case_after_its_function() -> None:
    assert stage(translate_all).name == "TranslateAll"


def test_a_stage_can_be_given_a_name() -> None:
    assert stage(name="Translation")(translate_all).name == "Translation"


def test_the_keyword_only_parameters_are_the_resources_a_stage_needs() -> None:
    assert stage(translate_all).resource_keys == {"ai", "image_store"}


def test_a_stage_may_need_no_resource() -> None:
    @stage
    def announce(payload: ContentPayload) -> StageResult:
        return StageResult.completed(payload, "announced")

    assert announce.resource_keys == frozenset()


def test_a_stage_is_called_like_the_function_it_is_made_of() -> None:
    result = stage(translate_all)(a_request(), ai="de")

    assert result.payload.language == "de"


def test_a_stage_is_described_by_its_functions_docstring() -> None:
    assert stage(translate_all).description == "Translate the draft.\n\nInto every language."


def test_a_bare_stage_shares_no_pool_is_not_retried_and_can_be_done_without() -> None:
    bare = stage(translate_all)

    assert (bare.pool, bare.retries, bare.essential) == (None, 0, False)


def test_a_stage_keeps_what_the_decorator_is_told() -> None:
    told = stage(pool="ai", retries=2, essential=True)(translate_all)

    assert (told.name, told.pool, told.retries, told.essential) == ("TranslateAll", "ai", 2, True)


def no_parameter() -> StageResult: ...
def two_positional(payload: ContentPayload, ai: str) -> StageResult: ...
def only_keywords(*, payload: ContentPayload) -> StageResult: ...
def any_keyword(payload: ContentPayload, **resources: object) -> StageResult: ...


@pytest.mark.parametrize("function", [no_parameter, two_positional, only_keywords, any_keyword])
def test_a_function_that_does_not_take_exactly_one_payload_is_refused_with_the_right_form(
    function: Callable[..., StageResult],
) -> None:
    name = function.__name__
    with pytest.raises(TypeError, match=rf"{name} must take one payload.*def {name}\(payload: "):
        stage(function)


@pytest.mark.parametrize(
    ("kind", "tries_before", "again"),
    [
        (ErrorKind.TRANSIENT, 0, True),
        (ErrorKind.TRANSIENT, 1, True),
        (ErrorKind.TRANSIENT, 2, False),
        (ErrorKind.PERMANENT, 0, False),
        (ErrorKind.QUOTA, 0, False),
        (ErrorKind.LOST_WORKER, 0, False),
        (ErrorKind.FENCED, 0, False),
    ],
)
def test_a_stage_tries_again_only_after_transient_failures_and_so_many_times(
    kind: ErrorKind, tries_before: int, again: bool
) -> None:
    assert stage(retries=2)(translate_all).will_retry(Failure("no", kind), tries_before) is again


def test_a_stage_does_not_try_again_at_once_what_is_asked_to_come_back_later() -> None:
    later = Failure("busy", ErrorKind.TRANSIENT, resume_after=datetime(2030, 1, 1, tzinfo=UTC))

    assert not stage(retries=2)(translate_all).will_retry(later, 0)


@pytest.mark.parametrize("name", ["my-stage", " ", "a" * 101, "Zwölf"])
def test_a_name_that_dagster_or_the_tables_cannot_take_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a stage"):
        stage(name=name)(translate_all)


def test_a_completed_result_says_what_was_done_and_what_it_used() -> None:
    usage = Usage(model="gpt-5.4-mini", input_tokens=10)

    result = StageResult.completed(a_request(), "done", usage=usage)

    assert (result.outcome, result.message) == (StageOutcome.COMPLETED, "done")
    assert result.usage == usage


def test_a_skipped_result_says_why() -> None:
    result = StageResult.skipped(a_request(), "no image")

    assert (result.outcome, result.message) == (StageOutcome.SKIPPED, "no image")
    assert result.usage is None
