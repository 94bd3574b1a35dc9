"""A whole process from start to end: what the shell waits for."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from benchmarks.isolation import REPOSITORY, run_program, run_python
from benchmarks.measurement import Comparison, Contender

_PAGE = str(REPOSITORY / "examples" / "article.html")

_SIX_NO_OP_STAGES = """
from benchmarks.workload import REQUEST, SIX_STAGES
from scribe_dagster import ContentPipeline
ContentPipeline(SIX_STAGES).process(REQUEST)
"""


def comparison(folder: Path, *, quick: bool) -> Comparison:
    process = partial(run_program, "scribe-dagster", "process", _PAGE)
    new_home = folder / "new"
    contenders = [
        Contender("scribe-dagster process PAGE", partial(process, SCRIBE_HOME=folder / "home")),
        Contender(
            "... the very first one, which makes the database",
            partial(process, SCRIBE_HOME=new_home),
            before=partial(shutil.rmtree, new_home, ignore_errors=True),
        ),
        Contender(
            "... six no-op stages, from Python",
            partial(run_python, _SIX_NO_OP_STAGES, SCRIBE_HOME=folder / "no-op"),
        ),
        _dagster_job("empty_job_in_process", "in-process executor", folder / "in-process"),
    ]
    if not quick:
        contenders.append(_dagster_job("empty_job", "default executor", folder / "default"))
    return Comparison(
        question="Cold: the six real stages, beside six empty ops",
        baseline="dagster job execute, in-process executor",
        contenders=tuple(contenders),
    )


def _dagster_job(job: str, executor: str, home: Path) -> Contender:
    home.mkdir()
    command = ("job", "execute", "-m", "benchmarks.stock_dagster", "-a", job)
    return Contender(
        f"dagster job execute, {executor}",
        partial(run_program, "dagster", *command, DAGSTER_HOME=home),
    )
