from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.errors import ConfigurationError


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize(
    ("provider", "module", "extra"),
    [("anthropic", "anthropic", "anthropic"), ("gemini", "google.genai", "google")],
)
def test_a_missing_library_is_told_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, provider: str, module: str, extra: str
) -> None:
    def find(name: str) -> None:
        if name == "google.genai":
            raise ModuleNotFoundError("No module named 'google'")

    monkeypatch.setattr("scribe_dagster.drivers.ai.provider_terms.find_spec", find)

    with pytest.raises(ConfigurationError) as raised:
        make(
            PluginGroup.TEXT_MODELS, provider, settings(**{f"{provider}_api_key": "a-key-of-mine"})
        )

    assert f"pip install 'scribe-dagster[{extra}]'" in str(raised.value)
    assert f"The {provider} text model" in str(raised.value)


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
def test_a_missing_key_is_told_with_what_needs_none(provider: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{provider.upper()}_API_KEY.*AI_PROVIDER=local"):
        make(PluginGroup.TEXT_MODELS, provider, settings())


def test_ollama_at_home_needs_no_setting() -> None:
    assert make(PluginGroup.TEXT_MODELS, "ollama", settings()).name == "ollama"


def test_making_a_model_imports_no_client_library() -> None:
    script = """
import subprocess
import sys
from scribe_dagster.config import Settings
from scribe_dagster.drivers.registry import PluginGroup, make
for name in ("openai", "anthropic", "gemini", "ollama"):
    make(PluginGroup.TEXT_MODELS, name, Settings(_env_file=None, **{f"{name}_api_key": "a-key"}))
print([m for m in ("pydantic_ai", "openai", "anthropic", "google.genai") if m in sys.modules])
"""
    made = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert made.stdout.strip() == "[]"
