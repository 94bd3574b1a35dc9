"""``scribe-dagster doctor``: what is configured, what is reachable, what to do next."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a check.")] = False,
) -> None:
    """Check the configuration: home, database, models, channels, Dagster.

    Every line says what was found and, where something is wrong, what to do about it. Exits with
    2 when something keeps the default pipeline from running.
    """
    from dataclasses import asdict

    from rich.markup import escape

    from scribe_dagster.cli.checkup import Health, check_all
    from scribe_dagster.cli.exit_codes import ExitCode
    from scribe_dagster.cli.run_json import dumps
    from scribe_dagster.cli.terminal import Terminal

    marks = {Health.OK: "[green]✓[/]", Health.NOTE: "[yellow]•[/]", Health.BROKEN: "[red]✗[/]"}
    console = Terminal()
    healthy = True
    for finding in check_all():
        healthy = healthy and finding.health is not Health.BROKEN
        if as_json:
            typer.echo(dumps(asdict(finding)))
        else:
            console.print(
                f"{marks[finding.health]} [bold]{finding.subject:<12}[/] {escape(finding.detail)}",
                highlight=False,
                soft_wrap=True,
            )
    raise typer.Exit(ExitCode.COMPLETED if healthy else ExitCode.USAGE)
