"""Every setting: its environment variable, its default, its meaning.

Settings are read from the environment and from a ``.env`` file in the working directory, once,
when somebody asks for them: importing scribe-dagster reads nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from scribe_dagster.config.channels import ChannelSettings
from scribe_dagster.config.comma_separated import CommaSeparated
from scribe_dagster.config.environment import EnvironmentSettings
from scribe_dagster.config.models import ModelSettings

DEFAULT_STAGES = (
    "Scrape",
    "AiRewrite",
    "GenerateImage",
    "OptimiseImage",
    "CreateArticle",
    "Publish",
)
"""The six built-in stages, in order."""

_NAMES_A_SECRET = re.compile(
    r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|DSN|WEBHOOK(_URL)?)$", re.IGNORECASE
)
_SHORTEST_SECRET = 8
_ADDRESSES = frozenset({"scribe_database_url", "image_store_url"})
"""Settings that may hold a credential; one that holds none is needed in messages."""
_DRIVERLESS_POSTGRES = ("postgres://", "postgresql://")


def _may_be_a_secret(value: str) -> bool:
    # Neither a flag nor the path of a file that holds one.
    return len(value) >= _SHORTEST_SECRET and not value.startswith(("/", "~", "./"))


def _holds_no_credential(address: SecretStr) -> bool:
    url = address.get_secret_value()
    return "@" not in url and "?" not in url


def _in_env_file() -> Mapping[str, str | None]:
    from dotenv import dotenv_values

    return dotenv_values(".env")


def host_and_port(entry: str) -> tuple[str, int | None]:
    """Read an entry of SCRIBE_ALLOW_HOSTS; without a port, every port is meant.

    Raises:
        ValueError: It is not host or host:port.
    """
    with suppress(ValueError):
        parts = urlsplit(f"//{entry}")
        host, port = parts.hostname, parts.port
        if host and parts.netloc == entry and "@" not in entry and not entry.endswith(":"):
            return host, port
    raise ValueError("each must be host or host:port; an IPv6 address stands in brackets")


class PipelineSettings(EnvironmentSettings):
    """What a code location has to know to be loaded; any other setting may be wrong meanwhile."""

    pipeline_stages: CommaSeparated = Field(
        DEFAULT_STAGES,
        min_length=1,
        description="Stages of the pipeline, in order: leave some out, or add those of plugins.",
    )


class Settings(ModelSettings, ChannelSettings, PipelineSettings):
    """What scribe-dagster can be told; the variable is the field's name in capitals."""

    scribe_home: Path = Field(
        Path("~/.scribe-dagster"),
        description="Folder for the embedded database, images, the site and Dagster's own state.",
    )
    scribe_database_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL of a shared database. Default: SQLite in SCRIBE_HOME.",
    )

    pipeline_track_runs: bool = Field(
        True, description="Write every run to the tracking tables, so that it can be resumed."
    )
    pipeline_halt_on_error: bool = Field(
        True,
        description="Fail the run at the first failed stage. When false, a failed stage that an "
        "article can do without (an image, say) is skipped with a warning.",
    )

    pipeline_lease_seconds: float = Field(
        60.0,
        ge=1,
        allow_inf_nan=False,
        description="How long a run stays its worker's without a sign of life, in seconds. A "
        "worker gives one four times as often while a stage runs.",
    )
    pipeline_auto_resume: int = Field(
        3,
        ge=0,
        description="How many times in a row the resume sensor resumes a run by itself after a "
        "transient failure, a lost worker or a day's budget that was spent. 0: only when somebody "
        "asks.",
    )
    pipeline_auto_resume_delay: float = Field(
        60.0,
        gt=0,
        le=86_400,
        description="Wait before the first of them, in seconds. It doubles each time, up to six "
        "hours; a Retry-After of the other side counts as well.",
    )

    run_retention_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="After how many days the texts stored with a run that is over are dropped, "
        "every night. Its timeline and its article stay. Default: never.",
    )

    scribe_budget_per_run: Decimal | None = Field(
        None,
        ge=0,
        description="Most that one run may spend, in US dollars. A run that has spent as much "
        "fails before the next paid call.",
    )
    scribe_budget_per_day: Decimal | None = Field(
        None,
        ge=0,
        description="Most that all runs together may spend in a day (UTC), in US dollars.",
    )

    publisher_channels: CommaSeparated = Field(
        ("log", "site"), description="Channels to publish to, separated by commas."
    )
    publisher_dry_run: bool = Field(
        False, description="Log what the Publish stage would send, and call no channel."
    )

    web_scraper_timeout: float = Field(
        30.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest time to wait for a page, in seconds, all told.",
    )
    web_scraper_user_agent: str = Field(
        "Mozilla/5.0 (compatible; scribe-dagster/0.1)",
        description="How the scraper introduces itself.",
    )

    scribe_allow_hosts: CommaSeparated = Field(
        (),
        description="Hosts that may be read although they are not on the public internet, as "
        "host or host:port, separated by commas.",
    )
    scribe_respect_robots: bool = Field(
        True, description="Leave unread what a site's robots.txt asks programs not to read."
    )
    scribe_proxy: SecretStr | None = Field(
        None,
        description="URL of an HTTP proxy through which pages and images are fetched. The one in "
        "HTTP_PROXY is not used for that: what it may reach, we could not check.",
    )

    feed_newest_at_first: int = Field(
        3,
        ge=0,
        description="How many entries of a feed to process when it is polled for the first time: "
        "its newest. Afterwards every new one is.",
    )

    @field_validator("scribe_home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        try:
            return value.expanduser().absolute()
        except RuntimeError:
            raise ValueError("the home folder that ~ stands for is not known") from None

    @field_validator("scribe_allow_hosts")
    @classmethod
    def _hosts_and_ports(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            host_and_port(entry)
        return value

    @field_validator("scribe_proxy")
    @classmethod
    def _http_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("it must be the http:// or https:// URL of a proxy")
        return value

    @field_validator("scribe_database_url")
    @classmethod
    def _name_the_driver(cls, value: SecretStr | None) -> SecretStr | None:
        # SQLAlchemy's default PostgreSQL driver differs between releases; the one dagster-postgres
        # brings is psycopg2.
        if value is None:
            return None
        url = value.get_secret_value()
        for prefix in _DRIVERLESS_POSTGRES:
            if url.startswith(prefix):
                return SecretStr("postgresql+psycopg2://" + url.removeprefix(prefix))
        return value

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL to use; it may hold a password."""
        if self.scribe_database_url is not None:
            return self.scribe_database_url.get_secret_value()
        return f"sqlite:///{self.scribe_home / 'scribe.db'}"

    @property
    def database_is_embedded(self) -> bool:
        """Whether the database is our own SQLite file, ours to migrate without asking."""
        return self.scribe_database_url is None

    @property
    def has_budget(self) -> bool:
        """Whether there is a limit to what may be spent on models."""
        return self.scribe_budget_per_run is not None or self.scribe_budget_per_day is not None

    @property
    def retain_since(self) -> datetime | None:
        """The moment before which texts need not be kept; None: they are kept for ever."""
        if self.run_retention_days is None:
            return None
        return datetime.now(UTC) - timedelta(days=self.run_retention_days)

    @property
    def images_dir(self) -> Path:
        """Root of the content-addressed image store."""
        return self.scribe_home / "images"

    @property
    def site_dir(self) -> Path:
        """Where the ``site`` channel writes its pages."""
        return self.scribe_home / "site"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own state, shared by the CLI and ``scribe-dagster dev``."""
        return self.scribe_home / "dagster"

    @classmethod
    def misspelt(cls) -> dict[str, str]:
        """Return variables that are no setting and nearly one, each with the one that was meant."""
        known = [name.upper() for name in cls.model_fields]
        found = {}
        for name in {**_in_env_file(), **os.environ}:
            if name.upper() not in known and (close := get_close_matches(name, known, 1, 0.9)):
                found[name] = close[0]
        return found

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must never be shown or stored: ours, and by their names those of plugins.

        A plugin reads settings that nobody here has heard of; what they are called tells.
        """
        held = ((name, getattr(self, name)) for name in type(self).model_fields)
        ours = (
            value.get_secret_value()
            for name, value in held
            if isinstance(value, SecretStr)
            and not (name in _ADDRESSES and _holds_no_credential(value))
        )
        theirs = (
            value
            for name, value in {**_in_env_file(), **os.environ}.items()
            if value and _NAMES_A_SECRET.search(name) and _may_be_a_secret(value)
        )
        return tuple(dict.fromkeys((*ours, *theirs)))
