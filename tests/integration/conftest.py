from __future__ import annotations

from collections.abc import Iterator

import pytest
from dagster import DagsterInstance


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """A Dagster instance that leaves nothing behind."""
    with DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral
