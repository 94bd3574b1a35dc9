"""`scribe-dagster doctor`: what is configured, what is reachable, what to do next."""

from __future__ import annotations

import pytest
from fakes.openai_server import FakeOpenAI

from .conftest import CommandLine

pytestmark = pytest.mark.processes


def _findings(cli: CommandLine, **environment: str) -> tuple[int, dict[str, tuple[str, str]]]:
    done = cli("doctor", "--json", **environment)
    assert "Traceback" not in done.err
    return done.code, {
        finding["subject"]: (finding["health"], finding["detail"]) for finding in done.objects
    }


def test_the_defaults_are_healthy_and_nothing_is_made_by_asking(cli: CommandLine, home) -> None:
    code, found = _findings(cli)

    assert code == 0
    assert not {health for health, _ in found.values()} & {"broken"}
    assert "AI_PROVIDER=openai" in found["Text model"][1]
    assert not home.exists()


def test_a_provider_that_answers_is_reachable(cli: CommandLine, openai: FakeOpenAI) -> None:
    code, found = _findings(cli)

    assert code == 0
    assert found["OpenAI API"] == ("ok", f"{openai.base_url} answers")
    assert cli.environment["OPENAI_API_KEY"] not in str(found)


def test_a_setting_that_is_misspelt_is_noticed(cli: CommandLine) -> None:
    (cli.folder / ".env").write_text("PUBLISHER_CHANELS=log\n", "utf-8")

    code, found = _findings(cli, AI_PROVDER="openai")

    assert code == 0
    assert found["Settings"] == (
        "note",
        "not read: PUBLISHER_CHANELS (did you mean PUBLISHER_CHANNELS?), "
        "AI_PROVDER (did you mean AI_PROVIDER?)",
    )


@pytest.mark.parametrize(
    ("environment", "subject", "words"),
    [
        ({"AI_PROVIDER": "openai"}, "Text model", "OPENAI_API_KEY"),
        (
            {"AI_PROVIDER": "delphi"},
            "Text model",
            "Installed: anthropic, gemini, local, ollama, openai",
        ),
        (
            {
                "AI_FALLBACKS": "openai:gpt-of-tomorrow",
                "OPENAI_API_KEY": "sk-0123456789",
                "SCRIBE_BUDGET_PER_DAY": "5",
            },
            "Text model",
            "genai-prices",
        ),
        ({"PUBLISHER_CHANNELS": "pigeon"}, "Channels", "pigeon"),
        (
            {"SCRIBE_DATABASE_URL": "postgresql://scribe:hunter22@127.0.0.1:1/scribe"},
            "Database",
            "does not answer",
        ),
        ({"IMAGE_STORE_URL": "pigeon://ida:hunter22@loft/images"}, "Images", "pigeon://"),
        ({"PIPELINE_TRACK_RUNS": "perhaps"}, "Settings", "PIPELINE_TRACK_RUNS"),
        ({"SCRIBE_HOME": "/proc/nowhere"}, "Home", "SCRIBE_HOME"),
        (
            {
                "AI_PROVIDER": "openai",
                "OPENAI_API_KEY": "sk-0123456789",
                "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
            },
            "OpenAI API",
            "OPENAI_BASE_URL",
        ),
    ],
)
def test_what_is_broken_is_named_with_what_to_do(
    cli: CommandLine, environment: dict[str, str], subject: str, words: str
) -> None:
    code, found = _findings(cli, **environment)

    assert code == 2
    health, detail = found[subject]
    assert health == "broken"
    assert words in detail
    assert "hunter22" not in str(found)


@pytest.mark.parametrize("credentials", ["", "ida:hunter22@"])
def test_a_store_of_images_is_named_without_its_credentials(
    cli: CommandLine, credentials: str
) -> None:
    code, found = _findings(cli, IMAGE_STORE_URL=f"memory://{credentials}bucket/images")

    assert code == 0
    assert found["Images"] == ("ok", "memory://bucket/images can be written")


def test_a_database_that_needs_migrating_is_broken_until_it_is_migrated(
    cli: CommandLine, database_url: str
) -> None:
    cli.environment["SCRIBE_DATABASE_URL"] = database_url

    code, found = _findings(cli)
    assert code == 2
    assert "scribe-dagster migrate" in found["Database"][1]

    cli("migrate")
    assert _findings(cli)[0] == 0


def test_a_proxy_that_is_not_used_is_noted_with_the_setting_for_one(cli: CommandLine) -> None:
    noted = _findings(cli, HTTPS_PROXY="http://proxy.example:3128")[1]["Network"]
    chosen = _findings(cli, SCRIBE_PROXY="http://ida:hunter22@proxy.example:3128")[1]["Network"]

    assert noted[0] == "note"
    assert "HTTPS_PROXY is not used" in noted[1]
    assert chosen[0] == "ok"
    assert "hunter22" not in chosen[1]
