"""Commands that should answer at once, beside the imports they cannot do without."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sqlalchemy import insert

from benchmarks.isolation import run_program, run_python
from benchmarks.measurement import Comparison, Contender
from benchmarks.workload import REQUEST, STAGE_NAMES, grow
from scribe_dagster import PipelineRun, PipelineRunStatus
from scribe_dagster.db import schema
from scribe_dagster.db.database import Database
from scribe_dagster.domain.snapshot import dump_snapshot

_IMPORTS = "import sqlalchemy, typer, rich"


def comparison(folder: Path, *, quick: bool) -> Comparison:
    many = 50 if quick else 2_000
    runs = partial(run_program, "scribe-dagster", "runs")
    return Comparison(
        question="Commands, each a whole process",
        baseline=f'python -c "{_IMPORTS}"',
        contenders=(
            Contender(f'python -c "{_IMPORTS}"', partial(run_python, _IMPORTS)),
            Contender(
                "scribe-dagster --help",
                partial(run_program, "scribe-dagster", "--help"),
            ),
            Contender(
                "scribe-dagster runs, none yet",
                partial(runs, SCRIBE_HOME=_home_with(0, folder / "empty")),
            ),
            Contender(
                f"scribe-dagster runs, the last 20 of {many:,}",
                partial(runs, SCRIBE_HOME=_home_with(many, folder / "filled")),
            ),
        ),
    )


def _home_with(runs: int, home: Path) -> Path:
    """Make a home whose database holds this many finished runs with snapshots of 60 KB."""
    home.mkdir()
    database = Database(f"sqlite:///{home / 'scribe.db'}")
    schema.migrate(database)
    payload = REQUEST
    for name in STAGE_NAMES:
        payload = grow(payload, name)
    row = {
        "source_url": REQUEST.source_url,
        "status": PipelineRunStatus.COMPLETED,
        "stages": list(STAGE_NAMES),
        "current_stage_index": len(STAGE_NAMES) - 1,
        "current_stage_name": STAGE_NAMES[-1],
        "initial_snapshot": dump_snapshot(REQUEST),
        "payload_snapshot": dump_snapshot(payload),
    }
    if runs:
        with database.write() as connection:
            connection.execute(insert(PipelineRun), [row] * runs)
    database.close()
    return home
