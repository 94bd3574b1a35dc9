"""Drivers and stages by name, found through entry points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from scribe_dagster.config import Settings
from scribe_dagster.errors import ConfigurationError, UnknownPlugin


class PluginGroup(StrEnum):
    """The entry-point groups a package may register in."""

    SOURCES = "scribe_dagster.sources"
    TEXT_MODELS = "scribe_dagster.text_models"
    IMAGE_MODELS = "scribe_dagster.image_models"
    CHANNELS = "scribe_dagster.channels"
    STAGES = "scribe_dagster.stages"

    @property
    def noun(self) -> str:
        """What one member of the group is called in a message."""
        return self.removeprefix("scribe_dagster.").removesuffix("s").replace("_", " ")


@dataclass(frozen=True, slots=True)
class Plugin:
    """A registered driver or stage, not loaded yet."""

    name: str
    group: PluginGroup
    distribution: str
    version: str


def _registered(group: PluginGroup) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


def installed(groups: Iterable[PluginGroup] = PluginGroup) -> list[Plugin]:
    """List what is registered, without importing any of it."""
    return [
        Plugin(
            name=name,
            group=group,
            distribution=point.dist.name if point.dist else "unknown",
            version=point.dist.version if point.dist else "unknown",
        )
        for group in groups
        for name, point in sorted(_registered(group).items())
    ]


def names(group: PluginGroup) -> list[str]:
    """Return the names registered in a group, sorted."""
    return sorted(_registered(group))


def load(group: PluginGroup, name: str) -> Any:
    """Import one plugin and return what it registered.

    Raises:
        UnknownPlugin: Nothing of that name is registered; the message lists what is.
        ConfigurationError: It is registered but cannot be imported.
    """
    registered = _registered(group)
    if name not in registered:
        raise UnknownPlugin.named(name, what=group.noun, known=list(registered))
    point = registered[name]
    try:
        return point.load()
    except Exception as error:
        owner = f" (from {point.dist.name})" if point.dist else ""
        raise ConfigurationError(
            f"The {group.noun} {name!r}{owner} cannot be loaded: {error}. Reinstall or remove it."
        ) from error


def make(group: PluginGroup, name: str, settings: Settings) -> Any:
    """Load a driver and make it from settings.

    Raises:
        UnknownPlugin: Nothing of that name is registered; the message lists what is.
        ConfigurationError: It cannot be imported, or lacks a setting.
    """
    return load(group, name).from_settings(settings)
