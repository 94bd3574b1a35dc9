"""The resume itself is killed, meets another one, or takes over from a worker that only sleeps."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.cell import Cell, expect
from chaos.door import End
from chaos.patience import Broken
from chaos.scenario import ALL_DOORS, MOST_DOORS, Act, Scenario, calls
from chaos.shell import go_on, stop, wait_until_gone

# The image call that makes the run fail in the first place, and the one that succeeds.
_TWO_IMAGES = calls(image=2)


def resumes() -> Iterator[Scenario]:
    """What can become of somebody who resumes."""
    for name, place in {
        "before its claim": "claim.before",
        "after its claim, before its stage": "claim.after",
        "as its stage begins": "begin.after:GenerateImage",
        "after its stage": "checkpoint.after:GenerateImage",
    }.items():
        doors = MOST_DOORS if place == "claim.before" else ALL_DOORS
        yield Scenario("Resume", name, _resumer_killed_at(place), _TWO_IMAGES, doors)
    yield Scenario("Two at once", "the CLI and this door, together", _together, _TWO_IMAGES)
    yield Scenario(
        "Two at once",
        "the CLI comes late to its very claim",
        _late,
        _TWO_IMAGES,
        # The sensor launches nothing for a run while somebody is about to claim it.
        doors=tuple(door for door in ALL_DOORS if door != "sensor"),
    )
    yield Scenario(
        "Sleeper",
        "between two stages",
        _slept_at("checkpoint.after:AiRewrite"),
        short_lease=True,
    )
    yield Scenario(
        "Sleeper",
        "while the image is asked for",
        _slept_asking("GenerateImage", "image"),
        calls(image=2),
        short_lease=True,
    )
    yield Scenario(
        "Sleeper", "between the channels", _slept_at("sent.after:bulletin"), short_lease=True
    )
    yield Scenario(
        "Sleeper",
        "noted, before it asks again",
        _slept_at("sending.after:gazette"),
        short_lease=True,
    )
    yield Scenario(
        "Sleeper",
        "asked again, before the call",
        _slept_at("confirm.after:gazette"),
        # No ledger can stop a hand that is already raised: the channel gets the article twice,
        # and knows it by its slug.
        calls(gazette=2),
        short_lease=True,
    )


def _fail_for_good(cell: Cell) -> None:
    """A run that failed, and that no sensor takes up unasked."""
    cell.world.refuse_next_image()
    expect(End.FAILED, cell.launch().wait())


def _resumer_killed_at(place: str) -> Act:
    def act(cell: Cell) -> None:
        _fail_for_good(cell)
        cell.orders.give("kill", place)
        cell.begin_resume()
        wait_until_gone(cell.orders.wait_until_obeyed())
        cell.resume()

    return act


def _together(cell: Cell) -> None:
    _fail_for_good(cell)
    rivals = cell.begin_resume(cell.others["cli"]), cell.begin_resume()
    ends = sorted(rival.wait().end for rival in rivals)
    one_won = [End.COMPLETED, End.REFUSED]
    # A sensor never says no: it is only watched until the run is complete.
    both_said_so = [End.COMPLETED] * 2
    if ends != one_won and not (cell.door.name == "sensor" and ends == both_said_so):
        raise Broken(f"two resumers ended as {ends}")


def _late(cell: Cell) -> None:
    _fail_for_good(cell)
    cell.orders.give("stop", "claim.before")
    late = cell.begin_resume(cell.others["cli"])
    pid = cell.orders.wait_until_obeyed()
    held = cell.world.hold_next("image")
    winner = cell.begin_resume()
    held.wait_until_asked()
    go_on(pid)
    expect(End.REFUSED, late.wait())
    held.let_go()
    expect(End.COMPLETED, winner.wait())


def _slept_at(place: str) -> Act:
    def act(cell: Cell) -> None:
        cell.orders.give("stop", place)
        cell.launch()
        pid = cell.orders.wait_until_obeyed()
        _take_over_and_wake(cell, pid)

    return act


def _slept_asking(stage: str, call: str) -> Act:
    def act(cell: Cell) -> None:
        pid, held = cell.launch_asking(stage, call)
        stop(pid)
        held.let_go()
        _take_over_and_wake(cell, pid)

    return act


def _take_over_and_wake(cell: Cell, pid: int) -> None:
    cell.lane.wait_until_lease_is_over(cell.run_id)
    cell.resume()
    written = cell.written
    go_on(pid)
    wait_until_gone(pid)
    if cell.written != written:
        raise Broken(f"the sleeper wrote: {written} became {cell.written}")
