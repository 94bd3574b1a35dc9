"""The same six steps as plain Dagster ops, on Dagster as it ships."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from dagster import (
    DagsterInstance,
    DependencyDefinition,
    GraphDefinition,
    In,
    JobDefinition,
    OpDefinition,
    fs_io_manager,
    in_process_executor,
    op,
)
from dagster._core.instance.ref import InstanceRef

from benchmarks.workload import REQUEST, STAGE_NAMES, grow


def stock_instance(home: Path) -> DagsterInstance:
    """Open the instance that Dagster opens where no dagster.yaml says otherwise."""
    home.mkdir()
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(home)))


def _row_of(ops: list[OpDefinition], name: str, **options: Any) -> JobDefinition:
    names = [each.name for each in ops]
    graph = GraphDefinition(
        name=name,
        node_defs=ops,
        dependencies={
            after: {"value": DependencyDefinition(before)} for before, after in pairwise(names)
        },
    )
    return graph.to_job(**options)


def _growing_op(name: str) -> OpDefinition:
    @op(name=name, ins={} if name == STAGE_NAMES[0] else {"value": In()})
    def compute(_context, **inputs):  # type: ignore[no-untyped-def]
        return grow(inputs.get("value", REQUEST), name)

    return compute


def _empty_op(name: str) -> OpDefinition:
    @op(name=name, ins={} if name == STAGE_NAMES[0] else {"value": In()})
    def compute(_context, **inputs):  # type: ignore[no-untyped-def]
        return None

    return compute


_GROWING = [_growing_op(name) for name in STAGE_NAMES]
_EMPTY = [_empty_op(name) for name in STAGE_NAMES]

growing_job = _row_of(_GROWING, "growing_job")
"""``execute_in_process`` keeps the values between the ops of this one in memory."""

growing_job_on_files = _row_of(
    _GROWING,
    "growing_job_on_files",
    resource_defs={"io_manager": fs_io_manager},
    executor_def=in_process_executor,
)

empty_job = _row_of(_EMPTY, "empty_job")
"""Runs with Dagster's default executor, which starts a process for each op."""

empty_job_in_process = _row_of(_EMPTY, "empty_job_in_process", executor_def=in_process_executor)


def reconstruct_growing_job_on_files() -> JobDefinition:
    """Let ``execute_job`` find the job again, as it insists on doing."""
    return growing_job_on_files
