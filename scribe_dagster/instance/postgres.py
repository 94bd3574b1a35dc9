"""Dagster's PostgreSQL storages, with connections kept instead of one made for each event.

Stock storages connect anew for each of some sixty reads and writes a run. Dagster has a remedy for
its webserver, ``optimize_for_webserver``, but that one trusts a connection it has kept: once the
server has been restarted, while a stage waited for its model perhaps, the next event fails the run.
"""

from dagster import DagsterInstance, DagsterInvariantViolationError
from dagster._core.instance.ref import InstanceRef
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.utils import DagsterPostgresException, create_pg_engine
from sqlalchemy.exc import DBAPIError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

from scribe_dagster.errors import DatabaseUnreachable


def open_keeping_connections(ref: InstanceRef) -> DagsterInstance:
    """Open an instance whose runs and events go over one kept connection each.

    A connection is tested before it is used, and a lost one is made anew, with the retries of
    Dagster's own, which cover some twelve seconds.

    Raises:
        DatabaseUnreachable: The server does not answer.
    """
    try:
        instance = _open(ref)
    except DagsterPostgresException as error:
        reason = str(getattr(error.__cause__, "orig", error)).strip().splitlines()[0]
        raise DatabaseUnreachable(
            f"Dagster's database does not answer as it should: {reason}. "
            "Check the storage in DAGSTER_HOME's dagster.yaml."
        ) from None
    for storage in (instance.run_storage, instance.event_log_storage):
        if isinstance(storage, PostgresRunStorage | PostgresEventLogStorage):
            storage._engine = create_pg_engine(
                storage.postgres_url,
                storage._token_provider,
                isolation_level="AUTOCOMMIT",
                pool_size=1,
                pool_pre_ping=True,
            )
    return instance


# Several processes may create the tables at once. Dagster tries again when a table has come to be
# there meanwhile, but not when it meets tables that somebody has not yet finished.
@retry(
    retry=retry_if_exception_type((DBAPIError, DagsterInvariantViolationError)),
    wait=wait_random(0.1, 1),
    stop=stop_after_attempt(6),
    reraise=True,
)
def _open(ref: InstanceRef) -> DagsterInstance:
    return DagsterInstance.from_ref(ref)
