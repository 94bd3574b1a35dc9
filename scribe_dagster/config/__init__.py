"""Every setting: its environment variable, its default, its meaning."""

from scribe_dagster.config.settings import Settings

__all__ = ["Settings"]
