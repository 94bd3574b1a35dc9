"""Makes a worker die, stop, or tell its pid at an exact place; the product knows nothing of it.

Python imports a module of this name whenever it starts and finds one on its path. CHAOS_ORDER
names a file that holds an order, such as ``kill checkpoint.after:AiRewrite``. The first process
to reach that place takes the file away, leaves its pid beside it, and obeys.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def reach(place: str) -> None:
    """Carry out the order for this place, if there is one."""
    order = Path(os.environ["CHAOS_ORDER"])
    try:
        what, where = order.read_text().split()
        if where != place:
            return
        order.unlink()
    except FileNotFoundError:
        return
    told = order.with_suffix(".new")
    told.write_text(str(os.getpid()))
    told.rename(order.with_suffix(".pid"))
    if what in _SIGNALS:
        os.kill(os.getpid(), _SIGNALS[what])


def _watch(owner: Any, method: str, verb: str, place_of: Callable[..., str]) -> None:
    original = getattr(owner, method)

    @wraps(original)
    def watched(*args: Any, **named: Any) -> Any:
        place = place_of(*args, **named)
        reach(f"{verb}.before{place}")
        result = original(*args, **named)
        reach(f"{verb}.after{place}")
        return result

    setattr(owner, method, watched)


def _nowhere(*_args: Any, **_named: Any) -> str:
    return ""


def _at_stage(run: Any, index: int, **_named: Any) -> str:
    return f":{run.stages[index]}"


def _on_channel(_ledger: Any, _article_id: int, channel: str, *_args: Any) -> str:
    return f":{channel}"


def _of_call(_ledger: Any, call: Any) -> str:
    return f":{call.channel}"


def _in_transaction(_connection: Any, _scope: Any, **columns: Any) -> str:
    # A checkpoint is the only write that moves a run on; the commit comes after.
    return f":{columns['at_stage']}" if "payload_snapshot" in columns else ":other"


def _run_store(module: ModuleType) -> None:
    _watch(module.RunStore, "start", "start", _nowhere)
    _watch(module.RunStore, "claim", "claim", _nowhere)


def _tracked_run(module: ModuleType) -> None:
    _watch(module.TrackedRun, "begin_stage", "begin", _at_stage)
    _watch(module.TrackedRun, "checkpoint", "checkpoint", _at_stage)


def _stage(module: ModuleType) -> None:
    _watch(module.Stage, "__call__", "stage", lambda stage, *_args, **_named: f":{stage.name}")


def _ledger(module: ModuleType) -> None:
    _watch(module.PublicationLedger, "sending", "sending", _on_channel)
    _watch(module.PublicationLedger, "confirm", "confirm", _of_call)
    _watch(module.PublicationLedger, "sent", "sent", _on_channel)


def _fence(module: ModuleType) -> None:
    _watch(module, "write_under_claim", "commit", _in_transaction)


_WATCHED: dict[str, Callable[[ModuleType], None]] = {
    "scribe_dagster.db.run_store": _run_store,
    "scribe_dagster.db.tracked_run": _tracked_run,
    "scribe_dagster.domain.stage": _stage,
    "scribe_dagster.db.publication_ledger": _ledger,
    "scribe_dagster.db.fence": _fence,
}


class _WatchingLoader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _WATCHED[module.__name__](module)


class _WatchingFinder(MetaPathFinder):
    def find_spec(self, name: str, path: Any, _target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name in _WATCHED else None
        if spec is not None and spec.loader is not None:
            spec.loader = _WatchingLoader(spec.loader)
        return spec


if "CHAOS_ORDER" in os.environ:
    sys.meta_path.insert(0, _WatchingFinder())
