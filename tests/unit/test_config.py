"""What scribe-dagster can be told, and how it takes what it is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from scribe_dagster.config import Settings
from scribe_dagster.config.environment import EnvironmentSettings
from scribe_dagster.errors import ConfigurationError

FIELDS = sorted(Settings.model_fields)

Environment = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _nothing_is_set(home: Path) -> None:
    """No variable but SCRIBE_HOME, and no .env file."""


def told(environment: Environment, **variables: str) -> Settings:
    for name, value in variables.items():
        environment.setenv(name, value)
    return Settings.load()


@pytest.mark.parametrize("field", FIELDS)
def test_every_variable_says_what_it_means(field: str) -> None:
    description = Settings.model_fields[field].description or ""

    assert description.endswith(".")


@pytest.mark.parametrize("field", FIELDS)
def test_an_empty_variable_is_as_good_as_none(monkeypatch: Environment, field: str) -> None:
    monkeypatch.delenv(field.upper(), raising=False)
    default = getattr(Settings.load(), field)

    assert getattr(told(monkeypatch, **{field.upper(): ""}), field) == default


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PIPELINE_TRACK_RUNS", "hunter2"),
        ("PIPELINE_HALT_ON_ERROR", "hunter2"),
        ("IMAGE_OPTIMIZE", "hunter2"),
        ("IMAGE_MAX_WIDTH", "hunter2"),
        ("IMAGE_MAX_WIDTH", "15"),
        ("IMAGE_MAX_WIDTH", "16384"),
        ("IMAGE_QUALITY", "0"),
        ("IMAGE_QUALITY", "101"),
        ("IMAGE_QUALITY", "82.5"),
        ("WEB_SCRAPER_TIMEOUT", "hunter2"),
        ("WEB_SCRAPER_TIMEOUT", "0"),
        ("WEB_SCRAPER_TIMEOUT", "-1"),
        ("WEB_SCRAPER_TIMEOUT", "nan"),
        ("WEB_SCRAPER_TIMEOUT", "inf"),
        ("SCRIBE_HOME", "~hunter2/scribe"),
    ],
)
def test_a_bad_value_names_its_variable_and_is_not_repeated(
    monkeypatch: Environment, variable: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"^Invalid settings\. {variable}: ") as refused:
        told(monkeypatch, **{variable: value})

    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_the_settings_of_a_plugin_are_named_as_they_are_set(monkeypatch: Environment) -> None:
    class NewsSettings(EnvironmentSettings):
        model_config = SettingsConfigDict(env_prefix="NEWS_")
        key: str

    with pytest.raises(ConfigurationError, match=r"^Invalid settings\. NEWS_KEY: it is not set\.$"):
        NewsSettings.load()


def test_all_bad_values_are_named_at_once(monkeypatch: Environment) -> None:
    with pytest.raises(ConfigurationError, match=r"IMAGE_QUALITY: .*WEB_SCRAPER_TIMEOUT: "):
        told(monkeypatch, IMAGE_QUALITY="0", WEB_SCRAPER_TIMEOUT="0")


def test_variables_of_other_programs_are_ignored(monkeypatch: Environment) -> None:
    told(monkeypatch, SCRIBE_SOMETHING_ELSE="1", IMAGE_VIEWER="feh")


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.load().image_quality = 1


# -- The .env file. --


def test_variables_are_read_from_a_file_in_the_working_directory() -> None:
    Path(".env").write_text('# mine\nIMAGE_QUALITY=7\nAI_OUTPUT_LANGUAGE="español"\n', "utf-8")

    settings = Settings.load()

    assert (settings.image_quality, settings.ai_output_language) == (7, "español")


def test_the_environment_goes_before_the_file(monkeypatch: Environment) -> None:
    Path(".env").write_text("IMAGE_QUALITY=7\n", "utf-8")

    assert told(monkeypatch, IMAGE_QUALITY="8").image_quality == 8


def test_a_file_that_is_not_utf_8_is_refused() -> None:
    Path(".env").write_bytes(b"AI_OUTPUT_LANGUAGE=espa\xf1ol\n")

    with pytest.raises(ConfigurationError, match=r"\.env file is not UTF-8"):
        Settings.load()


def test_importing_the_settings_reads_nothing() -> None:
    Path(".env").write_text("IMAGE_QUALITY=hunter2\n", "utf-8")

    subprocess.run([sys.executable, "-c", "import scribe_dagster.config"], check=True)


# -- The database. --


def test_by_default_the_database_is_a_file_of_our_own_in_the_home_folder(home: Path) -> None:
    settings = Settings.load()

    assert settings.database_is_embedded
    assert settings.database_url == f"sqlite:///{home / 'scribe.db'}"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/articles", "postgresql+psycopg2://u:p@db/articles"),
        ("postgresql://u:p@db/articles?x=1", "postgresql+psycopg2://u:p@db/articles?x=1"),
        ("postgresql+psycopg://u:p@db/articles", "postgresql+psycopg://u:p@db/articles"),
        ("sqlite:////data/scribe.db", "sqlite:////data/scribe.db"),
    ],
)
def test_a_postgres_url_that_names_no_driver_gets_the_one_we_bring(
    monkeypatch: Environment, given: str, used: str
) -> None:
    settings = told(monkeypatch, SCRIBE_DATABASE_URL=given)

    assert settings.database_url == used
    assert not settings.database_is_embedded


# -- Folders, lists, secrets. --


def test_everything_is_kept_below_the_home_folder(home: Path) -> None:
    settings = Settings.load()

    assert settings.scribe_home == home
    for folder in (settings.images_dir, settings.site_dir, settings.dagster_home):
        assert folder.parent == home


def test_a_home_folder_may_be_given_relative_to_where_one_is_or_to_ones_own(
    monkeypatch: Environment, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert told(monkeypatch, SCRIBE_HOME="here").scribe_home == Path.cwd() / "here"
    assert told(monkeypatch, SCRIBE_HOME="~/there").scribe_home == tmp_path / "there"


@pytest.mark.parametrize(
    ("listed", "channels"),
    [
        ("site", ("site",)),
        ("site,log", ("site", "log")),
        (" site , log ,", ("site", "log")),
        (",", ()),
    ],
)
def test_channels_are_listed_with_commas(
    monkeypatch: Environment, listed: str, channels: tuple[str, ...]
) -> None:
    assert told(monkeypatch, PUBLISHER_CHANNELS=listed).publisher_channels == channels


def test_secrets_can_be_asked_for_and_are_not_shown_by_accident(monkeypatch: Environment) -> None:
    url = "postgresql+psycopg2://u:hunter2@db/articles"

    settings = told(monkeypatch, OPENAI_API_KEY="sk-hunter2", SCRIBE_DATABASE_URL=url)

    assert set(settings.secrets) == {"sk-hunter2", url}
    assert "hunter2" not in f"{settings} {settings!r}"


@pytest.mark.parametrize(
    ("url", "is_secret"),
    [
        ("s3://bucket/folder", False),
        ("sftp://ida:hunter22@host/folder", True),
        ("az://container/folder?sig=hunter22", True),
    ],
)
def test_an_address_is_a_secret_only_when_it_holds_one(
    monkeypatch: Environment, url: str, is_secret: bool
) -> None:
    assert (url in told(monkeypatch, IMAGE_STORE_URL=url).secrets) is is_secret


def test_without_secrets_there_are_none() -> None:
    assert Settings.load().secrets == ()


def test_what_plugins_call_a_secret_is_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIXELFED_TOKEN", "ACME_API_KEY", "acme_password", "ACME_WEBHOOK_URL"):
        monkeypatch.setenv(name, f"https://{name.lower()}.example")
    monkeypatch.setenv("ACME_SECRET", "/run/secrets/acme")
    monkeypatch.setenv("OTHER_TOKEN", "none")
    Path(".env").write_text("FROM_A_FILE_KEY=written-in-a-file\n")

    secrets = Settings.load().secrets

    assert "https://pixelfed_token.example" in secrets
    assert "https://acme_api_key.example" in secrets
    assert "https://acme_password.example" in secrets
    assert "https://acme_webhook_url.example" in secrets
    assert "written-in-a-file" in secrets
    # A path tells where a secret lies, and is needed to say that nothing is there.
    assert not {"/run/secrets/acme", "none"} & set(secrets)
