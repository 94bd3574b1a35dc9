"""Every setting: its environment variable, its default, its meaning.

Settings are read from the environment and from a ``.env`` file in the working directory, once,
when somebody asks for them: importing scribe-dagster reads nothing.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from scribe_dagster.channel_settings import ChannelSettings
from scribe_dagster.errors import ConfigurationError

_NAMES_A_SECRET = re.compile(
    r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|DSN|WEBHOOK(_URL)?)$", re.IGNORECASE
)
_SHORTEST_SECRET = 8
_DRIVERLESS_POSTGRES = ("postgres://", "postgresql://")


def _may_be_a_secret(value: str) -> bool:
    # Neither a flag nor the path of a file that holds one.
    return len(value) >= _SHORTEST_SECRET and not value.startswith(("/", "~", "./"))


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


def _comma_separated(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


class Settings(ChannelSettings):
    """What scribe-dagster can be told; the variable is the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        validate_default=True,
    )

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
        "transient failure or a lost worker. 0: only when somebody asks.",
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

    ai_provider: str = Field(
        "local", description="Text model provider: local, openai, anthropic, gemini, ollama."
    )
    ai_image_provider: str = Field(
        "local", description="Image model provider: local, openai, gemini, lead."
    )
    prompts_dir: Path | None = Field(
        None, description="Folder with prompts of your own, which replace the packaged ones."
    )
    ai_output_language: str | None = Field(
        None, description="Language articles are written in. Default: that of the source."
    )

    ai_fallbacks: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)] = Field(
        (),
        description="Who is asked when AI_PROVIDER gives no usable answer, in order, separated by "
        "commas: PROVIDER or PROVIDER:MODEL.",
    )
    ai_image_fallbacks: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)] = (
        Field((), description="The same for AI_IMAGE_PROVIDER.")
    )
    ai_list_prices: bool = Field(
        False,
        description="Count what a base URL of your own answers at the list prices of the provider "
        "whose protocol it speaks. For a proxy in front of it.",
    )

    openai_api_key: SecretStr | None = Field(None, description="Key of the OpenAI API.")
    openai_base_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible endpoint, up to and with /v1."
    )
    openai_content_model: str = Field("gpt-5.4-mini", description="Model that rewrites.")
    openai_fallback_model: str | None = Field(
        None, description="Model to ask first when OPENAI_CONTENT_MODEL fails."
    )
    openai_image_model: str = Field("gpt-image-2", description="Model that draws covers.")
    openai_image_size: str = Field("1536x1024", description="Size of a drawn cover, in pixels.")

    anthropic_api_key: SecretStr | None = Field(None, description="Key of the Anthropic API.")
    anthropic_base_url: str | None = Field(
        None, description="Address of a proxy that speaks Anthropic's protocol."
    )
    anthropic_content_model: str = Field("claude-sonnet-5-5", description="Model that rewrites.")

    gemini_api_key: SecretStr | None = Field(None, description="Key of Google's Gemini API.")
    gemini_base_url: str | None = Field(
        None, description="Address of a proxy that speaks the Gemini API's protocol."
    )
    gemini_content_model: str = Field("gemini-3.8-flash", description="Model that rewrites.")

    gemini_image_model: str = Field(
        "gemini-nano-banana-2.1", description="Model that draws covers."
    )
    gemini_image_aspect_ratio: str = Field(
        "3:2", pattern=r"^\d+:\d+$", description="Width to height of a drawn cover."
    )

    ollama_api_key: SecretStr | None = Field(
        None, description="Key of Ollama's cloud, or of a proxy; a server at home needs none."
    )
    ollama_base_url: str = Field(
        "http://127.0.0.1:11434", description="Address of the Ollama server."
    )
    ollama_content_model: str = Field("llama3.2", description="Model that rewrites.")
    ollama_context_length: int = Field(
        16_384, ge=2_048, description="Context window to ask Ollama for, in tokens."
    )
    ollama_timeout: float = Field(
        600.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest time to wait for Ollama's answer, in seconds.",
    )

    image_optimize: bool = Field(
        True, description="Convert covers to IMAGE_FORMAT, of a bounded width."
    )
    image_store_url: SecretStr | None = Field(
        None,
        description="Where images are kept: s3://bucket/folder, gs://..., az://..., or any URL "
        "that fsspec knows. Default: the folder images in SCRIBE_HOME.",
    )
    image_max_width: int = Field(
        1600, ge=16, le=16_383, description="Widest cover kept, in pixels."
    )
    image_format: Literal["webp", "avif"] = Field(
        "webp", description="webp, or avif, which is smaller and takes longer to make."
    )
    image_widths: Annotated[
        tuple[Annotated[int, Field(ge=16, le=16_383)], ...],
        NoDecode,
        BeforeValidator(_comma_separated),
    ] = Field(
        (480, 960),
        description="Widths of narrower covers, for narrower screens, in pixels.",
    )
    image_quality: int = Field(
        82, ge=1, le=100, description="Quality of what is converted, 1 to 100."
    )

    publisher_channels: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)] = (
        Field(("log", "site"), description="Channels to publish to, separated by commas.")
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

    scribe_allow_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)] = (
        Field(
            (),
            description="Hosts that may be read although they are not on the public internet, as "
            "host or host:port, separated by commas.",
        )
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

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        Raises:
            ConfigurationError: The .env file is not text, or a variable holds a value that cannot
                be used. The message names the variables and never repeats their values, which
                may be secrets.
        """
        try:
            return cls()
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
                for fault in error.errors(include_input=False, include_url=False)
            )
            raise ConfigurationError(f"Invalid settings. {faults}.") from None
        except UnicodeDecodeError:
            raise ConfigurationError("The .env file is not UTF-8. Save it as UTF-8.") from None

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

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must never be shown or stored: ours, and by their names those of plugins.

        A plugin reads settings that nobody here has heard of; what they are called tells.
        """
        from dotenv import dotenv_values

        held = (getattr(self, name) for name in type(self).model_fields)
        ours = (value.get_secret_value() for value in held if isinstance(value, SecretStr))
        theirs = (
            value
            for name, value in {**dotenv_values(".env"), **os.environ}.items()
            if value and _NAMES_A_SECRET.search(name) and _may_be_a_secret(value)
        )
        return tuple(dict.fromkeys((*ours, *theirs)))
