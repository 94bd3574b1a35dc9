"""The network as strangers' addresses may use it: public addresses only, and not for ever.

What is judged is the address itself, after the name has been looked up, and the connection goes to
the very address that was judged: a name that changes its mind in between changes nothing. Every
connection passes here, that of each redirect as well.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from queue import Empty, SimpleQueue
from ssl import SSLContext
from typing import Any

from httpcore2 import (
    SOCKET_OPTION,
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    SyncBackend,
)

from scribe_dagster.drivers.web.allow_list import AllowList
from scribe_dagster.drivers.web.deadline import Deadline
from scribe_dagster.drivers.web.public_address import is_public, literal_address


class NotPublic(Exception):
    """A host is not on the public internet, and nobody has allowed it."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.host = host
        self.port = port


class GuardedNetwork(NetworkBackend):
    """Connects to public addresses and those on the allow-list, until the deadline."""

    def __init__(self, allowed: AllowList, deadline: Deadline) -> None:
        self._allowed = allowed
        self._deadline = deadline
        self._sockets = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Connect to the first address of the host that may be reached and answers.

        Raises:
            NotPublic: None of its addresses may be reached.
            TimeoutError: The deadline has passed.
        """
        found = _look_up(host, port, self._deadline)
        addresses = [address for address in found if self._may_reach(host, port, address)]
        if not addresses:
            raise NotPublic(host, port)
        failure: Exception | None = None
        for tried, address in enumerate(addresses):
            share = self._deadline.remaining() / (len(addresses) - tried)
            try:
                stream = self._sockets.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                failure = error
                continue
            if not self._may_reach(host, port, stream.get_extra_info("server_addr")[0]):
                stream.close()
                raise NotPublic(host, port)
            return _TimedStream(stream, self._deadline)
        raise failure or ConnectError("no address answered")

    def check_literal(self, host: str, port: int) -> None:
        """Judge a host without looking it up, which is for the proxy in between to do.

        Raises:
            NotPublic: It is an address, or this machine by name, and may not be reached.
        """
        is_this_machine = host.rstrip(".").lower().endswith("localhost")
        address = "127.0.0.1" if is_this_machine else literal_address(host)
        if address is not None and not self._may_reach(host, port, address):
            raise NotPublic(host, port)

    def _may_reach(self, host: str, port: int, address: str) -> bool:
        return is_public(address) or self._allowed.allows(host, port, address=address)


def _look_up(host: str, port: int, deadline: Deadline) -> list[str]:
    """Look a host up, in a thread: the system's resolver knows no time limit."""
    answer: SimpleQueue[list[str] | OSError | UnicodeError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, name="scribe-look-up", daemon=True).start()
    try:
        found = answer.get(timeout=deadline.remaining())
    except Empty:
        raise TimeoutError from None
    if isinstance(found, list):
        return found
    try:
        raise found
    except OSError as error:
        raise ConnectError(error) from error


class _TimedStream(NetworkStream):
    """A connection on which every wait gets what is left of the time."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.remaining())

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining())
        return _TimedStream(secured, self._deadline)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
