"""Dagster's GraphQL API, as the pages of its UI use it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_START_PATIENCE = 120
_RUN_PATIENCE = 120

_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""

_REEXECUTE = """
mutation Reexecute($params: ReexecutionParams!) {
  launchRunReexecution(reexecutionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""

_REEXECUTE_STEPS = """
mutation ReexecuteSteps($params: ExecutionParams!) {
  launchRunReexecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""

# What the run page reads before it offers to re-execute a run, and with which of its jobs.
_BUTTONS = """
query Buttons($id: ID!) {
  runOrError(runId: $id) {
    ... on Run {
      mode pipelineName pipelineSnapshotId runConfigYaml hasReExecutePermission
      repositoryOrigin { repositoryName repositoryLocationName }
      executionPlan { artifactsPersisted }
      tags { key value }
    }
  }
}
"""

_RUN = """
query Run($id: ID!) {
  runOrError(runId: $id) {
    ... on Run {
      runId status tags { key value }
      eventConnection(limit: 1000) {
        events {
          __typename
          ... on ExecutionStepOutputEvent {
            stepKey
            metadataEntries { label ... on IntMetadataEntry { intValue }
              ... on MarkdownMetadataEntry { mdStr } ... on BoolMetadataEntry { boolValue } }
          }
          ... on MaterializationEvent { assetKey { path } }
          ... on EngineEvent { message }
        }
      }
    }
  }
}
"""

_FAILURES = """
query Failures($id: ID!) {
  runOrError(runId: $id) {
    ... on Run {
      eventConnection(limit: 1000) {
        events {
          ... on ExecutionStepFailureEvent { error { message } }
          ... on RunFailureEvent { message }
        }
      }
    }
  }
}
"""

JOBS = """
{ repositoriesOrError { ... on RepositoryConnection { nodes {
    name location { name } pipelines { name pipelineSnapshotId } } } } }
"""


TERMINATE = """
mutation ($run: String!) {
  terminateRun(runId: $run) { __typename }
}
"""


@dataclass
class DagsterUi:
    """The UI of a running webserver."""

    url: str
    pids: tuple[int, ...] = ()
    """The programs behind it, those at the top."""

    def query(self, text: str, **variables: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}/graphql",
            data=json.dumps({"query": text, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def repository(self) -> dict[str, Any]:
        [node] = self.query(JOBS)["repositoriesOrError"]["nodes"]
        found: dict[str, Any] = node
        return found

    def launch(self, config: Mapping[str, Any], job: str = "content_pipeline") -> str:
        """Launch a run as the Launchpad does; return its id."""
        repository = self.repository()
        params = {
            "selector": {
                "repositoryLocationName": repository["location"]["name"],
                "repositoryName": repository["name"],
                "pipelineName": job,
            },
            "mode": "default",
            "runConfigData": config,
        }
        answer = self.query(_LAUNCH, params=params)["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run_id: str = answer["run"]["runId"]
        return run_id

    def terminate(self, run_id: str) -> None:
        """Press Terminate."""
        answer = self.query(TERMINATE, run=run_id)["terminateRun"]
        assert answer["__typename"] == "TerminateRunSuccess", answer

    def reexecute(self, parent: str, strategy: str) -> str:
        """Press one of the re-execute buttons; return the new run's id."""
        params = {"parentRunId": parent, "strategy": strategy}
        answer = self.query(_REEXECUTE, params=params)["launchRunReexecution"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run_id: str = answer["run"]["runId"]
        return run_id

    def reexecute_steps(self, parent: str, *steps: str) -> str:
        """Re-execute selected steps of a first run; return the new run's id."""
        run, repository = self.buttons(parent), self.repository()
        told = {
            "dagster/parent_run_id": parent,
            "dagster/root_run_id": parent,
            "dagster/step_selection": f"{steps[0]}*",
        }
        tags = [*run["tags"], *({"key": key, "value": value} for key, value in told.items())]
        params = {
            "mode": run["mode"],
            "runConfigData": run["runConfigYaml"],
            "stepKeys": steps,
            "executionMetadata": {"parentRunId": parent, "rootRunId": parent, "tags": tags},
            "selector": {
                "repositoryLocationName": repository["location"]["name"],
                "repositoryName": repository["name"],
                "pipelineName": run["pipelineName"],
            },
        }
        answer = self.query(_REEXECUTE_STEPS, params=params)["launchRunReexecution"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run_id: str = answer["run"]["runId"]
        return run_id

    def buttons(self, run_id: str) -> dict[str, Any]:
        """What the buttons of a run's page depend on."""
        found: dict[str, Any] = self.query(_BUTTONS, id=run_id)["runOrError"]
        return found

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.query(_RUN, id=run_id)["runOrError"]
        return found

    def failure_of(self, run_id: str) -> str:
        """What the run's page says of its failure."""
        events = self.query(_FAILURES, id=run_id)["runOrError"]["eventConnection"]["events"]
        told = [
            event.get("message") or (event.get("error") or {}).get("message") for event in events
        ]
        return " / ".join(filter(None, told))

    def wait_for(self, run_id: str) -> dict[str, Any]:
        """Wait until the run is over; return it."""
        deadline = time.monotonic() + _RUN_PATIENCE
        while time.monotonic() < deadline:
            run = self.run(run_id)
            if run["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
                return run
            time.sleep(0.3)
        raise AssertionError(f"run {run_id} is still {run['status']}")
