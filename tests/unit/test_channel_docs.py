"""docs/channels.md tells of every channel and every setting, and what it shows works."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from fakes.channels import ARTICLE
from pydantic.fields import FieldInfo
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.config.channels import ChannelSettings
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.drivers.registry import PluginGroup, names
from scribe_dagster.errors import ConfigurationError

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"
TEXT = PAGE.read_text("utf-8")


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
def noticeboard(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, tmp_path: Path
) -> type[Channel]:
    """The channel that the page shows how to write."""
    monkeypatch.setenv("NOTICEBOARD_URL", httpserver.url_for("").rstrip("/"))
    monkeypatch.setenv("NOTICEBOARD_KEY", "sesame-0123456789")
    # Of the blocks of the page it is the one that is Python.
    [code] = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "noticeboard.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "noticeboard", raising=False)
    channel: type[Channel] = import_module("noticeboard").NoticeBoard
    return channel


def test_the_channel_shown_publishes_and_finds(
    noticeboard: type[Channel], httpserver: HTTPServer
) -> None:
    channel = noticeboard.from_settings(Settings(_env_file=None))
    where = "/notices/the-keepers"
    httpserver.expect_oneshot_request(where, method="GET").respond_with_data("", 404)
    assert channel.find(ARTICLE) is None

    httpserver.expect_request(where, method="PUT").respond_with_json({"url": "https://b.example/1"})
    receipt = channel.publish(Post(ARTICLE))

    httpserver.expect_request(where, method="GET").respond_with_json({"url": "https://b.example/1"})
    assert receipt == Receipt(url="https://b.example/1", external_id="the-keepers")
    assert channel.find(ARTICLE) == receipt


def test_the_channel_shown_says_what_it_lacks(
    noticeboard: type[Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTICEBOARD_KEY")

    with pytest.raises(ConfigurationError, match="NOTICEBOARD_KEY"):
        noticeboard.from_settings(Settings(_env_file=None))
