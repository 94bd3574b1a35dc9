"""What a stranger's address may lead to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.errors import DownloadError, DownloadFault, ErrorKind

Names = Callable[..., dict[str, list[str]]]


def refusal_of(downloader: Downloader, url: str) -> DownloadError:
    with pytest.raises(DownloadError) as refused:
        downloader.get(url)
    assert refused.value.fault is DownloadFault.NOT_PUBLIC
    assert refused.value.kind is ErrorKind.PERMANENT
    return refused.value


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "LOCALHOST", "127.1", "0x7f.0.0.1", "0177.0.0.1"),
        *("2130706433", "0", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.1."),
        *("①②⑦.0.0.1", "localhost.", "[::]"),
    ],
)
def test_this_machine_is_not_read_however_it_is_spelled(
    downloader: Downloader, httpserver: HTTPServer, host: str
) -> None:
    with pytest.raises(DownloadError) as refused:
        downloader.get(f"http://{host}:{httpserver.port}/secret")

    # Not every client and system can make an address of every one of these.
    assert refused.value.fault in (
        DownloadFault.NOT_PUBLIC,
        DownloadFault.UNREACHABLE,
        DownloadFault.NOT_A_URL,
    )
    assert httpserver.log == []


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "100.64.0.1", "[fe80::1]"])
def test_private_networks_are_not_even_connected_to(
    downloader: Downloader, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **__: object) -> None:
        pytest.fail("a connection was made")

    monkeypatch.setattr(socket, "create_connection", connect)

    refusal_of(downloader, f"http://{address}/latest/meta-data/")


def test_the_refusal_says_how_to_allow_it(downloader: Downloader, httpserver: HTTPServer) -> None:
    port = httpserver.port

    refused = refusal_of(downloader, f"http://127.0.0.1:{port}/")

    assert f"SCRIBE_ALLOW_HOSTS=127.0.0.1:{port}" in str(refused)


def test_what_is_allowed_is_read(downloader: Downloader, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_data("hello")
    friendly = replace(downloader, allow_hosts=(f"localhost:{httpserver.port}",))

    assert friendly.get(httpserver.url_for("/a")).body == b"hello"


def test_a_name_that_stands_for_a_private_address_is_not_read(
    downloader: Downloader, httpserver: HTTPServer, names: Names
) -> None:
    names(innocent=[["127.0.0.1"]])

    refused = refusal_of(downloader, f"http://innocent.example:{httpserver.port}/")

    assert "innocent.example" in str(refused)
    assert httpserver.log == []


def test_a_name_that_changes_its_mind_after_it_was_judged_gains_nothing(
    downloader: Downloader, httpserver: HTTPServer, names: Names
) -> None:
    # First a public address that nobody answers at, then loopback.
    asked = names(rebinding=[["192.0.2.1"], ["127.0.0.1"]])

    refusal_of(downloader, f"http://rebinding.example:{httpserver.port}/")

    assert len(asked["rebinding"]) == 1
    assert httpserver.log == []


def test_of_a_name_with_public_and_private_addresses_no_private_one_is_connected_to(
    downloader: Downloader, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(mixed=[["127.0.0.1", "93.184.215.14", "10.0.0.1"]])
    tried: list[str] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> None:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises(DownloadError):
        downloader.get("http://mixed.example/")

    assert tried == ["93.184.215.14"]


def test_the_address_that_was_reached_is_judged_as_well(
    downloader: Downloader, httpserver: HTTPServer, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(public=[["93.184.215.14"]])
    real = socket.create_connection
    elsewhere = ("127.0.0.1", httpserver.port)
    monkeypatch.setattr(socket, "create_connection", lambda _, *a, **k: real(elsewhere, *a, **k))

    refusal_of(downloader, "http://public.example/")

    assert httpserver.log == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_this_machine_is_not_followed(
    downloader: Downloader, httpserver: HTTPServer, status: int
) -> None:
    with HTTPServer() as inside:
        location = {"Location": inside.url_for("/admin")}
        httpserver.expect_request("/a").respond_with_data("", status=status, headers=location)
        only_outside = replace(downloader, allow_hosts=(f"127.0.0.1:{httpserver.port}",))

        refusal_of(only_outside, httpserver.url_for("/a"))

        assert inside.log == []


def test_a_redirect_after_harmless_ones_is_judged_too(
    downloader: Downloader, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/a").respond_with_data("", status=302, headers={"Location": "/b"})
    metadata = {"Location": "http://169.254.169.254/latest/meta-data/"}
    httpserver.expect_request("/b").respond_with_data("", status=302, headers=metadata)
    friendly = replace(downloader, allow_hosts=("127.0.0.1",))

    refused = refusal_of(friendly, httpserver.url_for("/a"))

    assert "it leads to 169.254.169.254:80, which is not on the public internet" in str(refused)
    # Nobody is taught to open what a stranger wants opened.
    assert "SCRIBE_ALLOW_HOSTS" not in str(refused)


def test_what_somebody_has_typed_may_be_allowed_unless_it_is_a_metadata_service(
    downloader: Downloader,
) -> None:
    guarded = replace(downloader, allow_hosts=())

    assert "SCRIBE_ALLOW_HOSTS=10.0.0.1:80" in str(refusal_of(guarded, "http://10.0.0.1/"))
    assert "SCRIBE_ALLOW_HOSTS" not in str(refusal_of(guarded, "http://169.254.169.254/"))


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://a/", "ftp://a/b"])
def test_a_redirect_to_another_protocol_is_not_followed(
    friendly: Downloader, httpserver: HTTPServer, location: str
) -> None:
    headers = {"Location": location}
    httpserver.expect_request("/a").respond_with_data("", status=302, headers=headers)

    with pytest.raises(DownloadError) as refused:
        friendly.get(httpserver.url_for("/a"))

    assert refused.value.fault is DownloadFault.NOT_A_URL


def test_a_name_that_is_never_looked_up_is_given_up_when_time_is_up(
    downloader: Downloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        released.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    with pytest.raises(DownloadError, match=r"within 0\.2 seconds") as failure:
        replace(downloader, most_seconds=0.2).get("http://slow.example/")
    released.set()

    assert failure.value.kind is ErrorKind.TRANSIENT


def test_a_server_that_never_greets_back_is_given_up_when_time_is_up(friendly: Downloader) -> None:
    impatient = replace(friendly, most_seconds=0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"

        with pytest.raises(DownloadError, match=r"within 0\.3 seconds"):
            impatient.get(url)


# -- Proxies -----------------------------------------------------------------------------------


def test_a_proxy_from_the_environment_is_no_way_around_the_guard(
    downloader: Downloader, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, httpserver.url_for("/"))

    refusal_of(downloader, "http://169.254.169.254/latest/meta-data/")

    assert httpserver.log == []


def test_where_a_proxy_is_set_and_nothing_answers_the_setting_for_it_is_named(
    friendly: Downloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(DownloadError, match="SCRIBE_PROXY"):
        friendly.get(f"http://127.0.0.1:{port}/")


def test_a_proxy_that_was_chosen_looks_the_names_up(
    downloader: Downloader, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/a").respond_with_data("from the proxy")
    through = replace(downloader, proxy=httpserver.url_for("/"))

    assert through.get("http://nowhere.invalid/a").body == b"from the proxy"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "169.254.169.254", "[::1]"])
def test_a_proxy_is_not_asked_for_an_address_that_is_plainly_private(
    downloader: Downloader, httpserver: HTTPServer, host: str
) -> None:
    through = replace(downloader, proxy=httpserver.url_for("/"))

    refusal_of(through, f"http://{host}/")

    assert httpserver.log == []


def test_a_downloader_does_not_show_the_proxys_password() -> None:
    through = Downloader(1, 1, "tests", proxy="http://user:hunter2@proxy.example")

    assert "hunter2" not in repr(through)


def test_time_is_one_budget_for_every_redirect(
    friendly: Downloader, httpserver: HTTPServer
) -> None:
    from werkzeug import Request, Response

    def slowly(_: Request) -> Response:
        time.sleep(0.2)
        return Response(status=302, headers={"Location": "/a"})

    httpserver.expect_request("/a").respond_with_handler(slowly)

    with pytest.raises(DownloadError, match=r"within 0\.5 seconds"):
        replace(friendly, most_seconds=0.5).get(httpserver.url_for("/a"))
