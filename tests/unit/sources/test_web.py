from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.download import PageDownloader
from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.errors import ErrorKind, SourceError

Page = Callable[..., str]
ReadWeb = Callable[..., ScrapedContent]
Serve = Callable[[Callable[[socket.socket], None]], str]


def failure_of(read_web: ReadWeb, url: str, **options: float) -> SourceError:
    with pytest.raises(SourceError) as failure:
        read_web(url, **options)
    assert url in str(failure.value)
    return failure.value


def answer(
    server: HTTPServer, body: str | bytes, *, path: str = "/article", **options: object
) -> str:
    options.setdefault("content_type", "text/html; charset=utf-8")
    server.expect_request(path).respond_with_data(body, **options)  # type: ignore[arg-type]
    return server.url_for(path)


# -- What is read ------------------------------------------------------------------------------


def test_a_page_is_read_and_the_scraper_introduces_itself(
    httpserver: HTTPServer, read_web: ReadWeb, page: Page
) -> None:
    agents: list[str | None] = []

    def respond(request: Request) -> Response:
        agents.append(request.headers.get("User-Agent"))
        return Response(page(), content_type="text/html")

    httpserver.expect_request("/article").respond_with_handler(respond)

    content = read_web(httpserver.url_for("/article"))

    assert content.title == "The clock is back"
    assert agents == ["tests/1"]


def test_redirects_are_followed_and_relative_urls_start_at_the_last(
    httpserver: HTTPServer, read_web: ReadWeb, page: Page
) -> None:
    answer(httpserver, "", path="/old", status=302, headers={"Location": "/2025/new"})
    answer(httpserver, page(head='<link rel="canonical" href="clock">'), path="/2025/new")

    content = read_web(httpserver.url_for("/old"))

    assert content.canonical_url == httpserver.url_for("/2025/clock")


def test_a_compressed_page_is_read(httpserver: HTTPServer, read_web: ReadWeb, page: Page) -> None:
    packed = gzip.compress(page().encode())
    url = answer(httpserver, packed, headers={"Content-Encoding": "gzip"})

    assert read_web(url).title == "The clock is back"


@pytest.mark.parametrize("content_type", ["text/html; charset=windows-1251", "text/html"])
def test_the_charset_is_told_by_header_or_by_meta(
    httpserver: HTTPServer, read_web: ReadWeb, page: Page, content_type: str
) -> None:
    sentence = "Смотритель сказал, что часы были самой трудной частью работы."
    head = "" if "charset" in content_type else '<meta charset="windows-1251">'
    body = page(head=head, sentences=(sentence,)).encode("cp1251")

    content = read_web(answer(httpserver, body, content_type=content_type))

    assert content.text == sentence


def test_plain_text_is_read_as_text(httpserver: HTTPServer, read_web: ReadWeb) -> None:
    url = answer(httpserver, "The clock is back\n\nIt <b>ticks</b>.", content_type="text/plain")

    content = read_web(url)

    assert content.title == "The clock is back"
    assert content.text == "It <b>ticks</b>."


def test_a_page_without_a_content_type_is_told_by_its_content(
    serve: Serve, read_web: ReadWeb, page: Page
) -> None:
    body = page().encode()
    url = serve(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + body))

    assert read_web(url).title == "The clock is back"


# -- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("application/pdf", b"%PDF-1.7", "a PDF document"),
        ("text/html", b"%PDF-1.7", "a PDF document"),
        ("image/png", b"\x89PNG", "an image"),
        ("text/html", b"\xff\xd8\xff\xe0", "an image"),
        ("application/json", b"{}", "JSON data"),
        ("application/ld+json", b"{}", "JSON data"),
        ("video/mp4", b"....ftyp", "a video"),
        ("text/css", b"p {}", "text/css"),
        ("application/octet-stream", b"\x00\x01\x02", "binary data"),
    ],
)
def test_what_is_no_article_is_refused_by_name(
    httpserver: HTTPServer, read_web: ReadWeb, content_type: str, body: bytes, reason: str
) -> None:
    failure = failure_of(read_web, answer(httpserver, body, content_type=content_type))

    assert failure.kind is ErrorKind.PERMANENT
    assert f"is {reason}" in str(failure)


