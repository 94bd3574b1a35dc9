from __future__ import annotations

import pytest

from scribe_dagster.cli.exit_codes import ExitCode, exit_code_of, exit_code_of_error
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import (
    ConfigurationError,
    DatabaseUnreachable,
    Fenced,
    InvalidSource,
    NotMigrated,
    NotResumable,
    RunNotFound,
    ScribeError,
    StagesChanged,
    UnknownPlugin,
    UnknownStage,
)

COMPLETED = PipelineRunStatus.COMPLETED
FAILED = PipelineRunStatus.FAILED
REJECTED = PipelineRunStatus.REJECTED


def test_the_codes_are_those_that_scripts_rely_on() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "COMPLETED": 0,
        "FAILED": 1,
        "USAGE": 2,
        "REJECTED": 3,
        "NOT_RESUMABLE": 4,
    }


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([COMPLETED], ExitCode.COMPLETED),
        ([COMPLETED, COMPLETED], ExitCode.COMPLETED),
        ([FAILED], ExitCode.FAILED),
        ([REJECTED], ExitCode.REJECTED),
        ([COMPLETED, REJECTED], ExitCode.REJECTED),
        ([COMPLETED, REJECTED, FAILED, COMPLETED], ExitCode.FAILED),
        ([], ExitCode.COMPLETED),
    ],
)
def test_of_several_runs_a_failure_is_told_before_a_rejection(
    statuses: list[PipelineRunStatus], code: ExitCode
) -> None:
    assert exit_code_of(iter(statuses)) is code


@pytest.mark.parametrize("error", [RunNotFound, NotResumable, StagesChanged, Fenced])
def test_a_run_that_cannot_be_resumed_has_a_code_of_its_own(error: type[ScribeError]) -> None:
    assert exit_code_of_error(error()) is ExitCode.NOT_RESUMABLE


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError,
        DatabaseUnreachable,
        NotMigrated,
        UnknownPlugin,
        UnknownStage,
        InvalidSource,
    ],
)
def test_what_keeps_a_command_from_beginning_is_wrong_usage(error: type[ScribeError]) -> None:
    assert exit_code_of_error(error()) is ExitCode.USAGE
