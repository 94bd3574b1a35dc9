from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.domain.sanitise import sanitise_article, visible_text


@pytest.mark.parametrize(
    "prose",
    [
        "<p>A <strong>bold</strong> and <em>stressed</em> word</p>",
        "<h2>One</h2><h3>Two</h3><h4>Three</h4>",
        "<ul><li>a</li></ul><ol><li>b</li></ol>",
        "<blockquote><p>Quoted.</p></blockquote>",
        "<pre><code>x &lt; y</code></pre>",
        '<table><thead><tr><th colspan="2">h</th></tr></thead>'
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
        "<p>مرحبا بالعالم。日本語</p>",
    ],
)
def test_what_an_article_is_made_of_stays_as_it_is(prose: str) -> None:
    assert sanitise_article(prose) == prose


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        "<iframe src='https://evil.example'>alert(1)</iframe>",
        "<svg onload=alert(1)></svg>",
        "<img src=x onerror=alert(1)>",
        "<object data='x'></object><embed src='x'>",
        "<form action='https://evil.example'><button>alert(1)</button></form>",
        "<!-- alert(1) -->",
        "<template>alert(1)</template>",
    ],
)
def test_what_runs_or_loads_something_goes_without_a_trace(attack: str) -> None:
    assert sanitise_article(f"<p>Text</p>{attack}") == "<p>Text</p>"


def test_an_unknown_element_loses_its_tags_and_keeps_its_text() -> None:
    assert sanitise_article("<article><h1>Title</h1><p>Text</p></article>") == "Title<p>Text</p>"


def test_event_handlers_styles_and_classes_are_dropped() -> None:
    dressed = '<p onclick="alert(1)" style="color:red" class="x" id="y">Text</p>'

    assert sanitise_article(dressed) == "<p>Text</p>"


@pytest.mark.parametrize(
    "address", ["https://a.example/b?c=d", "http://a.example/", "mailto:a@b.example"]
)
def test_a_link_keeps_its_address_and_vouches_for_nothing(address: str) -> None:
    assert sanitise_article(f'<a href="{address}" target="_blank">x</a>') == (
        f'<a href="{address}" rel="noopener noreferrer nofollow">x</a>'
    )


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVa\tScript:alert(1)", "data:text/html,x", "/about", "//a.example"],
)
def test_a_link_to_anywhere_else_loses_its_address(address: str) -> None:
    assert "href" not in sanitise_article(f'<a href="{address}">x</a>')


def test_headings_do_not_end_up_within_headings() -> None:
    html = "<h2>One<x-y><h2>Two</h2></x-y></h2>"

    assert sanitise_article(html) == sanitise_article(sanitise_article(html))


def test_half_a_character_is_left_out() -> None:
    assert sanitise_article("<p>\ud800Text</p>") == "<p>Text</p>"
    assert visible_text("<p>\ud800Text</p>") == "Text"


@given(st.text())
def test_cleaning_twice_gives_what_cleaning_once_gave(html: str) -> None:
    once = sanitise_article(html)

    assert sanitise_article(once) == once


def test_the_visible_text_has_neither_markup_nor_entities() -> None:
    assert visible_text("<p>Fish &amp; <b>chips</b></p><script>x</script>") == "Fish & chips"


def test_markup_alone_shows_nothing() -> None:
    assert visible_text("<p> <br></p>&nbsp;") == ""


@pytest.mark.parametrize(
    "html", ["<p>One.</p><p>Two.</p>", "One.<br>Two.", "<ul><li>One.</li><li>Two.</li></ul>"]
)
def test_what_a_reader_sees_apart_does_not_run_together(html: str) -> None:
    assert visible_text(html).split() == ["One.", "Two."]


@pytest.mark.parametrize("unclosed", ["<br ", "</p ", "<!-- <br ", "<hr\n"])
def test_tags_that_never_end_cost_no_more_than_their_length(unclosed: str) -> None:
    # A second or so; what looks from each of them to the end of the text takes hours.
    visible_text(unclosed * 1_000_000)
