"""However a Dagster run came about, it ends up with the pipeline run it means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    JobExecutionResult,
    ReexecutionOptions,
    execute_job,
    reconstructable,
)
from fakes.doors_job import FOLDER, doors_job, multiprocess_job

from scribe_dagster import PipelineRun
from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import RunFilter, list_runs
from scribe_dagster.resources.launch import ATTEMPT_TAG, PIPELINE_RUN_TAG

CONFIG = {"source_url": "https://example.com/a"}


class Doors:
    """A Dagster instance and the pipeline runs that come of using it."""

    def __init__(self, instance: DagsterInstance, folder: Path, settings: Settings) -> None:
        self.instance = instance
        self._folder = folder
        self._settings = settings

    def fail(self, stage: str, *, broken: bool = True) -> None:
        mark = self._folder / f"fail-{stage}"
        mark.touch() if broken else mark.unlink()

    def launch(self, **options: object) -> JobExecutionResult:
        options = {"run_config": CONFIG, "tags": None, **options}
        return execute_job(
            reconstructable(doors_job),
            instance=self.instance,
            **options,  # type: ignore[arg-type]
        )

    def reexecute(self, parent: JobExecutionResult, *selected: str) -> JobExecutionResult:
        options = ReexecutionOptions(parent.run_id, step_selection=selected)
        return self.launch(reexecution_options=options)

    def from_failure(self, parent: JobExecutionResult) -> JobExecutionResult:
        """Press the UI's button: unlike Python's API it adds a tag and inherits the others."""
        options = ReexecutionOptions.from_failure(parent.run_id, self.instance)
        inherited = self.instance.get_run_by_id(parent.run_id).tags  # type: ignore[union-attr]
        ours = {key: value for key, value in inherited.items() if "scribe" in key}
        return self.launch(
            reexecution_options=options, tags={**ours, "dagster/is_resume_retry": "true"}
        )

    @property
    def ran(self) -> str:
        return (self._folder / "ran").read_text().strip()

    @property
    def runs(self) -> list[PipelineRun]:
        """All pipeline runs, oldest first."""
        found = list_runs(Database.from_settings(self._settings), RunFilter(), with_snapshots=True)
        return sorted(found, key=lambda run: run.id)


@pytest.fixture
def stock_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """Dagster as it comes, in a folder of its own."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    home = tmp_path / "dagster"
    home.mkdir()
    # Dagster's own processes look for the job's module in the working directory.
    monkeypatch.chdir(Path(__file__).parents[1])
    quiet = {"telemetry": {"enabled": False}}
    with DagsterInstance.local_temp(str(home), overrides=quiet) as instance:
        yield instance


@pytest.fixture
def doors(settings: Settings, tmp_path: Path, stock_instance: DagsterInstance) -> Doors:
    return Doors(stock_instance, tmp_path, settings)


def test_a_launch_starts_a_run_and_tags_the_dagster_run_with_it(doors: Doors) -> None:
    launched = doors.launch()

    [run] = doors.runs
    assert (run.status, run.dagster_run_id, run.forked_from_id) == (
        "completed",
        launched.run_id,
        None,
    )
    tags = doors.instance.get_run_by_id(launched.run_id).tags  # type: ignore[union-attr]
    assert (tags[PIPELINE_RUN_TAG], tags[ATTEMPT_TAG]) == (str(run.id), "1")


def test_from_failure_resumes_the_same_run(doors: Doors) -> None:
    doors.fail("Two")
    failed = doors.launch()
    doors.fail("Two", broken=False)

    resumed = doors.from_failure(failed)

    [run] = doors.runs
    assert resumed.success
    assert (run.status, run.attempt, run.dagster_run_id) == ("completed", 2, resumed.run_id)
    assert doors.ran == "One Two Two Three"
    assert list(run.payload_snapshot["extra"]) == ["One", "Two", "Three"]


def test_from_failure_pressed_twice_resumes_once(doors: Doors) -> None:
    doors.fail("Two")
    failed = doors.launch()
    doors.fail("Two", broken=False)
    doors.from_failure(failed)

    again = doors.from_failure(failed)

    assert not again.success
    assert doors.ran == "One Two Two Three"
    [run] = doors.runs
    assert (run.status, run.attempt) == ("completed", 2)


def test_all_steps_again_is_a_new_run_that_names_its_origin(doors: Doors) -> None:
    doors.fail("Two")
    failed = doors.launch()
    doors.fail("Two", broken=False)

    doors.reexecute(failed, "One", "Two", "Three")

    first, second = doors.runs
    assert (first.status, second.status) == ("failed", "completed")
    assert second.forked_from_id == first.id
    assert doors.ran == "One Two One Two Three"


