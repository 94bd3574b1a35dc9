"""The commands and how their errors end."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from scribe_dagster.cli import (
    dev,
    doctor,
    fork,
    migrate,
    plugins,
    process,
    prune,
    publish,
    reap,
    resume,
    runs,
    sources,
)
from scribe_dagster.cli.exit_codes import exit_code_of_error
from scribe_dagster.cli.log import show_dry_runs
from scribe_dagster.errors import ScribeError

_HELP = """
Turn any URL into a published article, and never pay for the same work twice.

Every run is written down stage by stage. When a stage fails, `scribe-dagster resume ID` goes on
from there: what was scraped, written or drawn before is not done again.

Exit codes: 0 completed, 1 failed (resumable), 2 usage or configuration, 3 rejected,
4 not resumable or claimed by someone else.
"""

app = typer.Typer(
    name="scribe-dagster",
    help=_HELP,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("process")(process.process)
app.command("resume")(resume.resume)
app.command("fork")(fork.fork)
app.add_typer(runs.app, name="runs")
app.command("publish")(publish.publish)
app.command("reap")(reap.reap)
app.add_typer(sources.app, name="sources")
app.command("prune")(prune.prune)
app.command("migrate")(migrate.migrate)
app.command("dev")(dev.dev)
app.command("doctor")(doctor.doctor)
app.command("plugins")(plugins.plugins)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"scribe-dagster {version('scribe-dagster')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; an error of ours ends in one message and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or pipe of a small character set gets a "?" for "✓" rather than a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    show_dry_runs()
    try:
        app()
    except ScribeError as error:
        typer.secho(f"✗ {error}", fg=typer.colors.RED, err=True)
        sys.exit(exit_code_of_error(error))
