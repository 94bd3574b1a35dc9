"""What a running Dagster daemon does for runs, with nobody watching."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dagster import DagsterRunStatus, build_sensor_context
from dagster._core.definitions.reconstruct import ReconstructableRepository
from fakes.command_line import PROGRAMS
from fakes.dagster_servers import dagster_dev
from fakes.dagster_ui import DagsterUi
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from scribe_dagster.config import Settings
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.definitions import content_pipeline
from scribe_dagster.domain.failure import Failure
from scribe_dagster.drivers.sources.request import make_request
from scribe_dagster.errors import ErrorKind
from scribe_dagster.execution.code_location import LOCATION_NAME, origin_of
from scribe_dagster.instance.open import open_instance
from scribe_dagster.jobs import DEFAULT_STAGES
from scribe_dagster.sensors.resume import build_resume_sensor

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes

_PATIENCE = 150


@pytest.fixture
def ui(cli: CommandLine, openai: FakeOpenAI) -> Iterator[DagsterUi]:
    cli.environment["PIPELINE_AUTO_RESUME_DELAY"] = "0.1"
    with dagster_dev(PROGRAMS, cli.environment, cli.folder) as opened:
        yield opened


def test_it_resumes_what_failed_for_a_time_frees_what_is_lost_and_does_what_it_is_asked(
    cli: CommandLine, ui: DagsterUi, openai: FakeOpenAI
) -> None:
    # A 429 passes: nobody does anything, and the run is completed all the same.
    openai.fail_next(IMAGES, 429, "rate limited")
    failed = ui.launch({"source_url": str(EXAMPLE)})
    run = wait_until(cli, 1, lambda run: run["status"] == "completed")
    assert run["attempt"] == 2
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 2)
    resumed = ui.wait_for(run["dagster_run_id"])
    tags = {tag["key"]: tag["value"] for tag in resumed["tags"]}
    assert tags["dagster/root_run_id"] == failed
    assert tags["scribe/automatic"] == "true"
    assert tags["scribe/restored"] == "Scrape, AiRewrite"
    assert tags["scribe/outcome"] == "completed"
    assert "1,540 tokens" in tags["scribe/cost"]

    # kill -9 of a run worker: its run is freed, and resumed from where it was.
    openai.calls.clear()
    with openai.holding(IMAGES) as asked:
        killed = ui.launch({"source_url": str(EXAMPLE)})
        assert asked.wait(60)
        os.kill(worker_of(ui, killed), signal.SIGKILL)
        assert ui.wait_for(killed)["status"] == "FAILURE"
    run = wait_until(cli, 2, lambda run: run["status"] == "completed")
    assert run["attempt"] == 2
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 2)
    [story] = cli("runs", "show", "2", "--json").objects
    assert [
        (stage["stage_name"], stage["error_kind"])
        for stage in story["history"]
        if stage["outcome"] == "failed"
    ] == [("GenerateImage", "lost_worker")]

    # What is permanent waits until somebody asks; then the daemon does it.
    openai.fail_next(IMAGES, 400, "your prompt was refused", code="content_policy_violation")
    third = ui.launch({"source_url": str(EXAMPLE)})
    assert ui.wait_for(third)["status"] == "FAILURE"
    [row] = cli("runs", "show", "3", "--json").objects
    assert (row["error_kind"], row["resume_at"]) == ("permanent", None)
    asked_for = cli("resume", "3", "--detach")
    assert asked_for.code == 0, asked_for.err
    assert "No Dagster daemon" not in asked_for.err
    assert wait_until(cli, 3, lambda run: run["status"] == "completed")["attempt"] == 2

    # A fork is left to it in the same way.
    assert cli("fork", "3", "--from", "Publish", "--detach").code == 0
    assert wait_until(cli, 4, lambda run: run["status"] == "completed")["forked_from_id"] == 3


def test_it_resumes_a_run_whose_worker_was_evicted_and_not_one_that_somebody_terminated(
    cli: CommandLine, ui: DagsterUi, openai: FakeOpenAI
) -> None:
    # A pod that is evicted, or a container that is stopped, gets SIGTERM; nobody meant the run.
    with openai.holding(IMAGES) as asked:
        evicted = ui.launch({"source_url": str(EXAMPLE)})
        assert asked.wait(60)
        os.kill(worker_of(ui, evicted), signal.SIGTERM)
        assert ui.wait_for(evicted)["status"] == "FAILURE"
    run = wait_until(cli, 1, lambda run: run["status"] == "completed")
    assert run["attempt"] == 2
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 2)

    with openai.holding(IMAGES) as asked:
        terminated = ui.launch({"source_url": str(EXAMPLE)})
        assert asked.wait(60)
        ui.terminate(terminated)
        assert ui.wait_for(terminated)["status"] == "CANCELED"
    run = wait_until(cli, 2, lambda run: run["status"] == "failed")
    assert (run["error_kind"], run["resume_at"]) == ("lost_worker", None)


def test_a_launch_that_a_daemon_created_and_died_over_is_submitted_by_the_next(
    cli: CommandLine, settings: Settings
) -> None:
    # A run that somebody has asked for.
    store = RunStore.from_settings(settings)
    run = store.start(make_request(str(EXAMPLE)), DEFAULT_STAGES, job_name=content_pipeline.name)
    run.begin_stage(0)
    run.fail(0, Failure("away", ErrorKind.PERMANENT))
    store.request_resume(run.run_id)
    # The daemon has made a Dagster run for it, and dies before it has submitted that.
    instance = open_instance(settings)
    resume_sensor = build_resume_sensor(content_pipeline)
    looked = resume_sensor.evaluate_tick(build_sensor_context(instance=instance))
    [request] = looked.run_requests or []
    location = ReconstructableRepository.for_module(LOCATION_NAME, "defs", None)
    created = instance.create_run_for_job(
        content_pipeline,
        run_config=request.run_config,
        tags={
            **request.tags,
            "dagster/run_key": str(request.run_key),
            "dagster/sensor_name": resume_sensor.name,
        },
        status=DagsterRunStatus.NOT_STARTED,
        remote_job_origin=origin_of(content_pipeline),
        job_code_origin=location.get_reconstructable_job(content_pipeline.name).get_python_origin(),
    )

    with dagster_dev(PROGRAMS, cli.environment, cli.folder):
        completed = wait_until(cli, run.run_id, lambda run: run["status"] == "completed")

    assert completed["dagster_run_id"] == created.run_id
    assert [launched.run_id for launched in instance.get_runs()] == [created.run_id]


def wait_until(
    cli: CommandLine, run_id: int, is_so: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Look at a run until it is as it should be."""
    deadline = time.monotonic() + _PATIENCE
    run: dict[str, Any] = {}
    while time.monotonic() < deadline:
        found = cli("runs", "show", str(run_id), "--json").objects
        if found:
            [run] = found
            if is_so(run):
                return run
        time.sleep(1)
    raise AssertionError(f"run #{run_id} is still as it was: {run}")


def worker_of(ui: DagsterUi, dagster_run_id: str) -> int:
    """The process that executes a Dagster run, by what it says of itself."""
    messages = " ".join(
        event.get("message", "") for event in ui.run(dagster_run_id)["eventConnection"]["events"]
    )
    found = re.search(r"Executing steps in process \(pid: (\d+)\)", messages)
    assert found is not None, messages
    return int(found[1])
