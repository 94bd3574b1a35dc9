"""Dagster's own state: one home, shared by the command line and ``scribe-dagster dev``."""

import json
import os
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

from dagster import DagsterInstance, DagsterInvalidConfigError
from dagster._core.instance.ref import InstanceRef
from dagster._serdes import ConfigurableClassData
from filelock import FileLock
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from yaml import YAMLError

from scribe_dagster.config import Settings
from scribe_dagster.domain.redaction import redact
from scribe_dagster.errors import ConfigurationError, DatabaseUnreachable
from scribe_dagster.home import make_home

_DAGSTER_YAML = """\
# Written once by scribe-dagster; edit it as you like, it is never overwritten.
# For PostgreSQL, replace the three storages by `storage: postgres:`.
telemetry:
  enabled: false
nux:
  enabled: false

# What channels log, and what a dry run would have sent, is part of a run's log.
python_logs:
  managed_python_loggers: [scribe_dagster]
  python_log_level: INFO

# One file for the events of all runs, where Dagster's default makes a database for each run.
run_storage:
  module: dagster._core.storage.runs
  class: SqliteRunStorage
  config:
    base_dir: {history}
event_log_storage:
  module: dagster._core.storage.event_log
  class: ConsolidatedSqliteEventLogStorage
  config:
    base_dir: {history}
schedule_storage:
  module: dagster._core.storage.schedules
  class: SqliteScheduleStorage
  config:
    base_dir: {schedules}
"""

_DAEMON_PATIENCE = 90
"""Seconds: three of the intervals in which a daemon gives signs of life."""

_KEPT = "scribe_dagster.instance.embedded"

# Capturing a run's output redirects the process's own standard output, and with it the progress
# that is being drawn there.
_NO_CAPTURE = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
}


def dagster_home(settings: Settings) -> Path:
    """Return DAGSTER_HOME if it is set, else our own home, made ready for Dagster.

    Raises:
        ConfigurationError: The folder cannot be written, or DAGSTER_HOME is none.
    """
    chosen = os.environ.get("DAGSTER_HOME")
    if chosen:
        home = Path(chosen).expanduser().absolute()
        if not home.is_dir():
            raise ConfigurationError(f"DAGSTER_HOME {home} is not a folder. Make it, or unset it.")
        return home
    home = make_home(settings, settings.dagster_home)
    config = home / "dagster.yaml"
    # Exclusive creation: of two processes starting at once, one writes the file.
    with suppress(FileExistsError), config.open("x", encoding="utf-8") as file:
        # A JSON string is a YAML string, whatever characters the folder's name holds.
        folders = {name: json.dumps(str(home / name)) for name in ("history", "schedules")}
        file.write(_DAGSTER_YAML.format(**folders))
    return home


def open_instance(settings: Settings) -> DagsterInstance:
    """Open the Dagster instance that runs of this process are recorded in.

    Raises:
        ConfigurationError: Its home cannot be written, or its dagster.yaml cannot be used.
        DatabaseUnreachable: Its database does not answer, or its disk is full.
    """
    home = dagster_home(settings)
    try:
        return _open(home)
    except YAMLError as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"{home / 'dagster.yaml'} is not YAML: {reason}.") from None
    except DagsterInvalidConfigError as error:
        reasons = redact(" ".join(map(_reason, error.error_messages)), settings.secrets)
        raise ConfigurationError(
            f"{home / 'dagster.yaml'} cannot be used: {reasons} "
            "Dagster takes the variables it names from the environment, not from .env."
        ) from None

    except (SQLAlchemyError, OSError) as error:
        told = error.orig if isinstance(error, DBAPIError) and error.orig else error
        reason = redact(" ".join(str(told).split()), settings.secrets)
        raise DatabaseUnreachable(
            f"Dagster's own database, in {home}, cannot be opened: {reason}. Nothing was begun. "
            "Make sure that the disk has room and the folder is yours to write."
        ) from None


def _reason(message: str) -> str:
    """Say what is wrong, without the whole schema or the stack trace that may follow it."""
    told = message.partition(" Expected: ")[0].partition("Stack Trace")[0]
    return " ".join(told.rpartition("Error: ")[2].split())


def _open(home: Path) -> DagsterInstance:
    configured = InstanceRef.from_dir(str(home))
    overrides = _NO_CAPTURE | _kept_connections(configured)
    ref = InstanceRef.from_dir(str(home), overrides=overrides)
    storage = configured.storage_data
    if storage is not None and storage.class_name == "DagsterPostgresStorage":
        # Slow to import, and of no use to anybody else.
        from scribe_dagster.instance.postgres import open_keeping_connections

        return open_keeping_connections(ref)
    # Dagster makes its tables here when there are none; two processes doing so collide.
    with FileLock(home / ".scribe-open.lock"):
        return DagsterInstance.from_ref(ref)


def daemon_is_alive(instance: DagsterInstance) -> bool:
    """Whether a Dagster daemon that evaluates sensors has lately given a sign of life."""
    heartbeat = instance.get_daemon_heartbeats().get("SENSOR")
    return heartbeat is not None and time() - heartbeat.timestamp < _DAEMON_PATIENCE


def _kept_connections(configured: InstanceRef) -> dict[str, Any]:
    """Keep connections to our own home's SQLite storages; leave any other as it is configured."""
    runs, events = configured.run_storage_data, configured.event_storage_data
    schedules = configured.schedule_storage_data
    if runs is None or events is None or schedules is None:
        return {}
    known = (runs.class_name, events.class_name)
    if known != ("SqliteRunStorage", "ConsolidatedSqliteEventLogStorage"):
        return {}
    # Dagster wants all three of them, or none.
    return {
        "run_storage": _storage(_KEPT, "KeptRunStorage", runs),
        "event_log_storage": _storage(_KEPT, "KeptEventLogStorage", events),
        "schedule_storage": _storage(schedules.module_name, schedules.class_name, schedules),
    }


def _storage(module: str, name: str, like: ConfigurableClassData) -> dict[str, Any]:
    return {"module": module, "class": name, "config": dict(like.config_dict)}
