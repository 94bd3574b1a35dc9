"""The hosts an operator lets be read although they are not on the public internet."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from scribe_dagster.config.settings import host_and_port


class AllowList:
    """Hosts and ports from SCRIBE_ALLOW_HOSTS.

    Args:
        entries: Each ``host`` or ``host:port``; a host is a name or an IP address, an IPv6 address
            stands in brackets. Without a port, every port is meant.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        read = map(host_and_port, entries)
        self._entries = frozenset((_folded(host), port) for host, port in read)

    def allows(self, host: str, port: int, *, address: str | None = None) -> bool:
        """Whether the host, or the address it stands for, may be read at this port."""
        names = {_folded(host)} | ({_folded(address)} if address else set())
        return any((name, at) in self._entries for name in names for at in (port, None))


def _folded(host: str) -> str:
    """Write a host in the form the network sees it in."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return host.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        return host.rstrip(".").lower()
