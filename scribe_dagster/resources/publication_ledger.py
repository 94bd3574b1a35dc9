"""Where publications are written down."""

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.resources.settings_resource import SettingsResource


class PublicationLedgerResource(SettingsResource[PublicationLedger]):
    """The ledger of publications in the shared database."""

    def open(self, settings: Settings) -> PublicationLedger:
        """Open the ledger; nothing is connected yet."""
        return PublicationLedger(Database.from_settings(settings), secrets=settings.secrets)
