"""A time limit over a whole HTTP exchange."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

_CONNECTED = ("connect_tcp.complete", "start_tls.complete")


class Deadline:
    """Ends an exchange when its time is up.

    A client's timeout is for one wait: a server that sends a byte now and then never meets it. So
    the connection in use is followed through the client's trace events, and shut when time is up;
    a read that hangs then ends at once.

    Args:
        seconds: How long the exchange may take, all told.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._stream: Any = None
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    @property
    def is_past(self) -> bool:
        """Whether time is up."""
        return time.monotonic() >= self._end

    def check(self) -> None:
        """Raise TimeoutError when time is up."""
        if self.is_past:
            raise TimeoutError

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow the exchange; this is the client's ``trace`` extension."""
        if event.endswith(_CONNECTED):
            self._stream = info["return_value"]
        # Not while something is being closed or has failed: that is to end in its own way.
        if event.endswith(".started") and "close" not in event:
            self.check()

    def _shut(self) -> None:
        connection = self._stream.get_extra_info("socket") if self._stream else None
        if connection is not None:
            with suppress(OSError):
                # The plain method: TLS's own would let the reader go on in the clear.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
