"""A run of a job of one's own, and the command line, which has another pipeline."""

from __future__ import annotations

import pytest
from fakes.payloads import a_request

from scribe_dagster.config import Settings
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.known_jobs import CUSTOM_JOB_NAME
from scribe_dagster.errors import ErrorKind
from scribe_dagster.jobs import DEFAULT_STAGES

from .conftest import CommandLine

pytestmark = pytest.mark.processes


@pytest.fixture
def store(settings: Settings) -> RunStore:
    return RunStore.from_settings(settings)


def a_failed_run(store: RunStore, job_name: str) -> int:
    """A run of the usual stages, which may have channels and models of its own."""
    run = store.start(a_request(), DEFAULT_STAGES, job_name=job_name)
    run.begin_stage(0)
    run.fail(0, Failure("the page is gone", ErrorKind.PERMANENT))
    return run.run_id


@pytest.mark.parametrize(
    ("job_name", "way"),
    [
        ("digest", "as a run of the job digest: Re-execute from failure in Dagster's UI, or"),
        (CUSTOM_JOB_NAME, "from Python, by the pipeline that started it: pipeline.resume(1)"),
    ],
)
def test_it_is_not_gone_on_with_as_something_else_and_both_commands_name_the_way_that_works(
    cli: CommandLine, store: RunStore, job_name: str, way: str
) -> None:
    run_id = a_failed_run(store, job_name)

    refused = cli("resume", str(run_id))
    shown = cli("runs", "show", str(run_id))

    assert refused.code == 4
    assert f"Resume it {way}" in refused.err
    assert f"Resume it:    {way}" in shown.out
    assert store.get(run_id).attempt == 1


def test_it_can_be_left_to_the_sensor_of_its_own_job(cli: CommandLine, store: RunStore) -> None:
    run_id = a_failed_run(store, "digest")

    requested = cli("resume", str(run_id), "--detach")

    assert requested.code == 0
    assert [run.id for run in store.due("digest", DEFAULT_STAGES, limit=20)] == [run_id]


def test_no_sensor_is_promised_for_a_pipeline_that_only_python_knows(
    cli: CommandLine, store: RunStore
) -> None:
    run_id = a_failed_run(store, CUSTOM_JOB_NAME)

    refused = cli("resume", str(run_id), "--detach")

    assert refused.code == 4
    assert "of a pipeline that no sensor serves" in refused.err


def test_all_failed_runs_are_those_of_the_command_lines_own_pipeline(
    cli: CommandLine, store: RunStore
) -> None:
    a_failed_run(store, "digest")
    a_failed_run(store, CUSTOM_JOB_NAME)

    assert cli("resume", "--all-failed", "--plan").out.startswith("No such runs")
