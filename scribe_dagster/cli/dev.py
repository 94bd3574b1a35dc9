"""``scribe-dagster dev``: Dagster's UI over the same runs."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer


def dev(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 3000,
) -> None:
    """Open Dagster's UI: launch runs, watch them, re-execute them from failure.

    It shares its home with this command line, so the runs of both show up there. Stop it with
    Ctrl-C.
    """
    from scribe_dagster.config import Settings
    from scribe_dagster.instance.open import dagster_home

    settings = Settings.load()
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(dagster_home(settings)),
        # The code server starts elsewhere; a relative SCRIBE_HOME must mean the same there.
        "SCRIBE_HOME": str(settings.scribe_home),
    }
    _require_free(host, port)
    typer.echo(f"Dagster will listen on http://{host}:{port} — stop it with Ctrl-C.")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "scribe_dagster.definitions"]
    os.execve(sys.executable, [*command, "-h", host, "-p", str(port)], environment)  # noqa: S606


def _require_free(host: str, port: int) -> None:
    """Find out before a second daemon starts beside a webserver that cannot."""
    import socket

    from scribe_dagster.errors import ConfigurationError

    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
    except OSError as error:
        raise ConfigurationError(
            f"Port {port} of {host} cannot be listened on: {error.strerror}. If that is another "
            "`scribe-dagster dev`, use that one; otherwise give another --port."
        ) from None
