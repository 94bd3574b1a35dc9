"""Facts without which no figure means anything."""

from __future__ import annotations

import os
import platform
import statistics
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

_PACKAGES = ("scribe-dagster", "dagster", "sqlalchemy", "pydantic", "typer", "rich")
_PROBES = 9


def facts() -> dict[str, str]:
    """Return what was measured on, by name."""
    return {
        "Machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "Load": f"{os.getloadavg()[0]:.1f} processes wanted to run when it began",
        "Python": platform.python_version(),
        "Packages": ", ".join(f"{package} {version(package)}" for package in _PACKAGES),
    }


def fsync_seconds(folder: Path) -> float:
    """Time a write of 4 KiB until the disk has it: the floor under every durable commit."""
    timings = []
    with (folder / "fsync-probe").open("wb", buffering=0) as file:
        for _ in range(_PROBES):
            began = perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            timings.append(perf_counter() - began)
    return statistics.median(timings)
