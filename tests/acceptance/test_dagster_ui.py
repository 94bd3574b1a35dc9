"""The same product in Dagster's UI: a real webserver, daemon and code server.

Once as `scribe-dagster dev` on the embedded database, and once as deploy/README.md says, with
Dagster's tables and ours in one PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.command_line import PROGRAMS
from fakes.dagster_servers import dagster_dev, deployment
from fakes.dagster_ui import DagsterUi
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes

STORY = "A title of its own\n\n" + "The tide came in slowly over the flats at dusk. " * 20


@pytest.fixture(params=["dev", pytest.param("deployment", marks=pytest.mark.postgres)])
def ui(request: pytest.FixtureRequest, cli: CommandLine, openai: FakeOpenAI) -> Iterator[DagsterUi]:
    # On a slow machine the daemon would be there before whoever presses the button.
    cli.environment["PIPELINE_AUTO_RESUME"] = "0"
    if request.param == "dev":
        with dagster_dev(PROGRAMS, cli.environment, cli.folder) as opened:
            yield opened
        return
    cli.environment["SCRIBE_DATABASE_URL"] = request.getfixturevalue("empty_postgres_url")
    cli.keep_dagster_in_postgres()
    assert cli("migrate").code == 0
    with deployment(PROGRAMS, cli.environment, cli.folder) as opened:
        yield opened


def test_a_run_is_launched_watched_and_re_executed_from_failure(
    cli: CommandLine, ui: DagsterUi, openai: FakeOpenAI
) -> None:
    # A run of the command line shows up in the UI, which shares its home.
    [from_shell] = cli("process", str(EXAMPLE), "--json").objects
    assert ui.run(from_shell["dagster_run_id"])["status"] == "SUCCESS"
    assert "content_pipeline" in {job["name"] for job in ui.repository()["pipelines"]}
    openai.calls.clear()

    # The Launchpad needs a source_url and nothing else.
    openai.fail_next(IMAGES, 429, "rate limited")
    launched = ui.launch({"source_url": str(EXAMPLE)})
    failed = ui.wait_for(launched)
    assert failed["status"] == "FAILURE"
    [row] = cli("runs", "--status", "failed", "--json").objects
    assert (row["dagster_run_id"], row["error_stage"]) == (launched, "GenerateImage")
    assert {"key": "scribe/pipeline_run", "value": str(row["id"])} in failed["tags"]

    # Re-execute from failure resumes the same row and pays for no stage again.
    resumed = ui.wait_for(ui.reexecute(launched, "FROM_FAILURE"))
    assert resumed["status"] == "SUCCESS"
    [again] = [run for run in cli("runs", "--json").objects if run["id"] == row["id"]]
    assert (again["status"], again["attempt"]) == ("completed", 2)
    assert openai.count(CHAT) == 1
    assert openai.count(IMAGES) == 2

    # What people want to look at is on the page: the article, the cover, the catalogue.
    events = failed["eventConnection"]["events"] + resumed["eventConnection"]["events"]
    shown = {
        (event["stepKey"], entry["label"]): entry
        for event in events
        if event["__typename"] == "ExecutionStepOutputEvent"
        for entry in event["metadataEntries"]
    }
    assert "# The last bus now waits" in shown["AiRewrite", "preview"]["mdStr"]
    assert shown["AiRewrite", "input_tokens"]["intValue"] == 1200
    assert "data:image/webp;base64," in shown["OptimiseImage", "cover"]["mdStr"]
    assert shown["Publish", "pipeline_run"]["intValue"] == row["id"]
    assets = {
        tuple(event["assetKey"]["path"])
        for event in events
        if event["__typename"] == "MaterializationEvent"
    }
    assert assets == {("scribe", "article"), ("scribe", "article_image")}

    # Re-execute all steps is a new run that knows where it came from.
    forked = ui.reexecute(launched, "ALL_STEPS")
    assert ui.wait_for(forked)["status"] == "SUCCESS"
    [fork] = [run for run in cli("runs", "--json").objects if run["dagster_run_id"] == forked]
    assert fork["id"] != row["id"]
    assert fork["forked_from_id"] == row["id"]


def test_a_run_of_the_command_line_is_re_executed_like_any_other(
    cli: CommandLine, ui: DagsterUi, openai: FakeOpenAI
) -> None:
    openai.fail_next(IMAGES, 429, "rate limited")
    [failed] = cli("process", "--text", STORY, "--json").objects

    # The page offers its buttons without a warning: it has loaded the very job this is a run of.
    [job] = [j for j in ui.repository()["pipelines"] if j["name"] == "content_pipeline"]
    page = ui.buttons(failed["dagster_run_id"])
    assert page["repositoryOrigin"] == {
        "repositoryName": ui.repository()["name"],
        "repositoryLocationName": ui.repository()["location"]["name"],
    }
    assert page["pipelineSnapshotId"] == job["pipelineSnapshotId"]
    assert page["executionPlan"]["artifactsPersisted"]
    assert page["hasReExecutePermission"]

    # From failure: the same row goes on, and the text model is not asked again.
    resumed = ui.reexecute(failed["dagster_run_id"], "FROM_FAILURE")
    assert ui.wait_for(resumed)["status"] == "SUCCESS"
    [row] = cli("runs", "--json").objects
    assert (row["id"], row["status"], row["attempt"]) == (failed["id"], "completed", 2)
    assert row["dagster_run_id"] == resumed
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 2)

    # All steps: a new run, of a text that no run config could hold.
    forked = ui.reexecute(failed["dagster_run_id"], "ALL_STEPS")
    assert ui.wait_for(forked)["status"] == "SUCCESS"
    fork = cli("runs", "--json").objects[0]
    assert (fork["dagster_run_id"], fork["forked_from_id"]) == (forked, row["id"])
    assert fork["payload_snapshot"]["source_text"] == STORY
    assert openai.count(CHAT) == 2

    # From selected: a new run that starts from the stored state.
    last_two = ui.reexecute_steps(failed["dagster_run_id"], "CreateArticle", "Publish")
    assert ui.wait_for(last_two)["status"] == "SUCCESS"
    fork = cli("runs", "--json").objects[0]
    assert (fork["dagster_run_id"], fork["forked_from_id"]) == (last_two, row["id"])
    assert openai.count(CHAT) == 2
