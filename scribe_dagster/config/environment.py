"""Settings as they are found: in the environment, and in a ``.env`` file beside it."""

from __future__ import annotations

from typing import Self

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from scribe_dagster.errors import ConfigurationError


class EnvironmentSettings(BaseSettings):
    """Fields that are read from the variables of their names, in capitals.

    The environment comes before ``.env`` in the working directory; an empty variable is as good
    as none. A plugin derives its own settings from it.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        validate_default=True,
    )

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        Raises:
            ConfigurationError: The .env file is not text, or a variable is missing, or holds a
                value that cannot be used. The message names the variables and never repeats their
                values, which may be secrets.
        """
        try:
            return cls()
        except ValidationError as error:
            prefix = cls.model_config.get("env_prefix", "")
            faults = "; ".join(
                f"{prefix}{'.'.join(str(part) for part in fault['loc'])}: ".upper()
                + (
                    "it is not set"
                    if fault["type"] == "missing"
                    else fault["msg"].removeprefix("Value error, ")
                )
                for fault in error.errors(include_input=False, include_url=False)
            )
            raise ConfigurationError(f"Invalid settings. {faults}.") from None
        except UnicodeDecodeError:
            raise ConfigurationError("The .env file is not UTF-8. Save it as UTF-8.") from None
