"""How a payload gets from one op to the next."""

import json
from typing import Any

from dagster import (
    InitResourceContext,
    InputContext,
    IOManager,
    OutputContext,
    UPathIOManager,
    io_manager,
)
from upath import UPath

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.snapshot import dump_snapshot, load_snapshot
from scribe_dagster.errors import RunNotFound
from scribe_dagster.resources.tracking import Tracking


class SnapshotIOManager(IOManager):
    """Loads payloads from the run store, where every stage's checkpoint has put them.

    A re-execution therefore needs no files of the run before, and works on another machine.
    """

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking

    def handle_output(self, context: OutputContext, obj: ContentPayload) -> None:
        """Do nothing: the checkpoint has stored the payload already."""

    def load_input(self, context: InputContext) -> ContentPayload:
        """Load the state that the upstream stage left.

        Raises:
            RunNotFound: No pipeline run belongs to this Dagster run.
        """
        assert self._tracking.store is not None
        upstream = context.upstream_output
        assert upstream is not None
        run_id = self._tracking.locate(context.step_context.dagster_run)
        if run_id is None:
            raise RunNotFound(
                "No pipeline run belongs to this Dagster run. Launch the whole job instead."
            )
        position: int = (upstream.definition_metadata or {})["position"]
        return self._tracking.store.state_before(run_id, position + 1)


class JsonIOManager(UPathIOManager):
    """Passes payloads through JSON files, where nothing is tracked."""

    extension = ".json"

    def dump_to_path(self, context: OutputContext, obj: ContentPayload, path: UPath) -> None:
        """Write the payload."""
        path.write_text(json.dumps(dump_snapshot(obj)), encoding="utf-8")

    def load_from_path(self, context: InputContext, path: UPath) -> Any:
        """Read the payload."""
        return load_snapshot(json.loads(path.read_text(encoding="utf-8")))


@io_manager(required_resource_keys={"tracking"})
def payload_io_manager(context: InitResourceContext) -> IOManager:
    """Payloads out of the run store when runs are tracked, out of plain files when not."""
    tracking: Tracking = context.resources.tracking
    if tracking.store is not None:
        return SnapshotIOManager(tracking)
    assert context.instance is not None
    return JsonIOManager(base_path=UPath(context.instance.storage_directory()))
