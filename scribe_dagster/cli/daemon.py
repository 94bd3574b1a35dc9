"""Runs that are left to the Dagster daemon, and whether there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from scribe_dagster.config import Settings


def say_who_will_do_it(settings: Settings, run_ids: Sequence[int], *, as_json: bool) -> None:
    """Print that these runs wait for the resume sensor, and warn if nobody runs it."""
    from scribe_dagster.cli.run_json import dumps
    from scribe_dagster.instance.open import daemon_is_alive, open_instance

    alive = daemon_is_alive(open_instance(settings))
    if as_json:
        for run_id in run_ids:
            typer.echo(dumps({"id": run_id, "requested": True, "daemon_is_alive": alive}))
        return
    shown = ", ".join(f"#{run_id}" for run_id in run_ids)
    typer.echo(f"✓ Requested: {shown}. Watch: scribe-dagster runs show {run_ids[0]}")
    if not alive:
        typer.secho(
            "! No Dagster daemon is running to do it. Start one: scribe-dagster dev",
            fg=typer.colors.YELLOW,
            err=True,
        )
