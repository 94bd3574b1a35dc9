"""Every setting: its environment variable, its default, its meaning.

Settings are read from the environment and from a ``.env`` file in the working directory, once,
when somebody asks for them: importing scribe-dagster reads nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from scribe_dagster.channel_settings import ChannelSettings
from scribe_dagster.errors import ConfigurationError

_DRIVERLESS_POSTGRES = ("postgres://", "postgresql://")


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

    ai_provider: str = Field("local", description="Text model provider: local, openai.")
    ai_image_provider: str = Field("local", description="Image model provider: local, openai.")
    ai_output_language: str | None = Field(
        None, description="Language articles are written in. Default: that of the source."
    )

    openai_api_key: SecretStr | None = Field(None, description="Key of the OpenAI API.")
    openai_base_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible endpoint, up to and with /v1."
    )
    openai_content_model: str = Field("gpt-5.4-mini", description="Model that rewrites.")
    openai_fallback_model: str | None = Field(
        None, description="Model to ask when OPENAI_CONTENT_MODEL fails."
    )
    openai_image_model: str = Field("gpt-image-2", description="Model that draws covers.")
    openai_image_size: str = Field("1536x1024", description="Size of a drawn cover, in pixels.")

    image_optimize: bool = Field(True, description="Convert covers to WebP of a bounded width.")
    image_max_width: int = Field(
        1600, ge=16, le=16_383, description="Widest cover kept, in pixels."
    )
    image_quality: int = Field(82, ge=1, le=100, description="WebP quality, 1 to 100.")

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
        """Values that must never be shown or stored."""
        held = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in held if isinstance(value, SecretStr))
