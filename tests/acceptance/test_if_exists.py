"""The same source twice: again, not at all, or where it was left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("choice", ["skip", "reuse"])
def test_of_two_processes_at_once_one_makes_the_article(
    cli: CommandLine, openai: FakeOpenAI, choice: str
) -> None:
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(
            pool.map(lambda _: cli("process", str(EXAMPLE), "--if-exists", choice), range(2))
        )

    assert [outcome.code for outcome in outcomes] == [0, 0]
    assert len(cli("runs", "--json").objects) == 1
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 1)


def test_a_failed_run_is_left_alone_by_skip_and_resumed_by_reuse(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    openai.fail_next(IMAGES, 429, "rate limited")
    cli("process", str(EXAMPLE))

    skipped = cli("process", str(EXAMPLE), "--if-exists", "skip")
    reused = cli("process", str(EXAMPLE), "--if-exists", "reuse", "--json")

    assert skipped.code == 1
    assert "scribe-dagster resume 1" in skipped.out
    assert reused.code == 0
    assert [(run["id"], run["attempt"]) for run in reused.objects] == [(1, 2)]
    assert openai.count(CHAT) == 1


def test_by_default_there_is_a_second_run_and_a_second_article(cli: CommandLine) -> None:
    cli("process", str(EXAMPLE))

    again = cli("process", str(EXAMPLE), "--json")

    assert [(run["id"], run["article_id"]) for run in again.objects] == [(2, 2)]
    assert "! This source has been processed before: run #1 is completed." in again.err
