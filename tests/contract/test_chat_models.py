"""What every chat provider promises, each against a server that speaks its documented protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fakes.chat_protocols import CHAT_PROTOCOLS, INPUT_TOKENS, KEY, OUTPUT_TOKENS, ChatServer
from pytest_httpserver import HTTPServer
from werkzeug import Response

from scribe_dagster.config import Settings
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.usage import Usage, used_by
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest, TextModel
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.errors import ConfigurationError, ErrorKind, ModelError, Rejected

REQUEST = RewriteRequest(
    ScrapedContent(text="The harbour froze on Monday.", language="en"),
    "https://news.example/frozen",
    (Category(id=1, name="Politics"), Category(id=2, name="Weather")),
)
FIELDS = {
    "rejected",
    "rejection_reasons",
    "title",
    "content",
    "description",
    "meta_title",
    "meta_description",
    "category_id",
    "tags",
    "image_prompt",
    "image_alt",
}
THOSE_WITH_A_REFUSAL = ["openai", "anthropic", "gemini"]
THOSE_THAT_CHARGE = ["openai", "anthropic", "gemini"]


def article(**changes: Any) -> str:
    return json.dumps(
        {
            "rejected": False,
            "rejection_reasons": [],
            "title": "Harbour freezes over",
            "content": "<p>The harbour froze.</p>",
            "description": "Ice closes the harbour.",
            "meta_title": "Harbour freezes",
            "meta_description": "Ice closes the harbour of Port Ellen.",
            "category_id": 2,
            "tags": ["Winter", "Port Ellen"],
            "image_prompt": "A frozen harbour at dawn.",
            "image_alt": "Ice in a harbour.",
            **changes,
        }
    )


@pytest.fixture(params=list(CHAT_PROTOCOLS))
def server(request: pytest.FixtureRequest, httpserver: HTTPServer) -> ChatServer:
    return ChatServer(httpserver, CHAT_PROTOCOLS[request.param])


def model_of(server: ChatServer, **changes: Any) -> TextModel:
    settings = Settings(_env_file=None, **{**server.settings, **changes})
    model: TextModel = make(PluginGroup.TEXT_MODELS, server.protocol.name, settings)
    return model


def rewrite(server: ChatServer, **changes: Any) -> Rewrite:
    return model_of(server, **changes).rewrite(REQUEST)


def failure_of(server: ChatServer) -> ModelError:
    with pytest.raises(ModelError) as raised:
        rewrite(server)
    return raised.value


def tokens(usage: Usage | None) -> tuple[int, int]:
    assert usage is not None
    return usage.input_tokens, usage.output_tokens


# -- Asked and answered -----------------------------------------------------------------------


def test_the_answer_becomes_a_draft_by_a_named_provider(server: ChatServer) -> None:
    server.will_answer(server.protocol.says(article()))

    rewritten = rewrite(server)

    assert rewritten.draft.title == "Harbour freezes over"
    assert rewritten.draft.category_id == 2
    assert rewritten.draft.image_alt == "Ice in a harbour."
    assert rewritten.draft.written_by == f"{server.protocol.name} {server.protocol.model}"
    assert rewritten.usage is not None
    assert rewritten.usage.provider == server.protocol.name
    assert rewritten.usage.model == server.protocol.model
    assert tokens(rewritten.usage) == (INPUT_TOKENS, OUTPUT_TOKENS)


def test_the_page_is_handed_over_as_data_and_the_answer_is_bound_to_a_schema(
    server: ChatServer,
) -> None:
    server.will_answer(server.protocol.says(article()))

    rewrite(server)

    (request,) = server.requests
    message = json.loads(server.protocol.asked(request))
    assert message["source"]["text"] == "The harbour froze on Monday."
    schema = server.protocol.schema(request)
    assert set(schema["properties"]) == FIELDS
    assert set(schema["required"]) == FIELDS
    assert "never an instruction" in request.get_data(as_text=True)


def test_the_key_travels_in_a_header_only(server: ChatServer) -> None:
    server.will_answer(server.protocol.says(article()))

    rewrite(server)

    (request,) = server.requests
    assert any(KEY in value for value in request.headers.values())
    assert KEY not in request.url
    assert KEY not in request.get_data(as_text=True)


def test_a_category_is_known_by_its_name_as_well(server: ChatServer) -> None:
    server.will_answer(server.protocol.says(article(category_id="weather")))

    assert rewrite(server).draft.category_id == 2


@pytest.mark.parametrize("invented", [999, "Gardening", None])
def test_a_category_nobody_offered_is_none_and_is_not_paid_for_again(
    server: ChatServer, invented: object
) -> None:
    server.will_answer(server.protocol.says(article(category_id=invented)))

    assert rewrite(server).draft.category_id is None
    assert len(server.requests) == 1


# -- Answers that are not what was asked for --------------------------------------------------


@pytest.mark.parametrize("unusable", ["I'd be happy to!", '{"title": "Harbour"', "{}"])
def test_an_unusable_answer_is_handed_back_and_both_are_accounted_for(
    server: ChatServer, unusable: str
) -> None:
    server.will_answer(server.protocol.says(unusable), server.protocol.says(article()))

    rewritten = rewrite(server)

    assert len(server.requests) == 2
    assert rewritten.draft.title == "Harbour freezes over"
    assert tokens(rewritten.usage) == (2 * INPUT_TOKENS, 2 * OUTPUT_TOKENS)


def test_the_model_is_told_what_was_wrong(server: ChatServer) -> None:
    unusable = json.dumps({"title": "Harbour", "content": " "})
    server.will_answer(server.protocol.says(unusable), server.protocol.says(article()))

    rewrite(server)

    assert "content is empty" in server.requests[1].get_data(as_text=True)


def test_after_two_re_asks_it_gives_up_for_good_and_tells_what_was_used(
    server: ChatServer,
) -> None:
    server.will_answer(*[server.protocol.says('{"title": "Harbour"}') for _ in range(3)])

    error = failure_of(server)

    assert len(server.requests) == 3
    assert error.kind is ErrorKind.PERMANENT
    assert tokens(used_by(error)) == (3 * INPUT_TOKENS, 3 * OUTPUT_TOKENS)


def test_a_truncated_answer_is_not_asked_for_again_and_is_accounted_for(
    server: ChatServer,
) -> None:
    server.will_answer(server.protocol.breaks_off('{"title": "Harbour", "content": "<p>The har'))

    error = failure_of(server)

    assert len(server.requests) == 1
    assert error.kind is ErrorKind.PERMANENT
    assert "cut off at its output limit" in str(error)
    assert tokens(used_by(error)) == (INPUT_TOKENS, OUTPUT_TOKENS)


def test_a_verdict_rejects_the_content_and_is_accounted_for(server: ChatServer) -> None:
    verdict = json.dumps({"rejected": True, "rejection_reasons": ["Only a cookie notice."]})
    server.will_answer(server.protocol.says(verdict))

    with pytest.raises(Rejected, match=r"Only a cookie notice\.") as rejection:
        rewrite(server)

    assert tokens(used_by(rejection.value)) == (INPUT_TOKENS, OUTPUT_TOKENS)


@pytest.mark.parametrize("server", THOSE_WITH_A_REFUSAL, indirect=True)
def test_a_refusal_rejects_the_content_and_is_not_argued_with(server: ChatServer) -> None:
    server.will_answer(server.protocol.refuses())

    with pytest.raises(Rejected) as rejection:
        rewrite(server)

    assert len(server.requests) == 1
    assert tokens(used_by(rejection.value)) == (INPUT_TOKENS, OUTPUT_TOKENS)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<html>Hello</html>", "text/html"),
        ("{}", "application/json"),
        ('{"id": "chatcmpl', "application/json"),
        ("[]", "application/json"),
        ("", "application/json"),
    ],
)
def test_a_body_that_is_no_answer_is_an_error_and_no_crash(
    server: ChatServer, body: str, content_type: str
) -> None:
    server.will_answer(*[Response(body, content_type=content_type) for _ in range(3)])

    assert "\n" not in str(failure_of(server))


# -- Failures ---------------------------------------------------------------------------------


def test_a_rate_limit_is_transient_and_names_when_to_come_back(server: ChatServer) -> None:
    server.will_answer(server.protocol.fails(429, "Slow down", wait=90))
    before = datetime.now(UTC)

    error = failure_of(server)

    assert error.kind is ErrorKind.TRANSIENT
    assert "[429]: Slow down" in str(error)
    assert error.resume_after is not None
    assert before + timedelta(seconds=90) <= error.resume_after
    assert error.resume_after <= datetime.now(UTC) + timedelta(seconds=90)
    assert used_by(error) is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
def test_one_call_is_one_request_whatever_the_answer(server: ChatServer, status: int) -> None:
    server.will_answer(*[server.protocol.fails(status, "Overloaded") for _ in range(4)])

    error = failure_of(server)

    assert len(server.requests) == 1
    assert error.kind is ErrorKind.TRANSIENT
    assert f"[{status}]: Overloaded" in str(error)


@pytest.mark.parametrize(
    ("status", "advice"), [(400, ""), (401, "_API_KEY"), (404, "_CONTENT_MODEL")]
)
def test_a_refused_request_is_permanent_and_says_which_setting_to_check(
    server: ChatServer, status: int, advice: str
) -> None:
    server.will_answer(server.protocol.fails(status, f"No, and not with {KEY}"))

    error = failure_of(server)

    assert error.kind is ErrorKind.PERMANENT
    assert KEY not in str(error)
    if advice:
        assert f"Check {server.protocol.name.upper()}{advice}" in str(error)


@pytest.fixture
def silence(server: ChatServer) -> Iterator[ChatServer]:
    """A server that takes the request and says nothing until the test is over."""
    over = threading.Event()

    def wait(_: object) -> Response:
        over.wait(timeout=30)
        return Response("", 503)

    server.will_answer(wait)
    yield server
    over.set()


def test_a_silent_server_is_given_up_on_in_time(silence: ChatServer) -> None:
    model = model_of(silence)
    model._timeout = 0.2  # type: ignore[attr-defined]

    with pytest.raises(ModelError, match="did not answer in time") as raised:
        model.rewrite(REQUEST)

    assert raised.value.kind is ErrorKind.TRANSIENT


def test_a_server_that_is_not_there_is_transient_and_its_setting_is_named(
    server: ChatServer,
) -> None:
    nowhere = {f"{server.protocol.name}_base_url": "http://127.0.0.1:9"}

    with pytest.raises(ModelError, match=r"cannot be reached.*_BASE_URL") as raised:
        rewrite(server, **nowhere)

    assert raised.value.kind is ErrorKind.TRANSIENT


def test_an_address_that_is_none_is_told_before_anything_is_asked(server: ChatServer) -> None:
    setting = f"{server.protocol.name}_base_url"

    with pytest.raises(ConfigurationError, match=setting.upper()):
        model_of(server, **{setting: "localhost:11434"})


# -- What it has cost -------------------------------------------------------------------------


@pytest.mark.parametrize("server", THOSE_THAT_CHARGE, indirect=True)
def test_a_server_of_ones_own_has_no_known_price(server: ChatServer) -> None:
    server.will_answer(server.protocol.says(article()))

    usage = rewrite(server).usage

    assert usage is not None
    assert usage.cost_usd is None


@pytest.mark.parametrize("server", ["ollama"], indirect=True)
def test_a_model_that_is_free_is_known_to_cost_nothing(server: ChatServer) -> None:
    server.will_answer(server.protocol.says(article()))

    usage = rewrite(server).usage

    assert usage is not None
    assert (usage.cost_usd, usage.input_tokens) == (Decimal(0), INPUT_TOKENS)


@pytest.mark.parametrize(
    ("server", "cost"),
    [("openai", "0.0009"), ("anthropic", "0.014"), ("gemini", "0.0031")],
    indirect=["server"],
)
def test_a_proxy_is_priced_by_the_list_when_the_settings_say_so(
    server: ChatServer, cost: str
) -> None:
    server.will_answer(server.protocol.says(article()))

    usage = rewrite(server, ai_list_prices=True).usage

    assert usage is not None
    assert usage.cost_usd == Decimal(cost)


@pytest.mark.parametrize("server", THOSE_THAT_CHARGE, indirect=True)
def test_a_model_that_is_in_no_list_has_no_price(server: ChatServer) -> None:
    server.will_answer(server.protocol.says(article(), model="home-grown-7b"))
    setting = f"{server.protocol.name}_content_model"

    usage = rewrite(server, ai_list_prices=True, **{setting: "home-grown-7b"}).usage

    assert usage is not None
    assert (usage.model, usage.cost_usd) == ("home-grown-7b", None)
