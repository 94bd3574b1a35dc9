"""`pip install .` gives a whole product: templates, prompts, migrations and entry points."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import EXAMPLE, REPOSITORY, CommandLine

pytestmark = pytest.mark.processes


def test_an_installed_copy_publishes_an_article_without_the_repository(
    cli: CommandLine, tmp_path: Path
) -> None:
    target = tmp_path / "site-packages"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
            *("--target", str(target), str(REPOSITORY)),
        ],
        check=True,
        capture_output=True,
    )

    done = cli.run(
        "python",
        *("-c", "from scribe_dagster.cli.app import main; main()", "process", str(EXAMPLE)),
        PYTHONPATH=str(target),
    )

    assert done.code == 0, done.out + done.err
    assert (target / "scribe_dagster" / "py.typed").exists()
    where = cli.run(
        "python",
        "-c",
        "import scribe_dagster; print(scribe_dagster.__file__)",
        PYTHONPATH=str(target),
    )
    assert where.out.startswith(str(target))
