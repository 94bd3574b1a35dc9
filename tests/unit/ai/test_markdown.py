from __future__ import annotations

import pytest

from scribe_dagster.drivers.ai.markdown import as_html
from scribe_dagster.drivers.ai.rewrite_schema import RewriteAnswer


def article(content: str) -> str:
    return RewriteAnswer.model_validate({"title": "A title", "content": content}).content


def test_html_is_left_as_it_is() -> None:
    html = "<h2>One</h2>\n\n    <p>Two **stars** and a # sign.</p>"

    assert as_html(html) == html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("## One\n\nTwo **words**.", "<h2>One</h2>\n<p>Two <strong>words</strong>.</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("> Said she.", "<blockquote>\n<p>Said she.</p>\n</blockquote>"),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("5 < 6 & so on", "<p>5 &lt; 6 &amp; so on</p>"),
        ("مرحبا **بالعالم**", "<p>مرحبا <strong>بالعالم</strong></p>"),
    ],
)
def test_markdown_becomes_html(markdown: str, html: str) -> None:
    assert article(markdown) == html


def test_a_table_is_one() -> None:
    assert "<td>2</td>" in article("| a | b |\n|---|---|\n| 1 | 2 |")


@pytest.mark.parametrize("inside", ["<p>One.</p>", "One."])
@pytest.mark.parametrize("language", ["html", "markdown", ""])
def test_a_fence_around_the_whole_is_taken_off(inside: str, language: str) -> None:
    assert article(f"```{language}\n{inside}\n```") == "<p>One.</p>"


@pytest.mark.parametrize(
    "attack",
    [
        "[click](javascript:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://evil.example/pixel.gif)",
        "<script>alert(1)</script>",
        "**bold** <img src=x onerror=alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
    ],
)
def test_what_markdown_smuggles_in_does_not_get_through(attack: str) -> None:
    html = article(f"Text.\n\n{attack}")

    assert "<p>Text.</p>" in html
    for forbidden in ("<script", "<img", "onerror=", 'href="javascript', 'href="data'):
        assert forbidden not in html


def test_headings_as_large_as_a_pages_title_become_second_ones() -> None:
    assert as_html("# One\n\nTwo.\n\n# Three") == "<h2>One</h2>\n<p>Two.</p>\n<h2>Three</h2>"
    assert as_html("<h1>One</h1><p>Two.</p><h1 id=a>Three</h1>") == (
        "<h2>One</h2><p>Two.</p><h2 id=a>Three</h2>"
    )
