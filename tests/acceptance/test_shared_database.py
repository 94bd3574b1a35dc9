"""A PostgreSQL that several machines share."""

from __future__ import annotations

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


@pytest.fixture
def shared(cli: CommandLine, database_url: str) -> CommandLine:
    cli.environment["SCRIBE_DATABASE_URL"] = database_url
    return cli


def test_it_is_migrated_by_command_and_holds_every_run(
    shared: CommandLine, openai: FakeOpenAI
) -> None:
    openai.fail_next(IMAGES, 429, "rate limited")

    refused = shared("process", str(EXAMPLE))
    assert refused.code == 2
    assert "scribe-dagster migrate" in refused.err
    assert "empty → content_0002, tracking_" in shared("migrate").out
    assert "up to date" in shared("migrate").out

    assert shared("process", str(EXAMPLE)).code == 1
    assert shared("resume", "1").code == 0
    assert openai.count(CHAT) == 1
    [run] = shared("runs", "--json").objects
    assert (run["status"], run["attempt"], run["article_id"]) == ("completed", 2, 1)


def test_two_machines_resume_one_run_and_one_of_them_wins(
    shared: CommandLine, openai: FakeOpenAI
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    openai.fail_next(IMAGES, 429, "rate limited")
    shared("migrate")
    shared("process", str(EXAMPLE))

    def resume(machine: int) -> int:
        return shared("resume", "1", SCRIBE_HOME=str(shared.folder / f"machine-{machine}")).code

    with ThreadPoolExecutor(2) as pool:
        codes = sorted(pool.map(resume, range(2)))

    assert codes == [0, 4]
    assert openai.count(IMAGES) == 2
