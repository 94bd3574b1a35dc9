"""A word on a feed that was read as far as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from scribe_dagster.domain.redaction import redact

if TYPE_CHECKING:
    from scribe_dagster.domain.feed_entry import Feed


def warn_of_damage(feed: Feed) -> None:
    """Tell on standard error what is wrong with how a feed is written, if anything is."""
    if feed.damage:
        told = f"! {redact(feed.url)} is damaged. {feed.damage}"
        typer.secho(told, fg=typer.colors.YELLOW, err=True)
