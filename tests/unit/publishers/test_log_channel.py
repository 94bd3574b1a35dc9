from __future__ import annotations

import logging

import pytest

from scribe_dagster.drivers.publishers.log import LogChannel
from scribe_dagster.drivers.publishers.protocol import Post


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="scribe_dagster.publish")
    return caplog


def test_one_line_tells_id_title_slug_and_source(an_article, lines) -> None:
    receipt = LogChannel().publish(Post(an_article(id=42)))
    (record,) = lines.records
    assert (record.name, record.levelname) == ("scribe_dagster.publish", "INFO")
    for part in ("#42", "The keepers", "the-keepers", "https://www.example.org/keepers"):
        assert part in record.getMessage()
    assert receipt.url is None


def test_a_title_of_several_lines_cannot_forge_a_second_entry(an_article, lines) -> None:
    LogChannel().publish(Post(an_article(title="Calm\nERROR the disk is on fire\x1b[2J")))
    (record,) = lines.records
    assert record.getMessage().isprintable()


def test_a_password_in_the_source_stays_out_of_the_log(an_article, lines) -> None:
    LogChannel().publish(Post(an_article(source_url="https://ann:hunter22@example.org/a")))
    assert "hunter22" not in lines.text
