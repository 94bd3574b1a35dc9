"""`scribe-dagster process`: from a source to a published article."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
from fakes.chat_protocols import CHAT_PROTOCOLS, ChatServer
from fakes.openai_server import IMAGES, FakeOpenAI, rewritten
from pytest_httpserver import HTTPServer

from .conftest import EXAMPLE, CommandLine

pytestmark = pytest.mark.processes

SEED_COLUMNS = {
    "source_url",
    "staged_content_id",
    "article_id",
    "status",
    "stages",
    "current_stage_index",
    "current_stage_name",
    "payload_snapshot",
    "error_stage",
    "error_message",
    "started_at",
    "completed_at",
    "failed_at",
}


def test_a_file_becomes_an_article_on_the_site_and_the_command_says_where(
    cli: CommandLine, home: Path
) -> None:
    done = cli("process", str(EXAMPLE))

    assert done.code == 0, done.err
    for number, stage in enumerate(
        ("Scrape", "AiRewrite", "GenerateImage", "OptimiseImage", "CreateArticle", "Publish"), 1
    ):
        assert f"  [{number}/6] {stage}  …\n        ✓ completed — " in done.out
    page = re.search(r"site: (file://\S+)", done.out)
    assert page is not None
    html = Path(url2pathname(urlparse(page[1]).path)).read_text(encoding="utf-8")
    assert "A river town teaches its last bus to wait" in html
    assert (home / "site" / "index.html").exists()
    assert (home / "site" / "feed.xml").exists()


def test_with_a_site_url_the_command_says_where_the_article_is_on_the_web(
    cli: CommandLine, home: Path
) -> None:
    done = cli("process", str(EXAMPLE), SITE_URL="https://example.org/news/")

    [page] = (home / "site" / "articles").glob("*.html")
    assert f"  site: https://example.org/news/articles/{page.name}\n" in done.out
    assert f"  All articles: {(home / 'site' / 'index.html').as_uri()}\n" in done.out
    assert "  On the web: https://example.org/news/\n" in done.out


def test_a_web_page_is_fetched_over_http(cli: CommandLine, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/story").respond_with_data(
        EXAMPLE.read_bytes(), content_type="text/html; charset=utf-8"
    )

    done = cli("process", httpserver.url_for("/story"), "--json")

    assert done.code == 0, done.err
    [run] = done.objects
    assert run["source_url"] == httpserver.url_for("/story")
    assert run["payload_snapshot"]["scraped"]["author"] == "Ines Calloway"


def test_json_is_one_object_a_run_with_the_documented_columns(cli: CommandLine) -> None:
    done = cli("process", str(EXAMPLE), "--text", "", "--json")
    assert done.code == 2

    done = cli("process", str(EXAMPLE), str(EXAMPLE), "--json")

    assert done.code == 0, done.err
    first, second = done.objects
    assert SEED_COLUMNS | {"id", "attempt", "dagster_run_id"} <= first.keys()
    assert (first["id"], second["id"]) == (1, 2)
    assert first["status"] == "completed"
    assert first["attempt"] == 1
    assert first["dagster_run_id"] != second["dagster_run_id"]
    assert first["article_id"] != second["article_id"]


@pytest.mark.parametrize(
    ("list_prices", "is_known"), [("true", True), ("false", False)], ids=["priced", "unpriced"]
)
def test_json_tells_a_cost_only_where_it_is_known(
    cli: CommandLine, openai: FakeOpenAI, list_prices: str, is_known: bool
) -> None:
    openai.fail_next(IMAGES, 429, "rate limited")
    cli.environment["AI_LIST_PRICES"] = list_prices

    told = [
        *cli("process", str(EXAMPLE), "--json").objects,
        *cli("resume", "1", "--plan", "--json").objects,
        *cli("resume", "--all-failed", "--plan", "--json").objects,
        *cli("runs", "--json").objects,
        *cli("runs", "show", "1", "--json").objects,
        *cli("resume", "1", "--json").objects,
    ]

    assert len(told) == 6
    assert [run["cost_usd"] is not None for run in told] == [is_known] * 6


def test_json_tells_that_what_is_free_has_cost_nothing(
    cli: CommandLine, httpserver: HTTPServer
) -> None:
    server = ChatServer(httpserver, CHAT_PROTOCOLS["ollama"])
    server.will_answer(server.protocol.says(json.dumps(rewritten())))
    cli.environment |= {name.upper(): value for name, value in server.settings.items()}

    [made] = cli("process", str(EXAMPLE), "--json").objects
    [listed] = cli("runs", "--json").objects

    assert made["input_tokens"] > 0
    assert (made["cost_usd"], listed["cost_usd"]) == (0, 0)


@pytest.mark.parametrize("arguments", [("-",), ("--source", "text")])
def test_text_is_read_from_standard_input(cli: CommandLine, arguments: tuple[str, ...]) -> None:
    text = "A title of one's own\n\n" + "The tide came in slowly over the flats. " * 20

    done = cli("process", *arguments, "--json", stdin=text)

    assert done.code == 0, done.err
    [run] = done.objects
    assert run["payload_snapshot"]["scraped"]["title"] == "A title of one's own"
    assert re.fullmatch(r"text:[0-9a-f]{16}", run["source_url"])


def test_categories_reach_the_article(cli: CommandLine) -> None:
    done = cli("process", str(EXAMPLE), "--categories", "1:Transport,2:Public transport", "--json")

    [run] = done.objects
    offered = {category["id"] for category in run["payload_snapshot"]["categories"]}
    assert offered == {1, 2}
    assert run["payload_snapshot"]["draft"]["category_id"] in {1, 2, None}


def test_one_source_that_fails_does_not_stop_the_next(
    cli: CommandLine, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/gone").respond_with_data("", status=404)

    done = cli("process", httpserver.url_for("/gone"), str(EXAMPLE), "--json")

    assert done.code == 1
    assert [run["status"] for run in done.objects] == ["failed", "completed"]


def test_a_rejection_is_final_and_has_its_own_exit_code(cli: CommandLine, openai) -> None:
    openai.article = {"rejected": True, "rejection_reasons": ["only a cookie notice"]}

    done = cli("process", str(EXAMPLE), "--json")

    assert done.code == 3, done.err
    [run] = done.objects
    assert run["status"] == "rejected"
    assert run["rejection_reason"] == "only a cookie notice"
    assert cli("resume", "1").code == 4


def test_piped_output_holds_no_terminal_codes(cli: CommandLine) -> None:
    assert "\x1b" not in cli("process", str(EXAMPLE)).out


def test_a_terminal_that_knows_only_ascii_gets_a_plain_report(cli: CommandLine) -> None:
    done = cli("process", str(EXAMPLE), PYTHONIOENCODING="ascii")

    assert done.code == 0, done.err
    assert "? completed" in done.out


def test_with_halt_on_error_off_an_article_is_published_without_its_image(
    cli: CommandLine, openai
) -> None:
    openai.fail_next("/v1/images/generations", 500, "the painter is ill")

    done = cli("process", str(EXAMPLE), PIPELINE_HALT_ON_ERROR="false")

    assert done.code == 0, done.err
    assert "⊘ skipped — OpenAI image API error [500]" in done.out
    assert "the painter is ill" in cli("runs", "show", "1").out


def test_settings_are_read_from_a_dotenv_file(cli: CommandLine) -> None:
    (cli.folder / ".env").write_text("PUBLISHER_CHANNELS=log\n", encoding="utf-8")

    done = cli("process", str(EXAMPLE), "--json")

    [run] = done.objects
    assert [p["channel"] for p in run["payload_snapshot"]["publications"]] == ["log"]


def test_the_home_and_its_database_are_the_owners_alone(cli: CommandLine, home: Path) -> None:
    cli("process", str(EXAMPLE))

    assert home.stat().st_mode & 0o077 == 0
    # Should somebody open the home to others, to have its site served, these stay closed.
    for folder in ("images", "images/articles", "dagster"):
        assert (home / folder).stat().st_mode & 0o077 == 0
    for file in (
        *home.glob("scribe.db"),
        *home.glob("scribe.db-*"),
        *(home / "images").rglob("*.webp"),
    ):
        assert file.stat().st_mode & 0o077 == 0


def test_a_credential_in_a_url_is_shown_nowhere(
    cli: CommandLine, home: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/a").respond_with_data(
        EXAMPLE.read_bytes(), content_type="text/html"
    )
    url = httpserver.url_for("/a?access_token=s3cret-of-somebody&page=2")

    shown = [
        cli("process", url),
        cli("process", url, "--json"),
        cli("runs"),
        cli("runs", "--json"),
        cli("runs", "show", "1"),
        cli("runs", "show", "1", "--json"),
    ]

    for outcome in shown:
        assert outcome.code == 0
        assert "s3cret" not in outcome.out + outcome.err
    for file in home.rglob("*"):
        # The runs' own table keeps it: a resume has to ask for the page again.
        if file.is_file() and not file.name.startswith("scribe.db"):
            assert b"s3cret" not in file.read_bytes(), file


def test_the_very_first_runs_may_be_several_at_once(cli: CommandLine) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda _: cli("process", str(EXAMPLE), "--json"), range(3)))

    assert [done.code for done in outcomes] == [0, 0, 0], [done.err[-500:] for done in outcomes]
    assert sorted(run["id"] for done in outcomes for run in done.objects) == [1, 2, 3]


def test_a_reader_that_hangs_up_does_not_end_the_run(cli: CommandLine) -> None:
    command = Path(sys.executable).parent / "scribe-dagster"
    program = f"{shlex.quote(str(command))} process {shlex.quote(str(EXAMPLE))} | head -n 2"

    cli.run("python", "-c", f"import subprocess; subprocess.run({program!r}, shell=True)")

    [run] = cli("runs", "--json").objects
    assert run["status"] == "completed"