def test_from_a_stage_of_a_finished_run_is_a_fork_from_its_stored_state(doors: Doors) -> None:
    finished = doors.launch()

    doors.reexecute(finished, "Two", "Three")

    first, second = doors.runs
    assert (second.status, second.forked_from_id) == ("completed", first.id)
    assert doors.ran == "One Two Three Two Three"
    assert list(second.payload_snapshot["extra"]) == ["One", "Two", "Three"]


def test_a_selection_that_could_never_complete_a_run_is_refused_and_leaves_no_row(
    doors: Doors,
) -> None:
    finished = doors.launch()

    refused = doors.reexecute(finished, "Two")

    assert not refused.success
    [failure] = refused.get_step_failure_events()
    assert "Select Two and every stage after it (Two, Three)" in str(failure.event_specific_data)
    assert len(doors.runs) == 1
    assert doors.ran == "One Two Three"


def test_a_launch_with_our_tags_restores_what_is_done_and_runs_the_rest(doors: Doors) -> None:
    doors.fail("Three")
    doors.launch()
    doors.fail("Three", broken=False)

    resumed = doors.launch(tags={PIPELINE_RUN_TAG: "1", ATTEMPT_TAG: "1"})

    assert resumed.success
    assert doors.ran == "One Two Three Three"
    restored = {
        event.step_key
        for event in resumed.all_events
        if event.is_successful_output and "restored" in event.step_output_data.metadata  # type: ignore[union-attr]
    }
    assert restored == {"One", "Two"}


def test_a_launch_for_an_attempt_that_is_over_does_nothing(doors: Doors) -> None:
    doors.fail("Three")
    doors.launch()
    doors.launch(tags={PIPELINE_RUN_TAG: "1", ATTEMPT_TAG: "1"})
    assert doors.ran == "One Two Three Three"

    late = doors.launch(tags={PIPELINE_RUN_TAG: "1", ATTEMPT_TAG: "1"})

    assert not late.success
    assert doors.ran == "One Two Three Three"
    [run] = doors.runs
    assert (run.status, run.attempt) == ("failed", 2)


def test_a_launch_for_a_run_that_is_not_there_starts_none_in_its_place(doors: Doors) -> None:
    refused = doors.launch(tags={PIPELINE_RUN_TAG: "41", ATTEMPT_TAG: "1"})

    assert not refused.success
    assert doors.runs == []


def test_the_state_travels_when_each_stage_has_a_process_of_its_own(
    doors: Doors, stock_instance: DagsterInstance
) -> None:
    done = execute_job(
        reconstructable(multiprocess_job), instance=stock_instance, run_config=CONFIG
    )

    assert done.success
    assert doors.ran == "One Two Three"
    [run] = doors.runs
    assert (run.status, run.attempt) == ("completed", 1)
    assert list(run.payload_snapshot["extra"]) == ["One", "Two", "Three"]


def test_from_failure_of_a_resume_that_was_refused_resumes_the_run_it_was_meant_for(
    doors: Doors,
) -> None:
    doors.fail("Three")
    doors.launch()
    refused = doors.launch(tags={PIPELINE_RUN_TAG: "1", ATTEMPT_TAG: "7"})
    assert not refused.success
    doors.fail("Three", broken=False)

    doors.from_failure(refused)

    [run] = doors.runs
    assert (run.status, run.attempt) == ("completed", 2)
    assert doors.ran == "One Two Three Three"


def test_all_steps_again_starts_from_what_the_first_run_was_given(doors: Doors) -> None:
    first = doors.launch()

    options = ReexecutionOptions(first.run_id, step_selection=["One", "Two", "Three"])
    doors.launch(reexecution_options=options, run_config={"source_url": "/gone/page.html"})

    assert [run.source_url for run in doors.runs] == ["https://example.com/a"] * 2


def test_from_failure_from_python_resumes_as_well(doors: Doors) -> None:
    doors.fail("Two")
    failed = doors.launch()
    doors.fail("Two", broken=False)

    options = ReexecutionOptions.from_failure(failed.run_id, doors.instance)
    assert doors.launch(reexecution_options=options).success

    [run] = doors.runs
    assert (run.status, run.attempt) == ("completed", 2)


def test_a_run_of_another_database_is_not_taken_for_the_one_of_its_number_here(
    doors: Doors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.fail("Two")
    doors.launch()
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("SCRIBE_HOME", str(tmp_path / "another-home"))
        failed_elsewhere = doors.launch()
    doors.fail("Two", broken=False)

    refused = doors.from_failure(failed_elsewhere)

    assert not refused.success
    [run] = doors.runs
    assert (run.status, run.attempt) == ("failed", 1)
