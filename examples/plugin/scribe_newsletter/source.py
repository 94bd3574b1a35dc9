"""The source ``newsletter``: an e-mail that was saved as a file."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import ClassVar, Self

from scribe_dagster.plugins import ContentPayload, ScrapedContent, Settings, SourceError


class NewsletterSource:
    """Reads the file that ``payload.source_url`` names: with ``--source``, just as it was typed."""

    name: ClassVar[str] = "newsletter"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the source; it has no settings."""
        return cls()

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Read the letter's plain text.

        Raises:
            SourceError: The file cannot be read, or holds no plain text.
        """
        try:
            data = Path(payload.source_url).read_bytes()
        except OSError as error:
            raise SourceError(
                f"The letter {payload.source_url} cannot be read: {error.strerror}. "
                "Check the path, then start a new run."
            ) from error
        letter = message_from_bytes(data, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        body = letter.get_body(preferencelist=("plain",))
        text = str(body.get_content()).strip() if body else ""
        if not text:
            raise SourceError(
                f"The letter {payload.source_url} holds no plain text. Save it as text."
            )
        paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
        date = letter["Date"]
        return ScrapedContent(
            text="\n\n".join(paragraphs),
            html="\n".join(f"<p>{escape(part, quote=False)}</p>" for part in paragraphs),
            title=letter["Subject"],
            site_name=letter["From"].addresses[0].display_name if letter["From"] else None,
            published_at=date.datetime if date else None,
            language="en",
        )
