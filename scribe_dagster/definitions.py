"""What ``dagster dev`` and ``dagster job execute`` load."""

from dagster import AssetSpec, Definitions

from scribe_dagster.config.settings import PipelineSettings
from scribe_dagster.jobs import build_content_job
from scribe_dagster.ops.metadata import ARTICLE_ASSET, IMAGE_ASSET
from scribe_dagster.schedules import prune_daily, prune_job
from scribe_dagster.sensors.feeds import build_feed_sensor
from scribe_dagster.sensors.lost_workers import lost_worker_sensor, reaper_sensor
from scribe_dagster.sensors.resume import build_resume_sensor

# The one setting that is read when the code location is loaded: an op is part of its definition.
content_pipeline = build_content_job(PipelineSettings.load().pipeline_stages)

defs = Definitions(
    jobs=[content_pipeline, prune_job],
    schedules=[prune_daily],
    sensors=[
        build_resume_sensor(content_pipeline),
        build_feed_sensor(content_pipeline),
        lost_worker_sensor,
        reaper_sensor,
    ],
    assets=[
        AssetSpec(
            ARTICLE_ASSET,
            description="Articles made by content_pipeline, one materialization each.",
            group_name="scribe",
        ),
        AssetSpec(
            IMAGE_ASSET,
            description="Their cover images, one materialization for each version.",
            group_name="scribe",
        ),
    ],
)
