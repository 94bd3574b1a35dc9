"""A run of ContentPipeline names the code location that can re-execute it, if there is one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun
from dagster._core.workspace.load import location_origins_from_yaml_paths

from scribe_dagster import ContentPayload, ContentPipeline
from scribe_dagster.config import Settings
from scribe_dagster.definitions import defs
from scribe_dagster.execution.code_location import LOCATION_NAME
from scribe_dagster.jobs import DEFAULT_STAGES, JOB_NAME

STORY = "A title of its own\n\n" + "The tide came in slowly over the flats at dusk. " * 20


@pytest.fixture
def pipeline(settings: Settings, instance: DagsterInstance) -> ContentPipeline:
    return ContentPipeline(settings=settings, instance=instance)


def _only_run(instance: DagsterInstance) -> DagsterRun:
    [run] = instance.get_runs()
    return run


def test_a_run_is_recorded_as_one_of_the_job_that_the_ui_loads(
    pipeline: ContentPipeline, instance: DagsterInstance
) -> None:
    assert pipeline.process(text=STORY).succeeded

    run, loaded = _only_run(instance), defs.get_repository_def()
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.location_name == LOCATION_NAME == "scribe_dagster.definitions"
    assert run.remote_job_origin.repository_origin.repository_name == loaded.name
    assert run.remote_job_origin.job_name == run.job_name
    assert run.job_snapshot_id == loaded.get_job(run.job_name).get_job_snapshot_id()


def test_our_workspace_file_loads_it_under_the_same_name() -> None:
    workspace = Path(__file__).parents[2] / "workspace.yaml"

    [location] = location_origins_from_yaml_paths([str(workspace)])
    assert location.location_name == LOCATION_NAME


def test_it_loads_with_settings_that_no_run_could_use(home: Path) -> None:
    wrong = {"WORDPRESS_URL": "nonsense", "SCRIBE_BUDGET_PER_DAY": "much"}

    loaded = subprocess.run(
        [sys.executable, "-c", "from scribe_dagster.definitions import defs"],
        env={**os.environ, **wrong},
        capture_output=True,
        text=True,
        check=False,
    )

    # The UI shows the runs that there are; the next one says what is wrong.
    assert loaded.returncode == 0, loaded.stderr


def test_the_usual_stages_by_name_are_the_usual_job(
    pipeline: ContentPipeline, instance: DagsterInstance
) -> None:
    pipeline.through(DEFAULT_STAGES).without_tracking().process(text=STORY)

    assert _only_run(instance).remote_job_origin is not None


@pytest.mark.parametrize("own", ["stages", "resources"])
def test_what_only_this_process_knows_is_of_no_code_location(
    settings: Settings, instance: DagsterInstance, own: str
) -> None:
    usual = ContentPipeline(settings=settings, instance=instance)
    changed = {
        "stages": usual.through(["Scrape", "AiRewrite"]),
        "resources": ContentPipeline(
            settings=settings, instance=instance, resources={"channels": ()}
        ),
    }

    assert changed[own].process(text=STORY).succeeded

    run = _only_run(instance)
    assert run.remote_job_origin is None
    # The UI would offer to re-execute it with any job of the same name.
    assert run.job_name != JOB_NAME


def test_the_config_a_re_execution_inherits_tells_what_was_asked_for(
    pipeline: ContentPipeline, instance: DagsterInstance
) -> None:
    asked = ContentPayload(source_url="http://127.0.0.1:1/nobody", source="web", language="fr")

    pipeline.process(asked)

    assert _only_run(instance).run_config == {
        "source_url": "http://127.0.0.1:1/nobody",
        "source": "web",
        "language": "fr",
    }
