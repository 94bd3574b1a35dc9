"""Drivers and stages by name, whichever package brings them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.drivers.registry import (
    Plugin,
    PluginGroup,
    clashes,
    installed,
    load,
    make,
    names,
)
from scribe_dagster.errors import ConfigurationError, UnknownPlugin

BUILT_IN = {
    PluginGroup.SOURCES: ["feed", "file", "text", "web"],
    PluginGroup.TEXT_MODELS: ["anthropic", "gemini", "local", "ollama", "openai"],
    PluginGroup.IMAGE_MODELS: ["gemini", "lead", "local", "openai"],
    PluginGroup.CHANNELS: ["log", "site"],
    PluginGroup.STAGES: [
        "AiRewrite",
        "CreateArticle",
        "GenerateImage",
        "OptimiseImage",
        "Publish",
        "Scrape",
    ],
}

Package = Callable[..., None]

BELLS = """
class Bells:
    name = "bells"

    @classmethod
    def from_settings(cls, settings):
        return cls()

    def publish(self, post): ...
    def find(self, article): ...
    def dry_run(self, post): ...
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Install a package ``scribe-bells`` with a module ``bells`` and this one channel."""

    def install(
        *,
        target: str = "bells:Bells",
        source: str = BELLS,
        package: str = "scribe-bells",
        group: PluginGroup = PluginGroup.CHANNELS,
    ) -> None:
        metadata = tmp_path / f"{package.replace('-', '_')}-1.2.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n"
        )
        (metadata / "entry_points.txt").write_text(f"[{group}]\nbells = {target}\n")
        (tmp_path / "bells.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)

    yield install
    sys.modules.pop("bells", None)


@pytest.mark.parametrize("group", PluginGroup)
def test_what_is_built_in_is_found_in_every_group(group: PluginGroup) -> None:
    assert set(BUILT_IN[group]) <= set(names(group))


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group, found in BUILT_IN.items() for name in found]
)
def test_what_is_built_in_can_be_loaded_under_its_own_name(group: PluginGroup, name: str) -> None:
    assert load(group, name).name == name


def test_what_is_built_in_belongs_to_us() -> None:
    (web,) = [plugin for plugin in installed([PluginGroup.SOURCES]) if plugin.name == "web"]

    assert (web.distribution, web.version) == ("scribe-dagster", version("scribe-dagster"))


def test_a_package_adds_a_driver_by_its_entry_point(package: Package) -> None:
    package()

    assert load(PluginGroup.CHANNELS, "bells").__name__ == "Bells"
    assert {"bells", "log", "site"} <= set(names(PluginGroup.CHANNELS))


def test_a_package_is_listed_with_its_name_and_version_and_without_being_imported(
    package: Package,
) -> None:
    package(source="raise RuntimeError('imported')")

    bells = Plugin("bells", PluginGroup.CHANNELS, distribution="scribe-bells", version="1.2")
    assert bells in installed()
    assert "bells" not in sys.modules


@pytest.mark.parametrize("group", PluginGroup)
def test_an_unknown_name_is_told_which_names_are_known(group: PluginGroup) -> None:
    known = ", ".join(names(group))

    with pytest.raises(UnknownPlugin, match=rf"Unknown {group.noun} 'pigeon'\. Installed: {known}"):
        load(group, "pigeon")


def test_groups_are_called_in_messages_what_people_call_them() -> None:
    nouns = [group.noun for group in PluginGroup]

    assert nouns == ["source", "text model", "image model", "channel", "stage"]


@pytest.mark.parametrize(
    "broken",
    [
        {"source": "raise RuntimeError('no bell tower')"},
        {"source": "import no_such_module"},
        {"source": "this is not Python"},
        {"target": "bells:Missing"},
        {"target": "no_such_module:Bells"},
        {"source": "raise SystemExit('no bell tower')"},
    ],
    ids=str,
)
def test_a_broken_plugin_is_reported_with_the_package_it_came_from(
    package: Package, broken: dict[str, str]
) -> None:
    package(**broken)

    with pytest.raises(
        ConfigurationError, match=r"channel 'bells' \(from scribe-bells\) cannot be loaded: \w+"
    ):
        load(PluginGroup.CHANNELS, "bells")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"target": "bells:ring", "source": "def ring(): ..."}, "its entry point names no class"),
        ({"source": BELLS.replace("def find", "def look")}, r"it has no find\(\)"),
        ({"source": BELLS.replace("def from_settings", "def of")}, r"it has no from_settings\(\)"),
        ({"source": BELLS.replace('"bells"', '"chimes"')}, "its `name` is 'chimes', and that of"),
        ({"source": BELLS.replace('name = "bells"', "")}, "its `name` is None, and that of"),
    ],
    ids=str,
)
def test_a_plugin_of_another_shape_is_refused_before_anything_is_sent_in_its_name(
    package: Package, wrong: dict[str, str], told: str
) -> None:
    package(**wrong)

    with pytest.raises(
        ConfigurationError, match=rf"channel 'bells' \(from scribe-bells\) cannot be used: {told}"
    ):
        load(PluginGroup.CHANNELS, "bells")


def test_a_function_that_is_no_stage_is_told_what_it_lacks(package: Package) -> None:
    package(target="bells:ring", source="def ring(payload): ...", group=PluginGroup.STAGES)

    with pytest.raises(ConfigurationError, match="it is not a stage; put @stage above the"):
        load(PluginGroup.STAGES, "bells")


def test_what_a_driver_raises_while_it_is_made_is_told_as_a_fault_of_its_package(
    package: Package, settings: Settings
) -> None:
    package(source=BELLS.replace("return cls()", "raise KeyError('BELL_TOWER')"))

    with pytest.raises(
        ConfigurationError, match=r"'bells' \(from scribe-bells\) cannot be made .*KeyError: 'BELL_"
    ):
        make(PluginGroup.CHANNELS, "bells", settings)


def test_a_name_that_two_packages_claim_is_refused_with_both(package: Package) -> None:
    package()
    package(package="scribe-chimes")

    with pytest.raises(ConfigurationError) as refused:
        load(PluginGroup.CHANNELS, "bells")

    told = (
        "Several packages bring a channel named 'bells': scribe-bells, scribe-chimes. "
        "Uninstall all but one of them."
    )
    assert str(refused.value) == told
    assert clashes(installed()) == [told]
    assert names(PluginGroup.CHANNELS).count("bells") == 1
    assert load(PluginGroup.CHANNELS, "log").name == "log"


def test_without_such_names_there_is_no_clash(package: Package) -> None:
    package()

    assert clashes(installed()) == []


def test_a_broken_plugin_does_not_keep_others_from_being_loaded(package: Package) -> None:
    package(source="raise RuntimeError('no bell tower')")

    assert load(PluginGroup.CHANNELS, "log").name == "log"
