"""Bad input gets one clear message, the right exit code, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.openai_server import FakeOpenAI
from pytest_httpserver import HTTPServer
from werkzeug import Response

from .conftest import EXAMPLE, CommandLine, Outcome

pytestmark = pytest.mark.processes


def _explained(done: Outcome, *words: str) -> None:
    assert "Traceback" not in done.out + done.err
    told = done.out + done.err
    for word in words:
        assert word in told, told


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/missing", ("404",)),
        ("/empty", ("empty",)),
        ("/pdf", ("PDF",)),
        ("/huge", ("MB",)),
        ("/nothing", ("No article text",)),
        ("/busy", ("503",)),
    ],
)
def test_a_page_that_cannot_be_used_fails_the_run_and_says_why(
    cli: CommandLine, httpserver: HTTPServer, path: str, words: tuple[str, ...]
) -> None:
    def huge(_request: object) -> Response:
        return Response((b"x" * 1_000_000 for _ in range(50)), content_type="text/html")

    httpserver.expect_request("/empty").respond_with_data("", content_type="text/html")
    httpserver.expect_request("/pdf").respond_with_data(
        b"%PDF-1.7 ...", content_type="application/pdf"
    )
    httpserver.expect_request("/huge").respond_with_handler(huge)
    httpserver.expect_request("/nothing").respond_with_data(
        "<html><body><nav>Home</nav></body></html>", content_type="text/html"
    )
    httpserver.expect_request("/busy").respond_with_data("", status=503)
    httpserver.expect_request("/missing").respond_with_data("", status=404)

    done = cli("process", httpserver.url_for(path))

    assert done.code == 1
    _explained(done, *words, "scribe-dagster resume 1")
    [run] = cli("runs", "--json").objects
    assert (run["status"], run["error_stage"]) == ("failed", "Scrape")
    assert run["error_message"] in done.out
    httpserver.clear()


def test_a_page_that_never_comes_ends_in_a_timeout(
    cli: CommandLine, httpserver: HTTPServer
) -> None:
    import threading

    let_go = threading.Event()

    def slow(_request: object) -> Response:
        let_go.wait(30)
        return Response("late")

    httpserver.expect_request("/slow").respond_with_handler(slow)
    try:
        done = cli("process", httpserver.url_for("/slow"), WEB_SCRAPER_TIMEOUT="0.5")
    finally:
        let_go.set()

    assert done.code == 1
    _explained(done, "0.5", "WEB_SCRAPER_TIMEOUT")
    [run] = cli("runs", "--json").objects
    assert run["error_kind"] == "transient"


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ((), {}, ("URL",)),
        (("not a url",), {}, ("not a url",)),
        (("ftp://example.com/file",), {}, ("ftp",)),
        (("/nowhere/page.html",), {}, ("/nowhere/page.html",)),
        (("https://user:hunter22@example.com/",), {}, ("password",)),
        ((str(EXAMPLE), "--categories", "Tech"), {}, ("Tech", "1:Tech")),
        ((str(EXAMPLE),), {"AI_PROVIDER": "delphi"}, ("delphi", "local", "openai")),
        ((str(EXAMPLE),), {"AI_IMAGE_PROVIDER": "easel"}, ("easel", "local", "openai")),
        ((str(EXAMPLE),), {"PUBLISHER_CHANNELS": "log,pigeon"}, ("pigeon", "log", "site")),
        ((str(EXAMPLE), "--source", "gopher"), {}, ("gopher", "web")),
        ((str(EXAMPLE),), {"AI_PROVIDER": "openai"}, ("OPENAI_API_KEY", "AI_PROVIDER=local")),
        ((str(EXAMPLE),), {"IMAGE_QUALITY": "best"}, ("IMAGE_QUALITY",)),
        ((str(EXAMPLE),), {"SCRIBE_DATABASE_URL": "nonsense"}, ("SCRIBE_DATABASE_URL",)),
        (
            (str(EXAMPLE),),
            {"SCRIBE_DATABASE_URL": "postgresql://scribe:hunter22@127.0.0.1:1/scribe"},
            ("does not answer", "doctor"),
        ),
        ((str(EXAMPLE),), {"SCRIBE_HOME": "/proc/nowhere"}, ("SCRIBE_HOME",)),
    ],
)
def test_wrong_usage_or_configuration_begins_nothing(
    cli: CommandLine,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    words: tuple[str, ...],
) -> None:
    done = cli("process", *arguments, **environment)

    assert done.code == 2, done.out + done.err
    _explained(done, *words)
    assert "hunter22" not in done.out + done.err
    assert cli("runs", "--json").objects == []


def test_a_shared_database_that_was_never_migrated_names_the_command(
    cli: CommandLine, tmp_path: Path
) -> None:
    cli.environment["SCRIBE_DATABASE_URL"] = f"sqlite:///{tmp_path / 'shared.db'}"

    refused = cli("process", str(EXAMPLE))
    assert refused.code == 2
    _explained(refused, "scribe-dagster migrate")

    assert cli("migrate").code == 0
    assert cli("process", str(EXAMPLE)).code == 0


def test_no_secret_reaches_a_row_a_message_or_json(cli: CommandLine, openai) -> None:
    key = cli.environment["OPENAI_API_KEY"]
    openai.fail_next("/v1/chat/completions", 401, f"Incorrect API key provided: {key}.")

    done = cli("process", str(EXAMPLE))

    assert done.code == 1
    everything = (
        done.out + done.err + cli("runs", "--json").out + cli("runs", "show", "1", "--snapshot").out
    )
    assert "401" in everything
    assert key not in everything


def test_with_a_budget_a_model_without_a_price_is_refused_before_the_run_begins(
    cli: CommandLine, openai: FakeOpenAI
) -> None:
    refused = {"SCRIBE_BUDGET_PER_DAY": "5", "AI_FALLBACKS": "openai:gpt-of-tomorrow,local"}

    done = cli("process", str(EXAMPLE), **refused)

    assert done.code == 2
    _explained(done, "openai:gpt-of-tomorrow", "SCRIBE_BUDGET_PER_DAY")
    assert openai.calls == []
    assert cli("runs", "--json").objects == []
