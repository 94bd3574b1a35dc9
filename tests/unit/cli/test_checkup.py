"""Findings of `doctor` that no other environment of ours would bring about."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from scribe_dagster.cli.checkup import Finding, Health, check_all
from scribe_dagster.drivers.images import bucket


@pytest.mark.usefixtures("home")
def test_a_bucket_whose_library_is_not_installed_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMAGE_STORE_URL", "s3://bucket/images")
    monkeypatch.setattr(bucket, "find_spec", lambda name: find_spec(f"no_{name}"))

    [found] = [finding for finding in check_all() if finding.subject == "Images"]

    assert found == Finding(
        "Images",
        Health.BROKEN,
        "Images in a bucket need a library that is not installed. pip install 'scribe-dagster[s3]'",
    )
