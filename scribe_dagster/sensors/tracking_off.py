"""What sensors say where there are no tracking tables to look into."""

from dagster import SkipReason

TRACKING_OFF = SkipReason(
    "Tracking is off (PIPELINE_TRACK_RUNS=false), so there is nothing to look for."
)
