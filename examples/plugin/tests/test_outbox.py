"""The outbox keeps what every channel promises, and one thing more."""

from pathlib import Path

import pytest
from scribe_newsletter.channel import OutboxChannel

from scribe_dagster.plugins import Channel, ConfigurationError, Post, Settings
from scribe_dagster.testing import ChannelContract, Memory, an_article


class TestOutbox(ChannelContract):
    @pytest.fixture
    def channel(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Channel:
        monkeypatch.setenv("OUTBOX_DIR", str(tmp_path))
        return OutboxChannel.from_settings(Settings.load())

    @pytest.fixture
    def memory(self) -> Memory:
        return Memory.CAN_BE_ASKED

    def test_the_file_is_named_by_the_slug(self, channel: Channel, tmp_path: Path) -> None:
        channel.publish(Post(an_article(slug="the-mill")))

        assert [file.name for file in tmp_path.iterdir()] == ["the-mill.json"]


def test_without_its_folder_it_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTBOX_DIR", raising=False)

    with pytest.raises(ConfigurationError, match="OUTBOX_DIR: it is not set"):
        OutboxChannel.from_settings(Settings.load())
