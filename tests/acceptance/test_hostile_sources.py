"""`scribe-dagster process` with URLs and pages of people who mean no good."""

from __future__ import annotations

import gzip

import pytest
from pytest_httpserver import HTTPServer

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes

GUARDED = {"SCRIBE_ALLOW_HOSTS": ""}


def test_a_url_into_this_machine_is_refused_until_it_is_allowed(
    cli: CommandLine, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/a").respond_with_data(
        EXAMPLE.read_bytes(), content_type="text/html"
    )
    url = httpserver.url_for("/a")
    defaults = GUARDED | {"SCRIBE_RESPECT_ROBOTS": ""}

    refused = cli("process", url, **defaults)

    assert refused.code == 1
    entry = f"SCRIBE_ALLOW_HOSTS=localhost:{httpserver.port}"
    assert entry in refused.out + refused.err
    assert httpserver.log == []

    resumed = cli("resume", "1", **defaults | {"SCRIBE_ALLOW_HOSTS": entry.partition("=")[2]})

    assert resumed.code == 0
    assert [request.path for request, _ in httpserver.log] == ["/robots.txt", "/a"]


def test_a_redirect_into_a_private_network_ends_the_run(
    cli: CommandLine, httpserver: HTTPServer
) -> None:
    metadata = {"Location": "http://169.254.169.254/latest/meta-data/"}
    httpserver.expect_request("/a").respond_with_data("", status=302, headers=metadata)

    done = cli("process", httpserver.url_for("/a"), "--json")

    [run] = done.objects
    assert (done.code, run["error_stage"], run["error_kind"]) == (1, "Scrape", "permanent")
    assert "169.254.169.254" in run["error_message"]


def test_a_bomb_ends_the_run_and_not_the_worker(cli: CommandLine, httpserver: HTTPServer) -> None:
    bomb = gzip.compress(bytes(200_000_000))
    headers = {"Content-Encoding": "gzip"}
    httpserver.expect_request("/a").respond_with_data(
        bomb, headers=headers, content_type="text/html"
    )

    done = cli("process", httpserver.url_for("/a"), "--json")

    [run] = done.objects
    assert done.code == 1
    assert "larger than 10 MB" in run["error_message"]


def test_a_page_laden_with_scripts_is_published_without_one(
    cli: CommandLine, httpserver: HTTPServer
) -> None:
    attack = (
        "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>"
        "<p>A <a href='javascript:alert(1)'>link</a> &lt;script&gt;alert(2)&lt;/script&gt;</p>"
    )
    page = EXAMPLE.read_text(encoding="utf-8").replace("</h1>", f"</h1>{attack}", 1)
    page = page.replace("<title>", "<title>&lt;script&gt;alert(3)&lt;/script&gt; ", 1)
    httpserver.expect_request("/a").respond_with_data(page, content_type="text/html")

    done = cli("process", httpserver.url_for("/a"), SCRIBE_HOME=str(cli.folder / "home"))

    assert done.code == 0
    for file in (cli.folder / "home" / "site").rglob("*.*ml"):
        published = file.read_text(encoding="utf-8").casefold()
        assert "<script" not in published
        assert "onerror=" not in published.replace("&lt;img src=x onerror=", "")
        assert "javascript:" not in published
