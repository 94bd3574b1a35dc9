"""What an HTTP failure means to whoever has to decide about trying again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scribe_dagster.drivers.http_failure import failure_kind, resume_after
from scribe_dagster.errors import ErrorKind

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
A_MONTH = timedelta(days=30)


def told(value: str) -> datetime | None:
    return resume_after({"Retry-After": value}, now=NOW)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529, 599])
def test_an_overloaded_or_failing_server_may_answer_later(status: int) -> None:
    assert failure_kind(status) is ErrorKind.TRANSIENT


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 415, 422, 451])
def test_a_request_that_was_refused_will_be_refused_again(status: int) -> None:
    assert failure_kind(status) is ErrorKind.PERMANENT


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (402, ""),
        (429, '{"error": {"code": "insufficient_quota"}}'),
        (429, '{"error": {"code": "billing_hard_limit_reached"}}'),
        (403, '{"error": {"code": "billing_not_active"}}'),
    ],
)
def test_an_empty_account_is_told_from_a_busy_server(status: int, body: str) -> None:
    assert failure_kind(status, body) is ErrorKind.QUOTA


def test_words_about_quota_mean_nothing_where_the_request_itself_was_bad() -> None:
    assert failure_kind(400, "insufficient_quota") is ErrorKind.PERMANENT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), (" 120 ", 120), ("0", 0), ("1.5", 1.5), ("2592000", 2_592_000)],
)
def test_a_wait_in_seconds_is_counted_from_now(value: str, seconds: float) -> None:
    assert told(value) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        "Thu, 12 Mar 2026 13:30:00 GMT",
        "Thursday, 12-Mar-26 13:30:00 GMT",
        "Thu Mar 12 13:30:00 2026",
        "Thu, 12 Mar 2026 14:30:00 +0100",
    ],
)
def test_a_date_is_read_in_every_form_http_allows(value: str) -> None:
    assert told(value) == NOW + timedelta(minutes=90)


def test_a_date_that_has_passed_means_now() -> None:
    assert told("Thu, 12 Mar 2026 11:59:00 GMT") == NOW


@pytest.mark.parametrize("value", ["2592001", "9" * 15, "Thu, 12 Mar 2037 12:00:00 GMT"])
def test_a_wait_of_more_than_a_month_is_cut_to_that(value: str) -> None:
    assert told(value) == NOW + A_MONTH


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_the_header_is_found_in_any_case(name: str) -> None:
    assert resume_after({"Server": "x", name: "60"}, now=NOW) == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "1.5.2", "²", "12 parsecs", "Thu, 99 Mar 2026"]
)
def test_a_header_that_cannot_be_read_says_nothing(value: str) -> None:
    assert told(value) is None


def test_without_the_header_nobody_knows() -> None:
    assert resume_after({}) is None


@given(st.text() | st.integers().map(str) | st.datetimes().map(lambda d: d.strftime("%c")))
@example("9" * 20)
@example("9" * 5_000)
@example("Mon, 01 Jan 0001 00:00:00 +2359")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
@example("Thu, 12 Mar 2026 12:00:00 +99999999999999999999")
def test_whatever_the_header_says_the_wait_is_bounded_and_nothing_is_raised(value: str) -> None:
    moment = told(value)

    assert moment is None or NOW <= moment <= NOW + A_MONTH
