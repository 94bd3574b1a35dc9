"""Commands import what they need and nothing else: who lists runs does not wait for Dagster."""

from __future__ import annotations

import sys

import pytest

from .conftest import CommandLine

pytestmark = pytest.mark.processes

HEAVY = {"dagster", "openai", "pydantic_ai", "trafilatura", "PIL"}


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], {*HEAVY, "sqlalchemy", "pydantic"}),
        (["process", "--help"], {*HEAVY, "sqlalchemy"}),
        (["runs"], HEAVY),
        (["runs", "--json"], HEAVY),
        (["plugins"], {*HEAVY, "sqlalchemy"}),
    ],
)
def test_a_command_does_not_import_what_it_does_not_need(
    cli: CommandLine, arguments: list[str], spared: set[str]
) -> None:
    probe = (
        "import sys\n"
        "from scribe_dagster.cli.app import main\n"
        f"sys.argv = ['scribe-dagster', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(','.join(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)"
    )

    done = cli.run(sys.executable, "-c", probe)

    assert done.code == 0, done.err
    loaded = set(done.err.strip().splitlines()[-1].split(","))
    assert not loaded & spared


def test_importing_the_package_imports_nothing_else(cli: CommandLine) -> None:
    done = cli.run(
        sys.executable,
        "-c",
        "import sys, scribe_dagster; print([m for m in sys.modules if 'pydantic' in m])",
    )

    assert done.out.strip() == "[]"
