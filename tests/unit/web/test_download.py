"""How much a server may send, and in what packing."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace

import brotli
import pytest
from backports import zstd
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scribe_dagster.domain.validators import Validators
from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.errors import DownloadError, DownloadFault

PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstd.compress,
}


def failure_of(downloader: Downloader, url: str) -> DownloadError:
    with pytest.raises(DownloadError) as failure:
        downloader.get(url)
    return failure.value


@pytest.mark.parametrize("coding", PACKINGS)
def test_what_is_packed_is_unpacked(
    friendly: Downloader, httpserver: HTTPServer, coding: str
) -> None:
    body = PACKINGS[coding](b"hello")
    httpserver.expect_request("/a").respond_with_data(body, headers={"Content-Encoding": coding})

    assert friendly.get(httpserver.url_for("/a")).body == b"hello"


@pytest.mark.parametrize("coding", PACKINGS)
def test_a_bomb_does_not_go_off(friendly: Downloader, httpserver: HTTPServer, coding: str) -> None:
    bomb = PACKINGS[coding](bytes(50_000_000))
    httpserver.expect_request("/a").respond_with_data(bomb, headers={"Content-Encoding": coding})

    failure = failure_of(friendly, httpserver.url_for("/a"))

    assert failure.fault is DownloadFault.TOO_LARGE
    assert "larger than 100,000 bytes" in str(failure)


def test_a_bomb_packed_into_another_is_not_opened(
    friendly: Downloader, httpserver: HTTPServer
) -> None:
    bomb = gzip.compress(gzip.compress(b"") + bytes(50_000_000))
    headers = {"Content-Encoding": "gzip, gzip"}
    httpserver.expect_request("/a").respond_with_data(bomb, headers=headers)

    assert failure_of(friendly, httpserver.url_for("/a")).fault is DownloadFault.UNREADABLE


def test_a_coding_nobody_knows_is_left_to_the_reader(
    friendly: Downloader, httpserver: HTTPServer
) -> None:
    headers = {"Content-Encoding": "utf-8"}
    httpserver.expect_request("/a").respond_with_data("hello", headers=headers)

    assert friendly.get(httpserver.url_for("/a")).body == b"hello"


def test_what_says_that_it_is_too_large_is_not_begun(
    friendly: Downloader, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/a").respond_with_data(b"x" * 100_001)

    assert failure_of(friendly, httpserver.url_for("/a")).fault is DownloadFault.TOO_LARGE


def test_what_is_exactly_as_large_as_allowed_is_read(
    friendly: Downloader, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/a").respond_with_data(b"x" * 100_000)

    assert len(friendly.get(httpserver.url_for("/a")).body) == 100_000


def test_credentials_in_a_redirect_are_no_part_of_the_address_that_is_kept(
    friendly: Downloader, httpserver: HTTPServer
) -> None:
    location = httpserver.url_for("/b").replace("://", "://user:hunter2@")
    headers = {"Location": location}
    httpserver.expect_request("/a").respond_with_data("", status=302, headers=headers)
    httpserver.expect_request("/b").respond_with_data("hello")

    assert friendly.get(httpserver.url_for("/a")).url == httpserver.url_for("/b")


# -- Conditional requests ----------------------------------------------------------------------


def test_what_has_not_changed_is_not_sent_again(
    friendly: Downloader, httpserver: HTTPServer
) -> None:
    def respond(request: Request) -> Response:
        if request.headers.get("If-None-Match") == '"v1"':
            return Response(status=304)
        return Response("hello", headers={"ETag": '"v1"'})

    httpserver.expect_request("/a").respond_with_handler(respond)

    first = friendly.get(httpserver.url_for("/a"))
    second = friendly.get(httpserver.url_for("/a"), since=first.validators)

    assert (first.body, first.not_modified) == (b"hello", False)
    assert (second.body, second.not_modified) == (b"", True)


def test_a_date_is_sent_back_as_it_came(friendly: Downloader, httpserver: HTTPServer) -> None:
    date = "Mon, 06 Jan 2025 10:00:00 GMT"
    httpserver.expect_request("/a").respond_with_data("hello", headers={"Last-Modified": date})

    first = friendly.get(httpserver.url_for("/a"))
    friendly.get(httpserver.url_for("/a"), since=first.validators)

    assert httpserver.log[-1][0].headers["If-Modified-Since"] == date
    assert "If-None-Match" not in httpserver.log[-1][0].headers


@pytest.mark.parametrize("value", ["x" * 501, "é", "a\tb", ""])
def test_a_validator_that_could_do_harm_is_not_kept(value: str) -> None:
    assert Validators.of({"ETag": value, "Last-Modified": value}) == Validators()


def test_a_304_that_nobody_asked_for_is_told_as_such(
    friendly: Downloader, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/a").respond_with_data("", status=304)

    failure = failure_of(replace(friendly), httpserver.url_for("/a"))

    assert failure.status == 304