def test_an_empty_page_is_refused(httpserver: HTTPServer, read_web: ReadWeb) -> None:
    assert "it is empty" in str(failure_of(read_web, answer(httpserver, "")))


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (401, ErrorKind.PERMANENT, "asks for a login (HTTP 401)"),
        (403, ErrorKind.PERMANENT, "refuses access (HTTP 403)"),
        (404, ErrorKind.PERMANENT, "the page does not exist (HTTP 404)"),
        (410, ErrorKind.PERMANENT, "taken down for good (HTTP 410)"),
        (429, ErrorKind.TRANSIENT, "asked too often (HTTP 429)"),
        (500, ErrorKind.TRANSIENT, "out of order (HTTP 500)"),
        (503, ErrorKind.TRANSIENT, "out of order (HTTP 503)"),
        (302, ErrorKind.PERMANENT, "gave no page (HTTP 302)"),
    ],
)
def test_a_status_says_what_happened_and_whether_to_try_again(
    httpserver: HTTPServer, read_web: ReadWeb, status: int, kind: ErrorKind, reason: str
) -> None:
    failure = failure_of(read_web, answer(httpserver, "<p>Sorry</p>", status=status))

    assert failure.kind is kind
    assert reason in str(failure)
    assert failure.resume_after is None


def test_the_time_to_try_again_is_taken_from_the_answer(
    httpserver: HTTPServer, read_web: ReadWeb
) -> None:
    url = answer(httpserver, "", status=429, headers={"Retry-After": "120"})

    before = datetime.now(UTC)
    failure = failure_of(read_web, url)

    assert failure.resume_after is not None
    assert failure.resume_after >= before + timedelta(seconds=120)


def test_a_circle_of_redirects_is_left(httpserver: HTTPServer, read_web: ReadWeb) -> None:
    failure = failure_of(
        read_web, answer(httpserver, "", status=301, headers={"Location": "/article"})
    )

    assert failure.kind is ErrorKind.PERMANENT
    assert "redirects more than 10 times" in str(failure)


@pytest.mark.parametrize(
    "location", ["ftp://example.com/a", f"http://{'a' * 70}.example/", "mailto:a@b", "http://[::1"]
)
def test_a_redirect_to_what_is_no_web_page_is_refused(
    serve: Serve, read_web: ReadWeb, location: str
) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    url = serve(lambda connection: connection.sendall(head.encode()))

    assert failure_of(read_web, url).kind is ErrorKind.PERMANENT


def test_a_server_that_is_not_there_may_be_tried_again(read_web: ReadWeb) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    failure = failure_of(read_web, f"http://127.0.0.1:{port}/article")

    assert failure.kind is ErrorKind.TRANSIENT
    assert "cannot be reached" in str(failure)


def test_a_host_that_cannot_be_looked_up_may_be_tried_again(
    read_web: ReadWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    failure = failure_of(read_web, "http://no-such-host.invalid/article")

    assert failure.kind is ErrorKind.TRANSIENT
    assert "cannot be looked up" in str(failure)


def test_a_connection_that_cannot_be_secured_is_a_permanent_failure(
    httpserver: HTTPServer, read_web: ReadWeb
) -> None:
    url = httpserver.url_for("/article").replace("http://", "https://")

    failure = failure_of(read_web, url)

    assert failure.kind is ErrorKind.PERMANENT
    assert "no secure connection" in str(failure)


def test_a_connection_that_breaks_off_may_be_tried_again(serve: Serve, read_web: ReadWeb) -> None:
    url = serve(
        lambda connection: connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900\r\n\r\n<p>Once"
        )
    )

    failure = failure_of(read_web, url)

    assert failure.kind is ErrorKind.TRANSIENT
    assert "broke off" in str(failure)


def test_what_cannot_be_decompressed_is_refused(httpserver: HTTPServer, read_web: ReadWeb) -> None:
    url = answer(httpserver, b"not gzip", headers={"Content-Encoding": "gzip"})

    failure = failure_of(read_web, url)

    assert failure.kind is ErrorKind.PERMANENT
    assert "cannot be decompressed" in str(failure)


