"""The instructions language models are given, one Markdown file each."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from scribe_dagster.errors import ConfigurationError

# {name}, {{ name }}, ${name}: whatever template language somebody has in mind.
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}|\$?\{[A-Za-z_][\w.]*\}|<%.*?%>")


def load_prompt(name: str, folder: Path | None = None) -> str:
    """Return a prompt: ``<name>.md`` of a folder of one's own, if it is there, or ours.

    Raises:
        ConfigurationError: There is no such folder, it holds a prompt that nobody would read, or
            the prompt is empty, no text, or has a placeholder.
    """
    if folder is not None:
        own = _own_prompts(folder).get(name)
        if own is not None:
            return _checked(own)
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def prompt_names() -> list[str]:
    """Return the names of all prompts there are, sorted."""
    packaged = (file.name for file in files(__name__).iterdir())
    return sorted(name.removesuffix(".md") for name in packaged if name.endswith(".md"))


def _own_prompts(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ConfigurationError(f"PROMPTS_DIR is {folder}, and there is no such folder. Make it.")
    own = {file.stem: file for file in sorted(folder.glob("*.md"))}
    known = prompt_names()
    unread = [file.name for stem, file in own.items() if stem not in known]
    if unread:
        raise ConfigurationError(
            f"PROMPTS_DIR holds {', '.join(unread)}, which nobody would read. "
            f"A prompt is named {', '.join(f'{name}.md' for name in known)}."
        )
    return own


def _checked(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The prompt {file} cannot be read as UTF-8 text.") from error
    if not text:
        raise ConfigurationError(f"The prompt {file} is empty. Write it, or remove the file.")
    placeholder = _PLACEHOLDER.search(text)
    if placeholder:
        raise ConfigurationError(
            f"The prompt {file} has the placeholder {placeholder[0]}, and nothing would be put in "
            "its place. The page, its language and the categories are handed to the model as JSON, "
            "in a message of their own: write about `source`, `write_in` and `categories`."
        )
    return text
