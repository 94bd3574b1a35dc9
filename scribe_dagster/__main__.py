"""``python -m scribe_dagster``: the command line."""

from scribe_dagster.cli.app import main

main()
