"""The tables, one a file. Importing this package makes them all known to SQLAlchemy."""

from scribe_dagster.db.models.article import ArticleRow
from scribe_dagster.db.models.base import Base
from scribe_dagster.db.models.category import CategoryRow
from scribe_dagster.db.models.content_source import ContentSourceRow
from scribe_dagster.db.models.pipeline_run import PipelineRun
from scribe_dagster.db.models.pipeline_run_stage import PipelineRunStage
from scribe_dagster.db.models.publish_log import PublishLogRow
from scribe_dagster.db.models.staged_content import StagedContentRow
from scribe_dagster.db.models.tag import TagRow

__all__ = [
    "ArticleRow",
    "Base",
    "CategoryRow",
    "ContentSourceRow",
    "PipelineRun",
    "PipelineRunStage",
    "PublishLogRow",
    "StagedContentRow",
    "TagRow",
]
