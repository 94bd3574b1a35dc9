"""A worker is killed outright, and the run goes on through another door."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.cell import Cell
from chaos.scenario import ALL_DOORS, DEV_DOORS, ONCE, Act, Scenario, calls
from scribe_dagster.jobs import DEFAULT_STAGES

# What has been paid for and not been written down is paid for again, and nothing else.
_AGAIN = {"AiRewrite": calls(rewrite=2), "GenerateImage": calls(image=2)}

_CALLS = {"Scrape": ["page"], "AiRewrite": ["rewrite"], "GenerateImage": ["image"]}


def kills() -> Iterator[Scenario]:
    """From before the row is there to after the last checkpoint."""
    yield Scenario(
        "Beginning",
        "before its row is written",
        _killed_at("start.before"),
        # No row, nothing for a sensor to find.
        doors=("cli", "python", "ui"),
    )
    yield Scenario("Beginning", "row written, before its first stage", _killed_at("start.after"))
    for position, stage in enumerate(DEFAULT_STAGES):
        once_more = _AGAIN.get(stage, ONCE)
        yield Scenario(stage, "as it begins", _killed_at(f"begin.after:{stage}"))
        for call in _CALLS.get(stage, []):
            yield Scenario(
                stage,
                f"while the {call} is asked for",
                _asking(stage, call),
                once_more,
                doors=ALL_DOORS,
            )
        if stage == "Publish":
            yield from _between_channels()
        yield Scenario(
            stage,
            "done, its checkpoint not committed",
            _killed_at(f"commit.after:{position}"),
            once_more,
            doors=ALL_DOORS,
        )
        yield Scenario(stage, "after its checkpoint", _killed_at(f"checkpoint.after:{stage}"))
    yield Scenario(
        "Any stage",
        "a shell's worker, which the daemon finds",
        _shell_worker_killed,
        doors=DEV_DOORS,
    )


def _between_channels() -> Iterator[Scenario]:
    first, second = "bulletin", "gazette"
    yield Scenario("Publish", "noted, before the call", _killed_at(f"sending.after:{first}"))
    yield Scenario("Publish", "while the 1st channel is called", _asking("Publish", first))
    yield Scenario("Publish", "1st channel answered, not noted", _killed_at(f"sent.before:{first}"))
    yield Scenario(
        "Publish", "between the channels", _killed_at(f"sent.after:{first}"), doors=ALL_DOORS
    )
    yield Scenario("Publish", "while the 2nd channel is called", _asking("Publish", second))
    yield Scenario("Publish", "2nd channel took it, its answer lost", _answer_lost)


def _killed_at(place: str) -> Act:
    def act(cell: Cell) -> None:
        cell.launch_and_die(place)
        if place == f"checkpoint.after:{DEFAULT_STAGES[-1]}":
            # It was complete a moment before: there is nothing left to resume.
            return
        cell.resume()

    return act


def _asking(stage: str, call: str) -> Act:
    def act(cell: Cell) -> None:
        cell.launch_and_die_asking(stage, call)
        cell.resume()

    return act


def _answer_lost(cell: Cell) -> None:
    cell.world.lose_next_answer("gazette")
    cell.launch().wait()
    cell.resume()


def _shell_worker_killed(cell: Cell) -> None:
    cell.launch_and_die("begin.after:GenerateImage", cell.others["cli"])
    cell.resume()
