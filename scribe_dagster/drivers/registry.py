"""Drivers and stages by name, found through entry points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from scribe_dagster.config import Settings
from scribe_dagster.domain.stage import Stage
from scribe_dagster.errors import ConfigurationError, ScribeError, UnknownPlugin


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

    @property
    def chosen_by(self) -> str:
        """Where users name a member of the group."""
        return _CHOSEN_BY[self]


_CHOSEN_BY = {
    PluginGroup.SOURCES: "--source",
    PluginGroup.TEXT_MODELS: "AI_PROVIDER and AI_FALLBACKS",
    PluginGroup.IMAGE_MODELS: "AI_IMAGE_PROVIDER and AI_IMAGE_FALLBACKS",
    PluginGroup.CHANNELS: "PUBLISHER_CHANNELS, or --channels",
    PluginGroup.STAGES: "PIPELINE_STAGES, or the list of stages",
}

_METHODS = {
    PluginGroup.SOURCES: ("from_settings", "read"),
    PluginGroup.TEXT_MODELS: ("from_settings", "rewrite"),
    PluginGroup.IMAGE_MODELS: ("from_settings", "generate"),
    PluginGroup.CHANNELS: ("from_settings", "publish", "find", "dry_run"),
}
"""What a driver of each group must be able to do."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A registered driver or stage, not loaded yet."""

    name: str
    group: PluginGroup
    distribution: str
    version: str


def _registered(group: PluginGroup) -> list[EntryPoint]:
    """Return what is registered, by name; of one name there may be several."""
    return sorted(entry_points(group=group), key=lambda point: (point.name, _owner(point)))


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "unknown"


def installed(groups: Iterable[PluginGroup] = PluginGroup) -> list[Plugin]:
    """List what is registered, without importing any of it."""
    return [
        Plugin(
            name=point.name,
            group=group,
            distribution=_owner(point),
            version=point.dist.version if point.dist else "unknown",
        )
        for group in groups
        for point in _registered(group)
    ]


def names(group: PluginGroup) -> list[str]:
    """Return the names registered in a group, sorted."""
    return sorted({point.name for point in _registered(group)})


def clashes(plugins: Iterable[Plugin]) -> list[str]:
    """Say which names several packages claim; none of them can be loaded."""
    owners: dict[tuple[PluginGroup, str], list[str]] = {}
    for plugin in plugins:
        owners.setdefault((plugin.group, plugin.name), []).append(plugin.distribution)
    return [
        _clash(group, name, packages)
        for (group, name), packages in owners.items()
        if len(packages) > 1
    ]


def _clash(group: PluginGroup, name: str, packages: Sequence[str]) -> str:
    return (
        f"Several packages bring a {group.noun} named {name!r}: {', '.join(packages)}. "
        "Uninstall all but one of them."
    )


def load(group: PluginGroup, name: str) -> Any:
    """Import one plugin and return what it registered.

    Raises:
        UnknownPlugin: Nothing of that name is registered; the message lists what is.
        ConfigurationError: It is registered by several packages, cannot be imported, or is not
            what the group holds.
    """
    found = [point for point in _registered(group) if point.name == name]
    if not found:
        raise UnknownPlugin.named(
            name, what=group.noun, known=names(group), chosen_by=group.chosen_by
        )
    if len(found) > 1:
        # Which of them came last is for no user to know.
        raise ConfigurationError(_clash(group, name, [_owner(point) for point in found]))
    [point] = found
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:
        raise ConfigurationError(
            f"{_described(group, point)} cannot be loaded: {error}. Reinstall or remove it."
        ) from error
    if wrong := _what_is_wrong(group, name, loaded):
        raise ConfigurationError(f"{_described(group, point)} cannot be used: {wrong}.")
    return loaded


def make(group: PluginGroup, name: str, settings: Settings) -> Any:
    """Load a driver and make it from settings.

    Raises:
        UnknownPlugin: Nothing of that name is registered; the message lists what is.
        ConfigurationError: It cannot be loaded, or lacks a setting.
    """
    driver = load(group, name)
    try:
        return driver.from_settings(settings)
    except ScribeError:
        raise
    except Exception as error:
        [point] = (point for point in _registered(group) if point.name == name)
        raise ConfigurationError(
            f"{_described(group, point)} cannot be made from its settings: "
            f"{type(error).__name__}: {error}. That is a fault of its package."
        ) from error


def _described(group: PluginGroup, point: EntryPoint) -> str:
    owner = f" (from {point.dist.name})" if point.dist else ""
    return f"The {group.noun} {point.name!r}{owner}"


def _what_is_wrong(group: PluginGroup, name: str, loaded: Any) -> str | None:
    """Say what keeps something that could be imported from being a driver, or a stage."""
    if group is PluginGroup.STAGES:
        if not isinstance(loaded, Stage):
            return "it is not a stage; put @stage above the function"
    elif not isinstance(loaded, type):
        return "its entry point names no class"
    elif missing := [it for it in _METHODS[group] if not callable(getattr(loaded, it, None))]:
        return f"it has no {missing[0]}()"
    # Rows and messages know a driver by its own name, settings by that of its entry point.
    own = getattr(loaded, "name", None)
    return None if own == name else f"its `name` is {own!r}, and that of its entry point {name!r}"
