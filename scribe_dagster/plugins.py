"""All that a plugin needs: what stands here stays, whatever moves behind it.

A source, a model or a channel is a class that fits its Protocol; a stage is a function under
``@stage``. An entry point of the package registers it; docs/plugins.md tells how.
"""

from scribe_dagster.config import Settings
from scribe_dagster.config.channels import SecretWebAddress, WebAddress
from scribe_dagster.config.environment import EnvironmentSettings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.sanitise import sanitise_article
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.stage import Stage, stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.usage import Usage
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest, TextModel
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageModel, ImageRequest
from scribe_dagster.drivers.publishers.announcement import Announcement
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi, wait_in_header
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.drivers.sources.protocol import Source
from scribe_dagster.drivers.web.download import Download, Downloader
from scribe_dagster.errors import (
    CannotTell,
    ConfigurationError,
    DownloadError,
    ErrorKind,
    ImageError,
    ModelError,
    NotTaken,
    NotUnderstood,
    PublishError,
    Rejected,
    SourceError,
    StageError,
)

__all__ = [
    "Announcement",
    "Answer",
    "Article",
    "CannotTell",
    "Category",
    "Channel",
    "ChannelApi",
    "ConfigurationError",
    "ContentPayload",
    "Download",
    "DownloadError",
    "Downloader",
    "Draft",
    "EnvironmentSettings",
    "ErrorKind",
    "GeneratedImage",
    "ImageError",
    "ImageModel",
    "ImageRequest",
    "ModelError",
    "NotTaken",
    "NotUnderstood",
    "Post",
    "PublishError",
    "Receipt",
    "Rejected",
    "Rewrite",
    "RewriteRequest",
    "ScrapedContent",
    "SecretWebAddress",
    "Settings",
    "Source",
    "SourceError",
    "Stage",
    "StageError",
    "StageResult",
    "StoredImage",
    "TextModel",
    "Usage",
    "WebAddress",
    "sanitise_article",
    "stage",
    "wait_in_header",
]
