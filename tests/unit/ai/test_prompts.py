from __future__ import annotations

from pathlib import Path

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.drivers.ai.ollama import OllamaTextModel
from scribe_dagster.drivers.ai.prompts import load_prompt, prompt_names
from scribe_dagster.errors import ConfigurationError


def test_every_packaged_prompt_can_be_loaded() -> None:
    assert prompt_names() == ["rewrite"]
    assert all(load_prompt(name) for name in prompt_names())


def test_the_packaged_prompt_would_pass_as_one_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "rewrite.md").write_text(load_prompt("rewrite"), encoding="utf-8")

    assert load_prompt("rewrite", tmp_path) == load_prompt("rewrite")


def test_a_prompt_of_ones_own_replaces_ours(tmp_path: Path) -> None:
    (tmp_path / "rewrite.md").write_text("Écris court.\n", encoding="utf-8")

    assert load_prompt("rewrite", tmp_path) == "Écris court."


def test_where_there_is_none_of_ones_own_ours_stands(tmp_path: Path) -> None:
    assert load_prompt("rewrite", tmp_path) == load_prompt("rewrite")


@pytest.mark.parametrize("placeholder", ["{title}", "{{ text }}", "${url}", "<% x %>", "{a.b}"])
def test_a_placeholder_that_nobody_would_fill_is_refused(tmp_path: Path, placeholder: str) -> None:
    (tmp_path / "rewrite.md").write_text(f"Write about {placeholder}, briefly.")

    with pytest.raises(ConfigurationError, match="placeholder") as raised:
        load_prompt("rewrite", tmp_path)

    assert placeholder in str(raised.value)


def test_json_in_a_prompt_is_no_placeholder(tmp_path: Path) -> None:
    (tmp_path / "rewrite.md").write_text('Answer like {"title": "…", "tags": []}.')

    assert "tags" in load_prompt("rewrite", tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("rewrite.md", b" \n", "is empty"),
        ("rewrite.md", b"\xff\xfe\x00", "UTF-8"),
        ("rewrit.md", b"Write.", "rewrit.md, which nobody would read"),
    ],
)
def test_a_prompt_that_would_not_be_used_is_told(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ConfigurationError, match=complaint):
        load_prompt("rewrite", tmp_path)


def test_a_folder_that_is_not_there_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, prompts_dir=tmp_path / "nowhere")

    with pytest.raises(ConfigurationError, match="PROMPTS_DIR"):
        OllamaTextModel.from_settings(settings)
