"""Something else than the worker goes away: the database, Dagster's own processes, a machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from chaos.cell import Cell
from chaos.databases import ChaosDatabase
from chaos.dev_doors import Dev
from chaos.door import End
from chaos.scenario import DEV_DOORS, Act, Scenario
from chaos.shell import wait_until_gone

_OUTAGE = 1.5
"""Seconds."""


def outages() -> Iterator[Scenario]:
    """From the nearest to the farthest."""
    for name, call, outage in (
        ("its sessions end while the rewrite is asked for", "rewrite", _sessions_ended),
        ("it restarts while the rewrite is asked for", "rewrite", _restarted),
        ("its sessions end while the 2nd channel is called", "gazette", _sessions_ended),
        ("it restarts while the 2nd channel is called", "gazette", _restarted),
    ):
        yield Scenario("Database", name, _meanwhile(call, outage), databases=("postgres",))
    yield Scenario(
        "Code server",
        "killed while the rewrite is asked for",
        _code_server_killed,
        doors=DEV_DOORS,
    )
    yield Scenario(
        "Code server",
        "killed with a worker, dev restarted",
        _killed_with_a_worker("dagster api grpc", "dagster code-server"),
        doors=DEV_DOORS,
    )
    yield Scenario(
        "Daemon",
        "killed with a worker, dev restarted",
        _killed_with_a_worker("dagster._daemon"),
        doors=DEV_DOORS,
    )
    yield Scenario(
        "Machine",
        "lost; another one resumes when the lease is over",
        _resumed_elsewhere,
        doors=("cli", "python"),
        short_lease=True,
    )


def _meanwhile(call: str, outage: Callable[[ChaosDatabase, Callable[[], None]], None]) -> Act:
    def act(cell: Cell) -> None:
        held = cell.world.hold_next(call)
        worker = cell.launch()
        held.wait_until_asked()
        outage(cell.lane.database, held.let_go)
        if worker.wait().end is not End.COMPLETED:
            cell.resume()

    return act


def _sessions_ended(database: ChaosDatabase, answer: Callable[[], None]) -> None:
    database.end_all_sessions()
    answer()


def _restarted(database: ChaosDatabase, answer: Callable[[], None]) -> None:
    database.stop()
    answer()
    time.sleep(_OUTAGE)
    database.start()


def _code_server_killed(cell: Cell) -> None:
    pid, held = cell.launch_asking("AiRewrite", "rewrite")
    dev = _dev_of(cell)
    dev.kill("dagster api grpc", "dagster code-server")
    held.let_go()
    # Its workers are processes of their own, and outlive it.
    wait_until_gone(pid)
    dev.restart()


def _killed_with_a_worker(*processes: str) -> Act:
    def act(cell: Cell) -> None:
        cell.launch_and_die("begin.after:GenerateImage")
        dev = _dev_of(cell)
        dev.kill(*processes)
        dev.restart()
        cell.resume()

    return act


def _resumed_elsewhere(cell: Cell) -> None:
    cell.launch_and_die("begin.after:AiRewrite")
    cell.lane.wait_until_lease_is_over(cell.run_id)
    cell.lane.of_the_cell["SCRIBE_HOME"] = str(cell.lane.folder / "another-machine")
    cell.resume()
    # The first one is back; its Dagster knows nothing of all this.
    del cell.lane.of_the_cell["SCRIBE_HOME"]


def _dev_of(cell: Cell) -> Dev:
    dev = getattr(cell.door, "dev", None)
    assert isinstance(dev, Dev)
    return dev
