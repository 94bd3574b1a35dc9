"""Where articles are stored."""

from scribe_dagster.config import Settings
from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.database import Database
from scribe_dagster.resources.settings_resource import SettingsResource


class ArticlesResource(SettingsResource[ArticleStore]):
    """Articles in the shared database."""

    def open(self, settings: Settings) -> ArticleStore:
        """Open the store; nothing is connected yet."""
        return ArticleStore(Database.from_settings(settings))
