from __future__ import annotations

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.drivers.web.allow_list import AllowList
from scribe_dagster.errors import ConfigurationError


def test_nothing_is_allowed_that_is_not_named() -> None:
    assert not AllowList([]).allows("localhost", 80, address="127.0.0.1")


def test_a_host_without_a_port_is_allowed_at_every_port() -> None:
    allowed = AllowList(["intranet.example"])

    assert allowed.allows("intranet.example", 80)
    assert allowed.allows("Intranet.Example.", 8443)
    assert not allowed.allows("other.example", 80)
    assert not allowed.allows("sub.intranet.example", 80)


def test_a_host_with_a_port_is_allowed_at_that_port_only() -> None:
    allowed = AllowList(["intranet.example:8080"])

    assert allowed.allows("intranet.example", 8080)
    assert not allowed.allows("intranet.example", 80)


def test_an_address_allows_the_names_that_stand_for_it() -> None:
    allowed = AllowList(["127.0.0.1:8080", "[::1]"])

    assert allowed.allows("localhost", 8080, address="127.0.0.1")
    assert allowed.allows("localhost", 9090, address="::1")
    assert not allowed.allows("localhost", 9090, address="127.0.0.1")


def test_a_name_may_be_written_in_its_own_script() -> None:
    assert AllowList(["bücher.example"]).allows("xn--bcher-kva.example", 443)


@pytest.mark.parametrize(
    "value", ["http://intranet", "intranet/path", "user@intranet", "host:port", "::1", ":80", "a:"]
)
def test_an_entry_that_is_no_host_is_refused_before_anything_begins(
    value: str, home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIBE_ALLOW_HOSTS", value)

    with pytest.raises(ConfigurationError, match=r"SCRIBE_ALLOW_HOSTS: .*host or host:port"):
        Settings.load()
