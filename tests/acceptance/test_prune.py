"""`scribe-dagster prune`: planned, then done."""

from __future__ import annotations

import pytest

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes


def test_what_is_old_enough_is_dropped_and_the_run_is_still_told(cli: CommandLine) -> None:
    assert "everything is kept for ever" in cli("prune").err
    assert cli("prune").code == 2
    cli("process", str(EXAMPLE))

    assert "Would drop the texts of 1 run that" in cli("prune", "--older-than", "0m", "--plan").out
    assert cli("prune", RUN_RETENTION_DAYS="1", COLUMNS="80").code == 0
    [done] = cli("prune", "--older-than", "0m", "--json").objects
    assert (done["runs"], done["pruned"]) == (1, True)

    told = cli("runs", "show", "1").out
    assert "CreateArticle" in told
    assert "completed" in told
    assert "no longer kept, so it cannot be forked" in told
    assert cli("process", str(EXAMPLE), "--if-exists", "skip").code == 0
    refused = cli("fork", "1", "--from", "AiRewrite")
    assert refused.code == 4
    assert "no longer kept" in refused.err
