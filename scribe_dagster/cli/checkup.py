"""The checks of ``doctor``, each a function that finds something out."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from scribe_dagster.config import Settings
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.stage_order import misplaced
from scribe_dagster.errors import ScribeError

if TYPE_CHECKING:
    from scribe_dagster.drivers.registry import PluginGroup

_LEAST_ROOM = 20_000_000
"""Bytes. A run's rows, its cover and Dagster's log of it take some hundred kilobytes."""
_REACH_TIMEOUT = 5.0
"""Seconds to wait for a provider's endpoint."""


class Health(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is broken."""
    BROKEN = "broken"
    """It keeps the pipeline from running."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    subject: str
    health: Health
    detail: str


def check_all() -> Iterator[Finding]:
    """Run every check, yielding findings as they come."""
    yield Finding("Version", Health.OK, _versions())
    try:
        settings = Settings.load()
    except ScribeError as error:
        yield Finding("Settings", Health.BROKEN, str(error))
        return
    for subject, check in _CHECKS.items():
        try:
            health, detail = check(settings)
            yield Finding(subject, health, redact(detail, settings.secrets))
        except ScribeError as error:
            yield Finding(subject, Health.BROKEN, redact(str(error), settings.secrets))
    if "openai" in (settings.ai_provider, settings.ai_image_provider):
        health, detail = _openai(settings)
        yield Finding("OpenAI API", health, redact(detail, settings.secrets))


def _versions() -> str:
    return (
        f"scribe-dagster {version('scribe-dagster')}, Dagster {version('dagster')}, "
        f"Python {platform.python_version()}"
    )


def _home(settings: Settings) -> tuple[Health, str]:
    folder = settings.scribe_home
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        # Permissions alone do not tell: it may be no disk at all.
        TemporaryDirectory(dir=nearest).cleanup()
    except OSError:
        return Health.BROKEN, f"{folder} cannot be written. Set SCRIBE_HOME to a folder of yours."
    if (free := disk_usage(nearest).free) < _LEAST_ROOM:
        return Health.BROKEN, f"{folder} has {free / 1e6:.1f} MB left on its disk. Make room."
    return Health.OK, str(folder) + ("" if folder.exists() else " (made by the first run)")


def _database(settings: Settings) -> tuple[Health, str]:
    from scribe_dagster.db import schema
    from scribe_dagster.db.database import Database

    if settings.database_is_embedded:
        if (settings.scribe_home / "scribe.db").exists():
            with Database.from_settings(settings).read():
                pass
        return Health.OK, "embedded SQLite in SCRIBE_HOME, migrated by itself"
    database = Database.from_settings(settings)
    schema.check(database, tracking=settings.pipeline_track_runs)
    return Health.OK, f"{database.address}, up to date"


def _spelling(settings: Settings) -> tuple[Health, str]:
    """Find variables that were probably meant to be settings."""
    meant = settings.misspelt()
    if not meant:
        return Health.OK, f"{len(type(settings).model_fields)} known, none misspelt"
    told = ", ".join(f"{name} (did you mean {field}?)" for name, field in meant.items())
    return Health.NOTE, f"not read: {told}"


def _tracking(settings: Settings) -> tuple[Health, str]:
    if settings.pipeline_track_runs:
        return Health.OK, "on: failed runs can be resumed"
    return Health.NOTE, "off: failed runs cannot be resumed. PIPELINE_TRACK_RUNS=true turns it on"


def _stages(settings: Settings) -> tuple[Health, str]:
    from scribe_dagster.drivers.registry import PluginGroup, load

    for name in settings.pipeline_stages:
        load(PluginGroup.STAGES, name)
    if wrong := misplaced(settings.pipeline_stages):
        return Health.BROKEN, f"in the wrong order: {wrong}. Check PIPELINE_STAGES."
    return Health.OK, " > ".join(settings.pipeline_stages)


def _text_model(settings: Settings) -> tuple[Health, str]:
    from scribe_dagster.drivers.ai.fallback import choose_text_model
    from scribe_dagster.drivers.registry import PluginGroup

    choose_text_model(settings)
    name = settings.ai_provider
    if name == "local":
        return Health.NOTE, "local: extracts key sentences, writes nothing. AI_PROVIDER=openai does"
    return Health.OK, _models(settings, PluginGroup.TEXT_MODELS, name, settings.ai_fallbacks)


def _image_model(settings: Settings) -> tuple[Health, str]:
    from scribe_dagster.drivers.images.fallback import choose_image_model
    from scribe_dagster.drivers.registry import PluginGroup

    choose_image_model(settings)
    name = settings.ai_image_provider
    if name == "local":
        return Health.OK, "local: renders covers from titles"
    return Health.OK, _models(settings, PluginGroup.IMAGE_MODELS, name, settings.ai_image_fallbacks)


def _image_store(settings: Settings) -> tuple[Health, str]:
    from scribe_dagster.drivers.images.store import ImageStore

    store = ImageStore.from_settings(settings)
    if settings.image_store_url is None:
        return Health.OK, f"in {settings.images_dir}"
    store.probe()
    return Health.OK, f"{store.folder} can be written"


def _channels(settings: Settings) -> tuple[Health, str]:
    from scribe_dagster.drivers.registry import PluginGroup, make

    for name in settings.publisher_channels:
        make(PluginGroup.CHANNELS, name, settings)
    if not settings.publisher_channels:
        return Health.NOTE, "none: articles are stored and not published. See PUBLISHER_CHANNELS"
    return Health.OK, ", ".join(settings.publisher_channels)


def _network(settings: Settings) -> tuple[Health, str]:
    from scribe_dagster.drivers.web.download_failure import proxy_in_the_environment

    read = ", ".join(("the public internet", *settings.scribe_allow_hosts))
    if settings.scribe_proxy:
        return Health.OK, f"pages and pictures from {read}, through SCRIBE_PROXY"
    if variable := proxy_in_the_environment():
        return Health.NOTE, (
            f"pages and pictures from {read}, directly: {variable} is not used for them. "
            "If this machine needs a proxy, set SCRIBE_PROXY"
        )
    return Health.OK, f"pages and pictures from {read}"


def _dagster(settings: Settings) -> tuple[Health, str]:
    chosen = os.environ.get("DAGSTER_HOME")
    if chosen:
        return Health.OK, f"DAGSTER_HOME {chosen}"
    return Health.OK, f"{settings.dagster_home}; `scribe-dagster dev` opens the UI"


def _openai(settings: Settings) -> tuple[Health, str]:
    import httpx2

    base = (settings.openai_base_url or "https://api.openai.com/v1").rstrip("/")
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    try:
        answer = httpx2.get(
            f"{base}/models",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=_REACH_TIMEOUT,
        )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Health.BROKEN, f"{base} cannot be reached: {error}. Check OPENAI_BASE_URL."
    if answer.status_code in (401, 403):
        return Health.BROKEN, f"{base} refuses the key (HTTP {answer.status_code})."
    if answer.status_code != 200:
        hint = "" if base.endswith("/v1") else " OPENAI_BASE_URL usually ends with /v1."
        return Health.NOTE, f"{base} answers HTTP {answer.status_code} to /models.{hint}"
    return Health.OK, f"{base} answers"


def _models(settings: Settings, group: PluginGroup, provider: str, fallbacks: Sequence[str]) -> str:
    """Say who is asked, with what model and where, and who stands in."""
    from scribe_dagster.drivers.registry import load

    setting = getattr(load(group, provider), "model_setting", None)
    model = f": {getattr(settings, setting)}" if setting else ""
    address = getattr(settings, f"{provider}_base_url", None) if setting else None
    where = f" at {address}" if address else ""
    then = "".join(f", then {fallback}" for fallback in fallbacks)
    return f"{provider}{model}{where}{then}"


_CHECKS: dict[str, Callable[[Settings], tuple[Health, str]]] = {
    "Settings": _spelling,
    "Home": _home,
    "Database": _database,
    "Tracking": _tracking,
    "Stages": _stages,
    "Text model": _text_model,
    "Image model": _image_model,
    "Images": _image_store,
    "Channels": _channels,
    "Network": _network,
    "Dagster": _dagster,
}
