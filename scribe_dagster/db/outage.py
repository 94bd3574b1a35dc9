"""Patience with a database that restarts: for writes whose content cannot be had a second time."""

from __future__ import annotations

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_exponential

from scribe_dagster.errors import DatabaseUnreachable

_PATIENCE = 180
"""Seconds: what a managed PostgreSQL takes to fail over, and more."""

outlasting_an_outage = retry(
    retry=retry_if_exception_type(DatabaseUnreachable),
    wait=wait_exponential(multiplier=0.1, max=5),
    stop=stop_after_delay(_PATIENCE),
    reraise=True,
)
"""Makes a write again until the database is back.

The answer to a write may be lost as well as the write: what it decorates must come to the same when
it is done twice.
"""
