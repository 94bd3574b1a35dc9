"""``scribe-dagster fork``: a new run out of the stored state of another one."""

from __future__ import annotations

from typing import Annotated

import typer

from scribe_dagster.cli.run_id import RunId


def fork(
    run_id: RunId,
    from_stage: Annotated[
        str, typer.Option("--from", metavar="STAGE", help="The first stage to execute.")
    ],
    edits: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help='Change the payload first, such as title="A better title"; may be repeated.',
            show_default=False,
        ),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Leave it to the Dagster daemon, and return at once.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the new run as one JSON object.")
    ] = False,
) -> None:
    """Begin a new run with what another one had before a stage.

    The other run stays as it is. What its earlier stages made is taken over and not paid again;
    what was changed by hand is recorded with the new run.

    ```
    scribe-dagster fork 42 --from GenerateImage
    scribe-dagster fork 42 --from CreateArticle --set title="A better title"
    ```
    """
    from time import perf_counter

    from scribe_dagster.cli.exit_codes import exit_code_of
    from scribe_dagster.cli.progress import ProgressPrinter
    from scribe_dagster.cli.summary import print_json, print_summary
    from scribe_dagster.cli.terminal import Terminal
    from scribe_dagster.config import Settings
    from scribe_dagster.domain.payload_edits import parse_edit

    settings = Settings.load()
    changes = [parse_edit(text) for text in edits or []]
    # Dagster is slow to import: not before the edits have been understood.
    from scribe_dagster.pipeline import ContentPipeline

    pipeline = ContentPipeline(settings=settings)
    wanted = {edit.path: edit.value for edit in changes}
    if detach:
        from scribe_dagster.cli.daemon import say_who_will_do_it

        fork_id = pipeline.request_fork(run_id, from_stage=from_stage, edits=wanted)
        say_who_will_do_it(settings, [fork_id], as_json=as_json)
        return
    if as_json:
        result = pipeline.fork(run_id, from_stage=from_stage, edits=wanted)
        print_json(settings, result)
    else:
        console = Terminal()
        console.print(f"Forking Pipeline Run #{run_id} at {from_stage}\n", highlight=False)
        began = perf_counter()
        forking = pipeline.on_progress(ProgressPrinter(console))
        result = forking.fork(run_id, from_stage=from_stage, edits=wanted)
        print_summary(console, settings, result, seconds=perf_counter() - began)
    raise typer.Exit(exit_code_of([result.status]))
