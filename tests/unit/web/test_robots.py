"""What a site asks programs not to read."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.drivers.sources.download import PageDownloader
from scribe_dagster.drivers.sources.web import WebSource
from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.drivers.web.robots import MOST_BYTES, Robots, robots
from scribe_dagster.errors import DownloadError, DownloadFault, ErrorKind, SourceError

AGENT = "Mozilla/5.0 (compatible; scribe-dagster/0.1)"


@pytest.fixture
def crawler(friendly: Downloader) -> Downloader:
    return replace(friendly, user_agent=AGENT)


def publish(server: HTTPServer, rules: str, **options: object) -> str:
    server.expect_request("/robots.txt").respond_with_data(rules, **options)  # type: ignore[arg-type]
    return server.url_for("/private/a?b=c")


def refusal_of(url: str, downloader: Downloader) -> DownloadError:
    with pytest.raises(DownloadError) as refused:
        Robots().check(url, downloader)
    return refused.value


@pytest.mark.parametrize(
    "rules",
    [
        "User-agent: *\nDisallow: /private",
        "User-agent: scribe-dagster\nDisallow: /\n\nUser-agent: *\nAllow: /",
        "User-agent: *\nDisallow: /*?b=",
        "user-agent: Scribe-Dagster\ndisallow: /private/",
        "\ufeffUser-agent: *\nDisallow: /private",
    ],
)
def test_what_is_forbidden_is_left_unread(
    httpserver: HTTPServer, crawler: Downloader, rules: str
) -> None:
    refused = refusal_of(publish(httpserver, rules), crawler)

    assert refused.fault is DownloadFault.FORBIDDEN_BY_ROBOTS
    assert refused.kind is ErrorKind.PERMANENT
    assert "SCRIBE_RESPECT_ROBOTS=false" in str(refused)


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "User-agent: *\nDisallow:",
        "User-agent: *\nDisallow: /other",
        "User-agent: *\nDisallow: /\nAllow: /private/a",
        "User-agent: GPTBot\nDisallow: /",
        "User-agent: *\nDisallow: /\n\nUser-agent: scribe-dagster\nAllow: /",
        "<!doctype html><title>Not found</title>",
        "\0\xff\x00 nonsense",
    ],
)
def test_what_is_not_forbidden_may_be_read(
    httpserver: HTTPServer, crawler: Downloader, rules: str
) -> None:
    Robots().check(publish(httpserver, rules), crawler)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_without_rules_forbids_nothing(
    httpserver: HTTPServer, crawler: Downloader, status: int
) -> None:
    Robots().check(publish(httpserver, "User-agent: *\nDisallow: /", status=status), crawler)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_site_that_cannot_say_is_asked_again_later(
    httpserver: HTTPServer, crawler: Downloader, status: int
) -> None:
    url = publish(httpserver, "", status=status, headers={"Retry-After": "60"})

    refused = refusal_of(url, crawler)

    assert refused.kind is ErrorKind.TRANSIENT
    assert refused.resume_after is not None
    assert f"robots.txt, which is asked first, answers HTTP {status}" in str(refused)
    assert url in str(refused)


def test_a_server_that_is_not_there_is_told_as_such(crawler: Downloader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    refused = refusal_of(f"http://127.0.0.1:{port}/a", crawler)

    assert refused.kind is ErrorKind.TRANSIENT
    assert "cannot be reached" in str(refused)


def test_rules_that_redirect_for_ever_forbid_nothing(
    httpserver: HTTPServer, crawler: Downloader
) -> None:
    Robots().check(
        publish(httpserver, "", status=302, headers={"Location": "/robots.txt"}), crawler
    )


def test_of_endless_rules_the_beginning_counts(httpserver: HTTPServer, crawler: Downloader) -> None:
    rules = "User-agent: *\nDisallow: /private\n" + "# and so on\n" * (MOST_BYTES // 6)

    assert refusal_of(publish(httpserver, rules), crawler)


def test_a_site_is_asked_once(httpserver: HTTPServer, crawler: Downloader) -> None:
    url = publish(httpserver, "User-agent: *\nDisallow: /other")
    rules = Robots()

    for _ in range(3):
        rules.check(url, crawler)
    with pytest.raises(DownloadError):
        rules.check(httpserver.url_for("/other"), crawler)

    assert len(httpserver.log) == 1


def test_a_failure_to_ask_is_not_remembered(httpserver: HTTPServer, crawler: Downloader) -> None:
    httpserver.expect_oneshot_request("/robots.txt").respond_with_data("", status=500)
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    rules = Robots()

    with pytest.raises(DownloadError):
        rules.check(httpserver.url_for("/a"), crawler)
    rules.check(httpserver.url_for("/a"), crawler)


def test_the_rules_themselves_are_fetched_under_guard(
    httpserver: HTTPServer, downloader: Downloader
) -> None:
    refused = refusal_of(httpserver.url_for("/a"), downloader)

    assert refused.fault is DownloadFault.NOT_PUBLIC
    assert httpserver.log == []


def test_a_page_behind_a_redirect_is_forbidden_by_the_rules_where_it_lies(
    httpserver: HTTPServer, crawler: Downloader
) -> None:
    robots.forget()
    publish(httpserver, "User-agent: *\nDisallow: /private")
    location = {"Location": "/private/a"}
    httpserver.expect_request("/open").respond_with_data("", status=302, headers=location)
    source = WebSource(PageDownloader(crawler))

    with pytest.raises(SourceError, match=r"robots\.txt"):
        source.read(ContentPayload(source_url=httpserver.url_for("/open")))

    assert [request.path for request, _ in httpserver.log] == ["/robots.txt", "/open"]
    robots.forget()


def test_a_switch_turns_it_off(httpserver: HTTPServer, crawler: Downloader) -> None:
    publish(httpserver, "User-agent: *\nDisallow: /")
    body = "<p>" + "The harbour office opened its doors again on Monday. " * 3
    httpserver.expect_request("/a").respond_with_data(body, content_type="text/html")

    content = WebSource(PageDownloader(crawler, respect_robots=False)).read(
        ContentPayload(source_url=httpserver.url_for("/a"))
    )

    assert "harbour" in content.text
