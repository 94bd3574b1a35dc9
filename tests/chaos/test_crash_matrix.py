"""A slice of the crash matrix; `make chaos` runs the whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chaos.doorway import Doorway, open_doorway
from chaos.rows import ROWS
from chaos.scenario import Scenario

pytestmark = pytest.mark.processes

BY_TITLE = {row.title: row for row in ROWS}
POSTGRES = pytest.mark.postgres


def cells(*titles: str) -> pytest.MarkDecorator:
    rows = [BY_TITLE[title] for title in titles]
    return pytest.mark.parametrize("row", rows, ids=titles)


def insist(doorway: Doorway, row: Scenario, door: str) -> None:
    verdict = doorway.run(row, door)
    assert verdict.is_good, "; ".join(verdict.faults)


@pytest.fixture(scope="module")
def embedded() -> Iterator[Doorway]:
    with open_doorway("sqlite", "cli") as doorway:
        yield doorway


@pytest.fixture(scope="module")
def shared() -> Iterator[Doorway]:
    with open_doorway("postgres", "cli") as doorway:
        yield doorway


@pytest.fixture(scope="module")
def ui() -> Iterator[Doorway]:
    with open_doorway("sqlite", "ui") as doorway:
        yield doorway


@cells(
    "AiRewrite: done, its checkpoint not committed",
    "Publish: between the channels",
    "Publish: 2nd channel took it, its answer lost",
)
def test_a_run_over_sqlite_is_resumed_from_the_shell(embedded: Doorway, row: Scenario) -> None:
    insist(embedded, row, "cli")


@POSTGRES
@cells(
    "GenerateImage: while the image is asked for",
    "Resume: after its claim, before its stage",
    "Two at once: the CLI comes late to its very claim",
    "Sleeper: between the channels",
    "Database: it restarts while the rewrite is asked for",
)
def test_a_run_over_postgresql_is_resumed_from_python(shared: Doorway, row: Scenario) -> None:
    insist(shared, row, "python")


@cells("CreateArticle: done, its checkpoint not committed")
def test_a_run_is_resumed_by_a_launch_of_the_job(embedded: Doorway, row: Scenario) -> None:
    insist(embedded, row, "job")


@cells("AiRewrite: after its checkpoint", "Publish: 1st channel answered, not noted")
def test_a_run_is_resumed_from_the_ui(ui: Doorway, row: Scenario) -> None:
    insist(ui, row, "ui")
