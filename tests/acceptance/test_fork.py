"""`scribe-dagster fork`: a new run out of the stored state of another one."""

from __future__ import annotations

import pytest
from fakes.openai_server import CHAT, IMAGES, FakeOpenAI

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


def test_a_better_title_is_published_without_paying_for_the_rewrite_again(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    [origin] = cli("process", str(EXAMPLE), "--json").objects

    forked = cli("fork", "1", "--from", "CreateArticle", "--set", "title=A better title")

    assert forked.code == 0, forked.err
    assert "[5/6] CreateArticle" in forked.out
    assert "[4/6]" not in forked.out
    assert (openai.count(CHAT), openai.count(IMAGES)) == (1, 1)
    [fork] = cli("runs", "show", "2", "--json").objects
    assert fork["forked_from_id"] == origin["id"]
    assert fork["edits"] == {"draft.title": "A better title"}
    assert fork["payload_snapshot"]["draft"]["title"] == "A better title"
    assert fork["article_id"] != origin["article_id"]
    assert 'Forked from:  #1, with draft.title = "A better title"' in cli("runs", "show", "2").out
    assert cli("runs", "show", "1", "--json").objects[0]["article_id"] == origin["article_id"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("1", "--from", "Nonsense"), 2, "There are: Scrape, AiRewrite"),
        (("7", "--from", "Publish"), 4, "There is no pipeline run #7"),
        (("1", "--from", "Publish", "--set", "titel=x"), 2, "title"),
        (("1", "--from", "Publish", "--set", "article_id=3"), 2, "article_id"),
    ],
    ids=["stage", "run", "field", "record"],
)
def test_what_cannot_be_forked_is_told_and_no_run_is_made(
    cli: CommandLine, arguments: tuple[str, ...], code: int, told: str
) -> None:
    cli("process", str(EXAMPLE))

    refused = cli("fork", *arguments)

    assert refused.code == code
    assert told in refused.err
    assert "Traceback" not in refused.err
    assert len(cli("runs", "--json").objects) == 1
