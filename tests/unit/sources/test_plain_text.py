from __future__ import annotations

import pytest

from scribe_dagster.drivers.sources.plain_text import read_plain_text, text_of
from scribe_dagster.errors import SourceError


@pytest.mark.parametrize(
    "first", ["The clock is back", "# The clock is back", "\ufeff\n\n# The clock is back"]
)
def test_a_short_first_line_is_the_title_and_leaves_the_text(first: str) -> None:
    content = read_plain_text(f"{first}\r\n\r\nIt ticks.\r\n\r\n\r\nIt chimes.", source="x")

    assert content.title == "The clock is back"
    assert content.text == "It ticks.\n\nIt chimes."
    assert content.html == "<p>It ticks.</p>\n<p>It chimes.</p>"


def test_a_first_line_that_runs_on_stays_in_the_text() -> None:
    content = read_plain_text("The clock is back\nin its place.\n\nIt ticks.", source="x")

    assert content.title == "The clock is back"
    assert content.text == "The clock is back\nin its place.\n\nIt ticks."


@pytest.mark.parametrize("text", ["A lone line.", "Words, " * 40 + "\n\nMore."])
def test_a_lone_or_a_long_line_is_no_title(text: str) -> None:
    content = read_plain_text(text, source="x")

    assert content.title is None
    assert content.text.split() == text.split()


def test_markup_in_plain_text_is_shown_and_not_obeyed() -> None:
    content = read_plain_text("Title\n\nUse <script> & <b>.", source="x")

    assert content.html == "<p>Use &lt;script&gt; &amp; &lt;b&gt;.</p>"


@pytest.mark.parametrize("text", ["", " \n ", "\0\0", "…!?"])
def test_text_without_a_word_is_refused_by_the_name_of_its_source(text: str) -> None:
    with pytest.raises(SourceError, match=r"no text in notes\.txt"):
        read_plain_text(text, source="notes.txt")


def test_html_is_written_as_text_block_by_block() -> None:
    html = (
        "<h2>Two\n hands</h2><p>It <b>ticks</b>,<br>it <a href='/'>chimes</a>.</p>"
        "<ul><li>one</li><li><p>two</p><p>and a half</p></li></ul>"
        "<blockquote><p>Tick &amp; tock.</p></blockquote><pre>a  b\n c</pre>"
        "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>The end."
    )

    assert text_of(html) == (
        "Two hands\n\nIt ticks,\nit chimes.\n\n- one\n- two\n  and a half\n\n"
        "Tick & tock.\n\na  b\n c\n\n1 2\n3\n\nThe end."
    )
