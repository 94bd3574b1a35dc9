"""Which addresses belong to the public internet, and which to somebody's own machines."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_IPV4_REFUSED = tuple(
    map(
        IPv4Network,
        (
            # The IANA special-purpose registry: what older Pythons do not know of it, too.
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            # Azure's platform channel answers at a public address, from inside only.
            "168.63.129.16/32",
        ),
    )
)
# Everything that is routed lies in here; loopback, link-local, unique local and multicast do not.
_IPV6_UNICAST = IPv6Network("2000::/3")
_IPV6_REFUSED = tuple(
    map(
        IPv6Network,
        # Teredo and other protocols' own, documentation, and 6to4, which leads to any IPv4 address.
        ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
# On networks without IPv4 every IPv4 site is reached through this prefix (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address, as a socket names it, is one of the public internet's.

    An IPv6 address that stands for an IPv4 one is judged as that.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if (inner := _ipv4_within(parsed)) is None:
            refused = any(parsed in network for network in _IPV6_REFUSED)
            return parsed in _IPV6_UNICAST and not refused
        parsed = inner
    return not any(parsed in network for network in _IPV4_REFUSED)


def is_link_local(host: str) -> bool:
    """Whether a URL's host is a link-local address, as those of clouds' metadata services are."""
    address = literal_address(host)
    return address is not None and ip_address(address.partition("%")[0]).is_link_local


def literal_address(host: str) -> str | None:
    """Return the IP address a URL's host is, however it is spelled; None when it is a name.

    ``127.1``, ``0x7f000001`` and ``2130706433`` are all 127.0.0.1.
    """
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        return str(IPv4Address(socket.inet_aton(host)))
    except (OSError, ValueError):
        return None


def _ipv4_within(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None