# -- How much, and how long --------------------------------------------------------------------


class Pouring:
    """Sends an answer's head, then a body of fifty megabytes, and counts what was taken."""

    size = 50_000_000

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.sent = 0

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.head)
        chunk = b"<p>Once upon a time.</p>".ljust(100_000)
        while self.sent < self.size:
            connection.sendall(chunk)
            self.sent += len(chunk)


@pytest.mark.parametrize("length", [b"Content-Length: 50000000\r\n", b""])
def test_a_page_of_fifty_megabytes_is_refused_before_it_is_read_whole(
    serve: Serve, read_web: ReadWeb, length: bytes
) -> None:
    pouring = Pouring(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length + b"\r\n")

    failure = failure_of(read_web, serve(pouring))

    assert failure.kind is ErrorKind.PERMANENT
    assert "larger than 10 MB" in str(failure)
    assert pouring.sent < pouring.size


def test_a_small_page_that_unpacks_to_fifty_megabytes_is_refused(
    httpserver: HTTPServer, read_web: ReadWeb
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    url = answer(httpserver, bomb, headers={"Content-Encoding": "gzip"})

    assert "larger than 10 MB" in str(failure_of(read_web, url))


def test_the_body_of_a_redirect_is_not_read(serve: Serve, read_web: ReadWeb) -> None:
    pouring = Pouring(b"HTTP/1.1 302 Found\r\nLocation: ftp://example.com/\r\n\r\n")

    failure_of(read_web, serve(pouring))

    assert pouring.sent < pouring.size


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n",
        b"",
    ],
    ids=["headers", "a body without length", "a body with a length", "silence"],
)
def test_a_server_that_drips_is_left_when_time_is_up(
    serve: Serve, read_web: ReadWeb, head: bytes
) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while head:
            connection.sendall(b"x")
            time.sleep(0.05)
        connection.recv(1)

    failure = failure_of(read_web, serve(drip), timeout=0.5)

    assert failure.kind is ErrorKind.TRANSIENT
    assert "did not arrive within 0.5 seconds" in str(failure)


def test_redirects_count_towards_the_time(serve: Serve, read_web: ReadWeb) -> None:
    def respond(connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")

    failure = failure_of(read_web, serve(respond), timeout=0.5)

    assert "did not arrive within 0.5 seconds" in str(failure)


def test_a_page_that_has_not_changed_is_not_sent_again(httpserver: HTTPServer) -> None:
    def respond(request: Request) -> Response:
        if request.headers.get("If-None-Match") == '"v1"':
            return Response(status=304)
        return Response("<p>Once</p>", content_type="text/html", headers={"ETag": '"v1"'})

    httpserver.expect_request("/article").respond_with_handler(respond)
    downloader = Downloader(1_000, 10, "tests/1", ("127.0.0.1",))
    pages = PageDownloader(downloader, respect_robots=False)

    first = pages.get(httpserver.url_for("/article"))
    second = pages.get(httpserver.url_for("/article"), since=first.validators)

    assert (first.body, first.not_modified) == (b"<p>Once</p>", False)
    assert (second.body, second.not_modified) == (b"", True)


def test_noise_that_is_said_to_be_a_page_is_no_article(
    httpserver: HTTPServer, read_web: ReadWeb
) -> None:
    noise = Random(7).randbytes(4_000)
    httpserver.expect_request("/noise").respond_with_data(noise, content_type="text/html")

    with pytest.raises(SourceError, match="is binary data"):
        read_web(httpserver.url_for("/noise"))


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16", "iso-2022-jp", "koi8-r", "utf-8"])
def test_a_page_in_whatever_charset_is_no_noise(
    httpserver: HTTPServer, read_web: ReadWeb, charset: str
) -> None:
    text = "<html><body><article><h1>Часы</h1>" + "<p>Часы снова на месте.</p>" * 40
    httpserver.expect_request("/p").respond_with_data(
        text.encode(charset), content_type=f"text/html; charset={charset}"
    )

    assert "Часы снова на месте" in read_web(httpserver.url_for("/p")).text
