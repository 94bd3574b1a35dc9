"""Whatever a server answers: understood, or refused in our own words."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.strange import any_text, fuzzed, json_values, markup
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego
from pydantic import ValidationError

from scribe_dagster.domain.category import Category
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.ai.rewrite_schema import RewriteAnswer, to_draft
from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.drivers.images.openai import _read
from scribe_dagster.errors import ErrorKind, ImageError, Rejected

NOW = datetime(2025, 1, 1, tzinfo=UTC)
OFFERED = (Category(id=1, name="Tech"),)

_FIELDS = (
    *("rejected", "rejection_reasons", "reasons", "title", "content", "html", "description"),
    *("meta_title", "meta_description", "category_id", "tags", "image_prompt", "other"),
)
answers = st.dictionaries(
    st.sampled_from(_FIELDS), json_values | markup | st.just("A title"), max_size=8
)


@fuzzed
@given(answers)
def test_a_models_answer_is_a_draft_a_verdict_or_invalid(answer: dict[str, Any]) -> None:
    with suppress(ValidationError, Rejected):
        draft = to_draft(
            RewriteAnswer.model_validate(answer), categories=OFFERED, language=None, written_by="x"
        )
        assert draft.title
        assert draft.category_id in (None, 1)
        assert "<script" not in draft.content.casefold()
        draft.model_dump_json()


@fuzzed
@given(json_values)
def test_any_json_at_all_is_a_models_answer_or_invalid(value: Any) -> None:
    with suppress(ValidationError):
        RewriteAnswer.model_validate(value)


class _Response:
    def __init__(self, content: bytes) -> None:
        self.content = content


@fuzzed
@given(
    st.binary(max_size=200)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.lists(json_values, max_size=2).map(lambda data: json.dumps({"data": data}).encode())
)
def test_an_image_apis_answer_holds_a_picture_or_is_refused(content: bytes) -> None:
    with suppress(ImageError):
        assert _read(_Response(content)).data  # type: ignore[arg-type]


@fuzzed
@given(any_text | st.integers().map(str) | st.datetimes().map(lambda moment: moment.strftime("%c")))
def test_a_retry_after_is_a_moment_within_a_month_or_none(value: str) -> None:
    moment = resume_after({"Retry-After": value}, now=NOW)

    assert moment is None or NOW <= moment <= NOW + timedelta(days=30)


@fuzzed
@given(st.integers(), any_text)
def test_a_status_is_of_some_kind(status: int, body: str) -> None:
    assert failure_kind(status, body) in ErrorKind


@fuzzed
@given(any_text, any_text)
def test_a_validator_is_fit_to_be_sent_back(etag: str, date: str) -> None:
    for value in Validators.of({"etag": etag, "last-modified": date}).request_headers().values():
        assert value.isascii()
        assert not set(value) & set("\r\n\0")


@fuzzed
@given(
    st.lists(
        st.builds(
            "{}{}{}".format,
            st.sampled_from(("User-agent", "Disallow", "Allow", "Crawl-delay", "Sitemap", "")),
            st.sampled_from((": ", ":", " ", "::")),
            st.text("*/$%a?= é\x00", max_size=30),
        )
        | any_text,
        max_size=12,
    ).map("\n".join),
    st.text("/*?$%aé&=", max_size=30),
)
def test_rules_for_robots_say_yes_or_no(rules: str, path: str) -> None:
    permitted = Protego.parse(rules).can_fetch(f"https://example.com/{path}", "scribe-dagster")

    assert permitted in (True, False)


@fuzzed
@given(any_text | markup, st.lists(any_text, max_size=3))
def test_a_failure_can_always_be_told(message: str, secrets: list[str]) -> None:
    told = Failure.of(RuntimeError(message), secrets)

    told.message.encode()
    assert len(told.message) <= 2_000
    assert redact(told.message) == told.message or len(told.message) == 2_000
