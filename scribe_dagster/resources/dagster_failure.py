"""Why a Dagster run failed, as its events tell it."""

from collections.abc import Iterable

from dagster import DagsterEventType, DagsterInstance
from dagster_shared.error import SerializableErrorInfo

from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import one_line

_LONGEST = 300
_LATEST_EVENTS = 20


def why_it_failed(
    instance: DagsterInstance, dagster_run_id: str, secrets: Iterable[str] = ()
) -> str:
    """Return the error that ended a Dagster run, on one line, without secrets.

    A launcher that cannot start a worker says why in an event of its own, and then that the run
    has failed.
    """
    latest = instance.get_records_for_run(
        dagster_run_id,
        of_type={DagsterEventType.RUN_FAILURE, DagsterEventType.ENGINE_EVENT},
        ascending=False,
        limit=_LATEST_EVENTS,
    ).records
    events = [record.event_log_entry.get_dagster_event() for record in latest]
    for event in events:
        error = getattr(event.event_specific_data, "error", None)
        if error is not None:
            return _shown(_message_of(error), secrets)
    failures = [it.message for it in events if it.event_type is DagsterEventType.RUN_FAILURE]
    return _shown(next(filter(None, failures), None) or "Dagster does not say why.", secrets)


def _message_of(error: SerializableErrorInfo) -> str:
    """Return what the innermost cause says, without the name of its class if it says anything."""
    while error.cause is not None:
        error = error.cause
    kind, _, told = error.message.partition(": ")
    is_named = error.cls_name is not None and kind.endswith(error.cls_name)
    return told if is_named and told.strip() else error.message


def _shown(message: str, secrets: Iterable[str]) -> str:
    return one_line(redact(message, secrets), limit=_LONGEST)
