"""Previews that fit into Dagster's metadata: markdown, and small images within it."""

import base64
from html import escape
from io import BytesIO

from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.text import one_line

_PREVIEW_WIDTH = 480
"""Pixels. Every preview is stored in Dagster's event log."""


def article_preview(draft: Draft) -> tuple[str, int]:
    """Return the draft as markdown, and the number of words in its content."""
    from markdownify import markdownify

    body = markdownify(draft.content, heading_style="ATX", escape_misc=True).strip()
    parts = [f"# {_as_text(draft.title)}"]
    if draft.description:
        parts.append(f"*{_as_text(one_line(draft.description, limit=400))}*")
    parts.append(body)
    if draft.tags:
        parts.append(" ".join(f"`{tag.replace('`', '')}`" for tag in draft.tags))
    return "\n\n".join(parts), len(body.split())


def _as_text(text: str) -> str:
    """Write text so that whoever renders the markdown shows it, and does nothing else with it."""
    from markdownify import markdownify

    return str(markdownify(escape(text), escape_misc=True)).strip()


def image_preview(data: bytes, alt: str) -> str:
    """Return a small copy of an image as markdown with the data inline."""
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        image.draft("RGB", (_PREVIEW_WIDTH, _PREVIEW_WIDTH))
        small = image.convert("RGB")
        small.thumbnail((_PREVIEW_WIDTH, _PREVIEW_WIDTH))
    encoded = BytesIO()
    small.save(encoded, "WEBP", quality=70)
    label = one_line(alt, limit=120).replace("[", "(").replace("]", ")")
    return f"![{label}](data:image/webp;base64,{base64.b64encode(encoded.getvalue()).decode()})"
