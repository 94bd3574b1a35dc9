from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe_dagster.drivers.web.public_address import is_public, literal_address


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
)
def test_what_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::"),
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
        *("169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"),
        *("224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "198.18.0.1"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
        *("203.0.113.9", "192.0.2.1", "198.51.100.1", "192.88.99.1", "not an address", ""),
    ],
)
def test_what_only_some_can_reach_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
        *("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::1", "::127.0.0.1", "::7f00:1"),
    ],
)
def test_an_ipv4_address_in_ipv6_clothes_is_known_for_what_it_is(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_a_public_ipv4_address_in_ipv6_clothes_stays_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_mapping_an_address_into_ipv6_changes_nothing(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_knows_to_be_private(address: object) -> None:
    from ipaddress import ip_address

    if is_public(str(address)):
        known = ip_address(str(address))
        assert not (known.is_private or known.is_loopback or known.is_multicast) or (
            # Of these what counts is the IPv4 address within.
            ":" in str(address)
        )


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0x7f000001", "127.0.1"),
    ],
)
def test_an_address_is_read_however_it_is_spelled(host: str) -> None:
    assert literal_address(host) == "127.0.0.1"


def test_a_name_is_no_address() -> None:
    assert literal_address("example.com") is None
    assert literal_address("[::1]") == "::1"
