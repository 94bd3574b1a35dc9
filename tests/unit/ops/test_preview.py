from __future__ import annotations

from scribe_dagster.domain.draft import Draft
from scribe_dagster.ops.preview import article_preview


def preview(**changes: str) -> str:
    draft = Draft(**{"title": "A title", "content": "<p>A body.</p>", "written_by": "x"} | changes)
    return article_preview(draft)[0]


def test_a_preview_is_the_article_as_markdown() -> None:
    shown = preview(content="<h2>One</h2><p>Two <strong>words</strong>.</p>", description="Short.")

    assert shown == "# A title\n\n*Short.*\n\n## One\n\nTwo **words**."


def test_text_that_looks_like_markup_stays_text() -> None:
    pixel = "![x](https://evil.example/pixel.gif) <img src=x onerror=alert(1)>"
    escaped = pixel.replace("<", "&lt;")

    shown = preview(title=pixel, description=pixel, content=f"<p>{escaped}</p>")

    assert "![" not in shown.replace("!\\[", "")
    assert "<img" not in shown.replace("\\<", "")
