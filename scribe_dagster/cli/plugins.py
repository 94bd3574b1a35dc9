"""``scribe-dagster plugins``: which drivers and stages are installed."""

from __future__ import annotations

from typing import Annotated

import typer


def plugins(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object each.")] = False,
) -> None:
    """List the installed sources, models, channels and stages, and the packages they come from."""
    from dataclasses import asdict

    from rich.table import Table

    from scribe_dagster.cli.run_json import dumps
    from scribe_dagster.cli.terminal import Terminal
    from scribe_dagster.drivers.registry import clashes, installed

    found = installed()
    for clash in clashes(found):
        typer.secho(f"! {clash}", fg=typer.colors.YELLOW, err=True)
    if as_json:
        for plugin in found:
            typer.echo(dumps(asdict(plugin) | {"group": plugin.group.value}))
        return
    table = Table("KIND", "NAME", "PACKAGE", "VERSION", box=None, pad_edge=False)
    for plugin in found:
        table.add_row(plugin.group.noun, plugin.name, plugin.distribution, plugin.version)
    Terminal().print(table)
