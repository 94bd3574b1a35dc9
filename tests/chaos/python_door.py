"""A program that uses scribe_dagster: ``process URL`` or ``resume ID``."""

from __future__ import annotations

import sys

from scribe_dagster import ContentPipeline
from scribe_dagster.errors import ResumeError


def main(what: str, which: str) -> int:
    pipeline = ContentPipeline()
    try:
        result = pipeline.process(which) if what == "process" else pipeline.resume(int(which))
    except ResumeError as error:
        sys.stderr.write(f"{error}\n")
        return 4
    sys.stderr.write(f"{result.status}: {result.error_message}\n")
    return 0 if result.succeeded else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
