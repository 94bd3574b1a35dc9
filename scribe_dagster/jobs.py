"""The job: stages in a row, each an op."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from dagster import (
    Config,
    DependencyDefinition,
    ExecutorDefinition,
    GraphDefinition,
    JobDefinition,
    LoggerDefinition,
    ResourceDefinition,
    colored_console_logger,
    config_mapping,
    in_process_executor,
)
from pydantic import Field

from scribe_dagster.config.settings import DEFAULT_STAGES as DEFAULT_STAGES
from scribe_dagster.domain.events import ignore_progress
from scribe_dagster.domain.known_jobs import JOB_NAME as JOB_NAME
from scribe_dagster.domain.stage import Stage
from scribe_dagster.domain.stage_order import misplaced
from scribe_dagster.drivers.registry import PluginGroup, load
from scribe_dagster.errors import ConfigurationError, UnknownStage
from scribe_dagster.ops.stage import stage_op
from scribe_dagster.resources.articles import ArticlesResource
from scribe_dagster.resources.channels import ChannelsResource
from scribe_dagster.resources.failure_policy import FailurePolicyResource
from scribe_dagster.resources.image_model import ImageModelResource
from scribe_dagster.resources.image_optimiser import ImageOptimiserResource
from scribe_dagster.resources.image_store import ImageStoreResource
from scribe_dagster.resources.payload_io import payload_io_manager
from scribe_dagster.resources.publication_ledger import PublicationLedgerResource
from scribe_dagster.resources.request import RequestResource
from scribe_dagster.resources.settings_resource import SettingsResource
from scribe_dagster.resources.sources import SourcesResource
from scribe_dagster.resources.text_model import TextModelResource
from scribe_dagster.resources.tracking import TrackingResource


class LaunchConfig(Config):
    """What the Launchpad asks for: a source_url, and no more than that is needed."""

    source_url: str = Field(description="URL of a page, or path of a file on the worker.")
    source: str | None = Field(
        default=None,
        description="Source driver: web, file, feed, or a plugin's. Default: by the URL.",
    )
    categories: str | None = Field(
        default=None, description='Categories the model may choose from, such as "1:Tech,2:Health".'
    )
    language: str | None = Field(
        default=None, description="Language to write in. Default: AI_OUTPUT_LANGUAGE."
    )
    staged_content_id: int | None = Field(
        default=None, description="The staged entry of a feed to process. Default: the source_url."
    )
    if_exists: str | None = Field(
        default=None,
        description="If the source has a run already: run (again), skip, or reuse (resume it). "
        "Default: run.",
    )


@config_mapping
def launch_config(config: LaunchConfig) -> dict[str, Any]:
    """Hand what the Launchpad was told to the request resource."""
    told = {key: value for key, value in config.model_dump().items() if value is not None}
    return {"resources": {"request": {"config": told}}, "loggers": {"console": {}}}


def content_resources() -> dict[str, SettingsResource[Any]]:
    """Return the resources of the built-in stages and of tracking, by their keys.

    Give your own stages theirs with ``build_content_job(resources={...})``; a key that stands here
    replaces the built-in resource.
    """
    return {
        "tracking": TrackingResource(),
        "policy": FailurePolicyResource(),
        "sources": SourcesResource(),
        "ai": TextModelResource(),
        "image_model": ImageModelResource(),
        "image_store": ImageStoreResource(),
        "image_optimiser": ImageOptimiserResource(),
        "articles": ArticlesResource(),
        "channels": ChannelsResource(),
        "ledger": PublicationLedgerResource(),
    }


def resolve_stages(stages: Sequence[Stage | str] | None = None) -> tuple[Stage, ...]:
    """Return stages by name or by themselves; the default ones if none are given.

    Raises:
        UnknownPlugin: No stage of that name is installed.
        ConfigurationError: There are no stages, two of one name, or one stands before the one
            whose work it needs.
    """
    found = tuple(
        stage if isinstance(stage, Stage) else load(PluginGroup.STAGES, stage)
        for stage in (DEFAULT_STAGES if stages is None else stages)
    )
    names = [stage.name for stage in found]
    if not names:
        raise ConfigurationError("A pipeline needs at least one stage.")
    if len(set(names)) < len(names):
        raise ConfigurationError(f"Every stage needs a name of its own: {', '.join(names)}.")
    if wrong := misplaced(names):
        raise ConfigurationError(f"The stages are in the wrong order: {wrong}.")
    return found


def position_of(stage: str, names: Sequence[str]) -> int:
    """Return where a stage stands among those of a pipeline.

    Raises:
        UnknownStage: It is none of them.
    """
    if stage not in names:
        raise UnknownStage.named(stage, known=names)
    return list(names).index(stage)


def build_content_job(
    stages: Sequence[Stage | str] | None = None,
    *,
    name: str = JOB_NAME,
    resources: Mapping[str, object] | None = None,
    executor: ExecutorDefinition = in_process_executor,
    console: LoggerDefinition = colored_console_logger,
) -> JobDefinition:
    """Build a tracked, resumable job of these stages, one op each.

    Args:
        stages: Stages, or names of installed ones, in order. Default: ``DEFAULT_STAGES``.
        name: The job's name.
        resources: Resources for stages of your own, or in place of built-in ones.
        executor: How Dagster runs the ops. They depend on each other in a row, so running each
            in a process of its own only costs time.
        console: What writes Dagster's log to the terminal.

    Raises:
        UnknownPlugin: No stage of that name is installed.
        ConfigurationError: There are no stages, two of one name, or one lacks a resource.
    """
    chain = resolve_stages(stages)
    names = tuple(stage.name for stage in chain)
    available: dict[str, Any] = {
        **content_resources(),
        "request": RequestResource.configure_at_launch(),
        "progress": ResourceDefinition.hardcoded_resource(ignore_progress),
        "payload_io": payload_io_manager,
        **(resources or {}),
    }
    for stage in chain:
        if missing := sorted(stage.resource_keys - available.keys()):
            raise ConfigurationError(
                f"The stage {stage.name} needs the resource {missing[0]!r}. "
                f"Pass it, as resources={{{missing[0]!r}: ...}}, to build_content_job or "
                "ContentPipeline."
            )
    graph = GraphDefinition(
        name=name,
        description="Turns a URL into a published article; a failed run resumes where it failed.",
        node_defs=[stage_op(stage, index, names) for index, stage in enumerate(chain)],
        dependencies={
            after: {"payload": DependencyDefinition(before)} for before, after in pairwise(names)
        },
    )
    return graph.to_job(
        resource_defs=available,
        config=launch_config,
        executor_def=executor,
        logger_defs={"console": console},
    )
