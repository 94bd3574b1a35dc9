"""The files of a deployment agree with each other, as far as that shows without running them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"


@pytest.fixture
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "docker-compose.yaml").read_text())
    return loaded


def test_dagster_understands_its_configuration() -> None:
    config, _ = dagster_instance_config(str(DEPLOY))

    assert set(config["storage"]) == {"postgres"}
    assert config["telemetry"] == {"enabled": False}


def test_the_containers_start_what_the_readme_starts(compose: dict[str, Any]) -> None:
    readme = (DEPLOY / "README.md").read_text()
    commands = re.findall(r"^\$ ((?:scribe-)?dagster.*)$", readme, re.MULTILINE)

    started = [service.get("command", "") for service in compose["services"].values()]

    # In a container they listen to all addresses, and the workspace is in the working directory.
    said = [command.replace("deploy/", "") for command in commands]
    assert [command.replace(" -h 0.0.0.0", "") for command in started if command] == said


def test_no_file_of_a_deployment_holds_a_secret(compose: dict[str, Any]) -> None:
    values = [
        str(value)
        for service in compose["services"].values()
        for name, value in service["environment"].items()
        if "PASSWORD" in name or "URL" in name
    ]
    storage = yaml.safe_load((DEPLOY / "dagster.yaml").read_text())["storage"]

    assert values
    assert all("${POSTGRES_PASSWORD:?" in value for value in values)
    assert storage == {"postgres": {"postgres_url": {"env": "SCRIBE_DATABASE_URL"}}}


def test_the_image_copies_what_is_there() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?:--\S+ )?(.+) \S+$", dockerfile, re.MULTILINE)

    files = [REPOSITORY / name for names in copied for name in names.split()]

    assert files
    assert all(file.exists() for file in files)
