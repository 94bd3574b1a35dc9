"""What docs/models.md shows is true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from scribe_dagster.config import Settings
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.ai.protocol import RewriteRequest
from scribe_dagster.drivers.registry import PluginGroup, names

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def test_every_setting_it_names_is_one() -> None:
    named = set(re.findall(r"`((?:[A-Z]+_)+[A-Z]+)", PAGE.read_text("utf-8")))
    others = {"AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_ENDPOINT_URL"}

    assert len(named) > 20
    assert named - others <= {name.upper() for name in Settings.model_fields}


def test_every_provider_that_is_ours_has_a_line_in_the_table() -> None:
    table = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert set(table) <= {*names(PluginGroup.TEXT_MODELS), *names(PluginGroup.IMAGE_MODELS)}
    assert {"local", "openai", "anthropic", "gemini", "lead", "ollama"} == set(table)


def test_the_provider_it_shows_writes() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    shown: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), shown)
    model = shown["ShoutingTextModel"].from_settings(Settings(_env_file=None))

    draft = model.rewrite(RewriteRequest(ScrapedContent(text="Not so loud."), "text:x")).draft

    assert draft.content == "<p>NOT SO LOUD.</p>"
