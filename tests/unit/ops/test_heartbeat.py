"""A stage that takes long keeps its run; one that has lost it gives no more sign of life."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from scribe_dagster.domain.run_record import UntrackedRun
from scribe_dagster.errors import DatabaseUnreachable, Fenced
from scribe_dagster.ops.heartbeat import heartbeat


@dataclass
class Beating:
    """A record that counts its beats, and answers each as it is told."""

    beat_seconds: float = 0.01
    answers: list[Exception | None] = field(default_factory=list)
    beats: int = 0
    enough: threading.Event = field(default_factory=threading.Event)
    wanted: int = 3

    def beat(self) -> None:
        self.beats += 1
        if self.beats >= self.wanted:
            self.enough.set()
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def no_heart_beats() -> bool:
    return not [each for each in threading.enumerate() if each.name == "scribe-heartbeat"]


def wait_until_no_heart_beats() -> None:
    for each in threading.enumerate():
        if each.name == "scribe-heartbeat":
            each.join(10)
    assert no_heart_beats()


def test_it_beats_for_as_long_as_the_stage_runs_and_no_longer() -> None:
    record = Beating()

    with heartbeat(record):
        assert record.enough.wait(10)

    wait_until_no_heart_beats()


def test_it_goes_on_after_an_outage_of_the_database() -> None:
    record = Beating(answers=[DatabaseUnreachable(), DatabaseUnreachable()])

    with heartbeat(record):
        assert record.enough.wait(10)

    wait_until_no_heart_beats()


def test_it_stops_when_the_run_was_taken_over() -> None:
    record = Beating(answers=[Fenced()], wanted=1)

    with heartbeat(record):
        assert record.enough.wait(10)
        wait_until_no_heart_beats()

    assert record.beats == 1


def test_an_untracked_run_has_no_heart() -> None:
    with heartbeat(UntrackedRun()):
        assert no_heart_beats()
