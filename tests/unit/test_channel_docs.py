"""docs/channels.md tells of every channel and every setting, and what it shows works."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from fakes.channels import ARTICLE
from pydantic.fields import FieldInfo
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.config.channels import ChannelSettings
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.drivers.registry import PluginGroup, names
from scribe_dagster.errors import ConfigurationError

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"
TEXT = PAGE.read_text("utf-8")
COVER = StoredImage(path="articles/a.webp", media_type="image/webp", width=4, height=3, size=5)
PINNED = Post(ARTICLE.evolve(image=COVER), b"image")


@pytest.mark.parametrize("channel", names(PluginGroup.CHANNELS))
def test_every_channel_has_a_section(channel: str) -> None:
    assert f"\n## `{channel}`\n" in TEXT
    assert f"\n| [`{channel}`](#{channel}) |" in TEXT


def test_no_channel_has_a_section_that_is_not_there() -> None:
    sections = re.findall(r"^## `(\w+)`$", TEXT, re.MULTILINE)
    assert sorted(sections) == names(PluginGroup.CHANNELS)


@pytest.mark.parametrize(("name", "field"), ChannelSettings.model_fields.items())
def test_every_setting_is_listed_in_the_section_of_its_channel(name: str, field: FieldInfo) -> None:
    shown = str(field.default).lower() if isinstance(field.default, bool) else field.default
    default = f"`{shown}`" if shown is not None else ""
    section = TEXT.split(f"\n## `{name.partition('_')[0]}`\n")[1].split("\n## ")[0]
    assert f"\n| `{name.upper()}` | {default} | {field.description} |\n" in section


@pytest.fixture
def noticeboard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[ModuleType, ModuleType]:
    """The channel that the page shows how to write, and its tests."""
    blocks = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    monkeypatch.syspath_prepend(tmp_path)
    modules = []
    for name, code in zip(("noticeboard", "shown_tests"), blocks, strict=True):
        (tmp_path / f"{name}.py").write_text(code, "utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
        modules.append(import_module(name))
    channel, tests = modules
    return channel, tests


@pytest.fixture
def board(
    noticeboard: tuple[ModuleType, ModuleType],
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Channel:
    monkeypatch.setenv("NOTICEBOARD_URL", httpserver.url_for(""))
    monkeypatch.setenv("NOTICEBOARD_KEY", "sesame-0123456789")
    channel: Channel = noticeboard[0].NoticeBoard.from_settings(Settings(_env_file=None))
    return channel


def test_the_tests_shown_pass(
    noticeboard: tuple[ModuleType, ModuleType], tmp_path: Path, home: Path
) -> None:
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "shown_tests.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert tested.returncode == 0, tested.stdout
    assert "10 passed" in tested.stdout


def test_the_channel_shown_does_not_find_what_is_not_there(
    board: Channel, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/notices/the-keepers").respond_with_data("", 404)

    assert board.find(ARTICLE) is None


def test_the_channel_shown_uploads_the_cover_first(board: Channel, httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/pictures", method="POST").respond_with_data(
        "", 201, {"Location": "/pictures/9"}
    )
    httpserver.expect_ordered_request(
        "/notices/the-keepers",
        method="PUT",
        json={**board.dry_run(PINNED), "picture": "/pictures/9"},
    ).respond_with_json({"url": "https://b.example/1"})

    assert board.publish(PINNED).url == "https://b.example/1"


def test_the_channel_shown_says_what_it_lacks(
    noticeboard: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTICEBOARD_KEY", raising=False)

    with pytest.raises(ConfigurationError, match="NOTICEBOARD_KEY"):
        noticeboard[0].NoticeBoard.from_settings(Settings(_env_file=None))
