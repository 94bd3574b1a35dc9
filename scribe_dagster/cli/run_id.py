"""The argument that names a run."""

from __future__ import annotations

from typing import Annotated

import typer

RunId = Annotated[
    int,
    typer.Argument(
        metavar="ID",
        min=1,
        # What a database can count to.
        max=2**63 - 1,
        help="The pipeline run; `scribe-dagster runs` lists them.",
    ),
]
