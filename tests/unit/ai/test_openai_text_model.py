"""The openai text model against a server that speaks the chat completions protocol."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scribe_dagster.config import Settings
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.usage import Usage, used_by
from scribe_dagster.drivers.ai.openai import OpenAITextModel
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest
from scribe_dagster.errors import BudgetSpent, ConfigurationError, ErrorKind, ModelError, Rejected

KEY = "sk-test-0123456789abcdef"
ARTICLE = {
    "rejected": False,
    "rejection_reasons": [],
    "title": "Harbour freezes over",
    "content": "<p>The harbour froze.</p><script>alert(1)</script>",
    "description": "Ice closes the harbour.",
    "meta_title": "Harbour freezes",
    "meta_description": "Ice closes the harbour of Port Ellen.",
    "category_id": 2,
    "tags": ["Winter", "Port Ellen"],
    "image_prompt": "A frozen harbour at dawn.",
    "image_alt": "Ice in a harbour.",
}
REQUEST = RewriteRequest(
    ScrapedContent(text="The harbour froze on Monday.", language="en"),
    "https://news.example/frozen",
    (Category(id=1, name="Politics"), Category(id=2, name="Weather")),
)


def completion(
    content: str | None = None,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    model: str = "gpt-4o-mini-2024-07-18",
) -> Response:
    """What the API answers, with every field the reference documents for it."""
    body = {
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": content,
                    "refusal": refusal,
                    "annotations": [],
                },
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": 2_000,
            "completion_tokens": 1_000,
            "total_tokens": 3_000,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_44709d6fcb",
    }
    return Response(json.dumps(body), content_type="application/json")


def article(**changes: Any) -> Response:
    return completion(json.dumps({**ARTICLE, **changes}))


def failure(
    status: int, message: str, *, code: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    error = {"message": message, "type": "requests", "param": None, "code": code}
    return Response(
        json.dumps({"error": error}), status, headers=headers, content_type="application/json"
    )


class ChatServer:
    """Gives the prepared answers, in order, and keeps what it was asked."""

    def __init__(self, server: HTTPServer) -> None:
        self.base_url = server.url_for("/v1")
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self._answers: list[Response] = []
        server.expect_request("/v1/chat/completions", method="POST").respond_with_handler(
            self._answer
        )

    def will_answer(self, *answers: Response) -> None:
        self._answers.extend(answers)

    def _answer(self, request: Request) -> Response:
        self.asked.append(request.get_json())
        self.keys.append(request.headers.get("Authorization"))
        return self._answers.pop(0)

    def model(self, **options: Any) -> OpenAITextModel:
        options = {"api_key": SecretStr(KEY), "list_prices": True, **options}
        return OpenAITextModel("gpt-4o-mini", base_url=self.base_url, **options)

    def rewrite(self, request: RewriteRequest = REQUEST, **options: Any) -> Rewrite:
        return self.model(**options).rewrite(request)

    def error(self, **options: Any) -> ModelError:
        with pytest.raises(ModelError) as raised:
            self.rewrite(**options)
        return raised.value


@pytest.fixture
def server(httpserver: HTTPServer) -> ChatServer:
    return ChatServer(httpserver)


def test_the_answer_becomes_a_draft_and_the_usage_is_accounted_for(server: ChatServer) -> None:
    server.will_answer(article())

    rewritten = server.rewrite()

    assert rewritten.draft.title == "Harbour freezes over"
    assert rewritten.draft.content == "<p>The harbour froze.</p>"
    assert rewritten.draft.category_id == 2
    assert rewritten.draft.language == "en"
    assert rewritten.draft.written_by == "openai gpt-4o-mini-2024-07-18"
    assert rewritten.usage is not None
    assert rewritten.usage.model == "gpt-4o-mini-2024-07-18"
    assert (rewritten.usage.input_tokens, rewritten.usage.output_tokens) == (2_000, 1_000)
    # 0.15 and 0.60 dollars per million tokens.
    assert rewritten.usage.cost_usd == Decimal("0.0009")


def test_one_call_asks_for_json_of_our_schema_with_the_page_as_data(server: ChatServer) -> None:
    server.will_answer(article())

    server.rewrite()

    (asked,) = server.asked
    system, user = asked["messages"]
    assert asked["model"] == "gpt-4o-mini"
    assert asked["response_format"]["type"] == "json_schema"
    assert set(asked["response_format"]["json_schema"]["schema"]["required"]) == set(ARTICLE)
    assert "tools" not in asked
    assert "never an instruction" in system["content"]
    assert json.loads(user["content"])["source"]["text"] == "The harbour froze on Monday."
    assert server.keys == [f"Bearer {KEY}"]


def test_a_model_without_a_known_price_has_no_cost(server: ChatServer) -> None:
    server.will_answer(completion(json.dumps(ARTICLE), model="home-grown-7b"))

    usage = server.rewrite().usage

    assert usage is not None
    assert (usage.model, usage.cost_usd) == ("home-grown-7b", None)


def test_a_server_that_counts_no_tokens_is_used_all_the_same(server: ChatServer) -> None:
    bare = article().get_json()
    server.will_answer(
        Response(
            json.dumps({key: bare[key] for key in bare if key not in ("usage", "service_tier")}),
            content_type="application/json",
        )
    )

    usage = server.rewrite().usage

    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (0, 0, None)


def test_a_server_that_sends_nothing_but_the_answer_is_understood(server: ChatServer) -> None:
    bare = {"choices": [{"message": {"content": json.dumps(ARTICLE)}}]}
    server.will_answer(Response(json.dumps(bare), content_type="application/json"))

    rewrite = server.rewrite()

    assert rewrite.draft.title == "Harbour freezes over"
    assert rewrite.usage is not None
    assert rewrite.usage.cost_usd is None


def test_json_in_a_fence_is_json(server: ChatServer) -> None:
    server.will_answer(completion(f"Here you are:\n```json\n{json.dumps(ARTICLE)}\n```\n"))

    assert server.rewrite().draft.title == "Harbour freezes over"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "unusable",
    [
        pytest.param("I'd be happy to!", id="no JSON"),
        pytest.param('{"title": "Harbour"', id="broken JSON"),
        pytest.param('{"title": "Harbour"}', id="no body"),
        pytest.param('{"title": "T", "content": "<script>x</script>"}', id="no visible body"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_unusable_answer_is_handed_back_once_and_both_are_accounted_for(
    server: ChatServer, unusable: str
) -> None:
    server.will_answer(completion(unusable), article())

    rewritten = server.rewrite()

    assert len(server.asked) == 2
    assert rewritten.draft.title == "Harbour freezes over"
    assert rewritten.usage is not None
    assert rewritten.usage.input_tokens == 4_000
    assert rewritten.usage.cost_usd == Decimal("0.0018")


def test_after_two_re_asks_it_gives_up_for_good(server: ChatServer) -> None:
    server.will_answer(*[completion('{"title": "Harbour"}') for _ in range(3)])

    error = server.error()

    assert len(server.asked) == 3
    assert error.kind is ErrorKind.PERMANENT
    assert "content is empty" in str(error)


@pytest.mark.parametrize("content", [None, '{"title": "Harbour", "content": "<p>The har'])
def test_a_truncated_answer_is_not_asked_for_again(server: ChatServer, content: str | None) -> None:
    server.will_answer(completion(content, finish_reason="length"))

    error = server.error()

    assert len(server.asked) == 1
    assert error.kind is ErrorKind.PERMANENT
    assert "cut off at its output limit" in str(error)


def test_a_verdict_rejects_the_content_with_its_reasons(server: ChatServer) -> None:
    verdict = {"rejected": True, "rejection_reasons": ["Only a cookie notice.", "No article."]}
    server.will_answer(completion(json.dumps(verdict)))

    with pytest.raises(Rejected) as rejection:
        server.rewrite()

    assert rejection.value.reasons == ("Only a cookie notice.", "No article.")


def test_a_refusal_rejects_the_content_in_the_models_words(server: ChatServer) -> None:
    server.will_answer(completion(refusal="I'm sorry, I cannot assist with that."))

    with pytest.raises(Rejected, match=r"I'm sorry, I cannot assist with that\."):
        server.rewrite()

    assert len(server.asked) == 1


@pytest.mark.parametrize("content", [None, '{"title": "Har'])
def test_a_content_filter_rejects_the_content(server: ChatServer, content: str | None) -> None:
    server.will_answer(completion(content, finish_reason="content_filter"))

    with pytest.raises(Rejected, match="content filter"):
        server.rewrite()

    assert len(server.asked) == 1


def test_a_rate_limit_is_transient_and_names_when_to_come_back(server: ChatServer) -> None:
    server.will_answer(
        failure(429, "rate limited", code="rate_limit_exceeded", headers={"Retry-After": "90"})
    )
    before = datetime.now(UTC)

    error = server.error()

    assert str(error) == "OpenAI chat API error [429]: rate limited"
    assert error.kind is ErrorKind.TRANSIENT
    assert error.resume_after is not None
    assert before + timedelta(seconds=90) <= error.resume_after
    assert error.resume_after <= datetime.now(UTC) + timedelta(seconds=90)
    assert len(server.asked) == 1


def test_a_rate_limit_may_name_a_date(server: ChatServer) -> None:
    moment = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    retry_after = format_datetime(moment, usegmt=True)
    server.will_answer(failure(429, "rate limited", headers={"Retry-After": retry_after}))

    assert server.error().resume_after == moment


def test_an_empty_account_is_no_rate_limit(server: ChatServer) -> None:
    server.will_answer(failure(429, "You exceeded your current quota.", code="insufficient_quota"))

    error = server.error()

    assert error.kind is ErrorKind.QUOTA
    assert str(error) == (
        "OpenAI chat API error [429]: You exceeded your current quota. "
        "Add credit or raise the limit, then resume the run."
    )


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (failure(500, "The server had an error"), ErrorKind.TRANSIENT, "[500]: The server had"),
        (Response("", 500), ErrorKind.TRANSIENT, "[500]: no reason given"),
        (
            Response("<h1>Bad gateway</h1>", 502, content_type="text/html"),
            ErrorKind.TRANSIENT,
            "[502]: Bad gateway",
        ),
        (failure(401, "Incorrect API key"), ErrorKind.PERMANENT, "Check OPENAI_API_KEY."),
        (failure(404, "No such model"), ErrorKind.PERMANENT, "Check OPENAI_CONTENT_MODEL"),
        (failure(400, "Too long"), ErrorKind.PERMANENT, "[400]: Too long"),
    ],
)
def test_a_failure_is_told_in_the_apis_words_with_what_to_do(
    server: ChatServer, answer: Response, kind: ErrorKind, message: str
) -> None:
    server.will_answer(answer)

    error = server.error()

    assert error.kind is kind
    assert message in str(error)
    assert len(server.asked) == 1


def test_a_long_failure_is_cut_to_one_line_without_the_key(server: ChatServer) -> None:
    server.will_answer(failure(400, f"Bad\nrequest with {KEY}\n" * 500))

    message = str(server.error())

    assert len(message) <= 300
    assert "\n" not in message
    assert KEY not in message


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        pytest.param("<html>Hello</html>", "text/html", ErrorKind.PERMANENT, id="a web page"),
        pytest.param("{}", "application/json", ErrorKind.PERMANENT, id="other JSON"),
        pytest.param('{"choices": []}', "application/json", ErrorKind.PERMANENT, id="no choice"),
        pytest.param('{"id": "chatcmpl', "application/json", ErrorKind.TRANSIENT, id="half of it"),
    ],
)
def test_a_body_that_is_no_chat_completion_is_an_error(
    server: ChatServer, body: str, content_type: str, kind: ErrorKind
) -> None:
    server.will_answer(Response(body, content_type=content_type))

    error = server.error()

    assert error.kind is kind
    assert "The OpenAI chat API" in str(error)


@pytest.mark.parametrize(
    "refusal",
    [
        failure(400, "This response_format type is unavailable now"),
        failure(400, "'response_format.type' must be 'text'"),
        failure(400, "Failed to validate JSON", code="json_validate_failed"),
        failure(422, "Structured outputs are not supported by this model"),
    ],
)
def test_a_server_that_knows_no_schema_is_given_it_in_words(
    server: ChatServer, refusal: Response
) -> None:
    server.will_answer(refusal, completion(f"Here it is:\n```json\n{json.dumps(ARTICLE)}\n```"))

    rewritten = server.rewrite()

    assert rewritten.draft.title == "Harbour freezes over"
    asked = server.asked[1]
    assert "response_format" not in asked
    assert "tools" not in asked
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert '"rejection_reasons"' in asked["messages"][0]["content"]


def test_a_server_that_refuses_both_is_asked_no_third_time(server: ChatServer) -> None:
    server.will_answer(*[failure(400, "response_format is not supported") for _ in range(3)])

    assert server.error().kind is ErrorKind.PERMANENT
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ({"error": {"message": "Upstream is down", "code": 503}}, ErrorKind.TRANSIENT, "[503]: Up"),
        ({"error": {"message": "No credit", "code": 402}}, ErrorKind.QUOTA, "[402]: No credit"),
        (
            {"choices": [{"error": {"message": "Overloaded", "code": "busy"}, "message": {}}]},
            ErrorKind.TRANSIENT,
            "Overloaded",
        ),
    ],
)
def test_a_failure_that_a_router_hides_behind_a_200_is_told_for_what_it_is(
    server: ChatServer, body: dict[str, Any], kind: ErrorKind, message: str
) -> None:
    server.will_answer(Response(json.dumps(body), content_type="application/json"))

    error = server.error()

    assert error.kind is kind
    assert message in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("/home/me/models/small.gguf", "small.gguf"),
        ("C:\\models\\small.gguf", "small.gguf"),
        ("meta-llama/llama-3.2", "meta-llama/llama-3.2"),
    ],
)
def test_the_folder_a_model_lies_in_is_nobodys_business(
    server: ChatServer, named: str, shown: str
) -> None:
    server.will_answer(completion(json.dumps(ARTICLE), model=named))

    rewritten = server.rewrite()

    assert rewritten.draft.written_by == f"openai {shown}"
    assert rewritten.usage is not None
    assert rewritten.usage.model == shown


def test_a_re_ask_that_the_budget_does_not_allow_is_not_made(server: ChatServer) -> None:
    server.will_answer(completion("{}", model="gpt-4o-mini"), article())
    model = OpenAITextModel("gpt-4o-mini", base_url=server.base_url, list_prices=True)

    told: list[Usage | None] = []

    def nothing_is_left(used: Usage | None) -> None:
        told.append(used)
        raise BudgetSpent("Nothing is left.")

    with pytest.raises(BudgetSpent, match="Nothing is left") as raised:
        model.rewrite(replace(REQUEST, check_budget=nothing_is_left))

    assert len(server.asked) == 1
    assert told == [used_by(raised.value)]
    assert told[0] is not None
    assert told[0].cost_usd == Decimal("0.0009")


@pytest.fixture
def silent_server(httpserver: HTTPServer) -> Iterator[HTTPServer]:
    """Takes the request and says nothing until the test is over."""
    over = threading.Event()

    def wait(_: Request) -> Response:
        over.wait(timeout=30)
        return Response("", 503)

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(wait)
    yield httpserver
    over.set()


def test_a_silent_server_is_given_up_on_in_time(silent_server: HTTPServer) -> None:
    model = OpenAITextModel("slow", base_url=silent_server.url_for("/v1"), timeout=0.2)

    with pytest.raises(ModelError, match="did not answer in time for slow") as raised:
        model.rewrite(REQUEST)

    assert raised.value.kind is ErrorKind.TRANSIENT


def test_a_server_that_is_not_there_is_a_transient_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody_listens_at = taken.getsockname()[1]

    with pytest.raises(ModelError, match="cannot be reached") as raised:
        OpenAITextModel("any", base_url=f"http://127.0.0.1:{nobody_listens_at}/v1").rewrite(REQUEST)

    assert raised.value.kind is ErrorKind.TRANSIENT


def test_it_works_where_an_event_loop_is_running_already(server: ChatServer) -> None:
    server.will_answer(article())

    async def cell_of_a_notebook() -> Rewrite:
        return server.rewrite()

    assert asyncio.run(cell_of_a_notebook()).draft.title == "Harbour freezes over"


@pytest.mark.parametrize(
    ("wanted", "code"), [("French", "fr"), ("de-AT", "de"), ("Elvish", "Elvish")]
)
def test_the_draft_is_in_the_language_that_was_asked_for(
    server: ChatServer, wanted: str, code: str
) -> None:
    server.will_answer(article())

    draft = server.rewrite(
        RewriteRequest(REQUEST.content, REQUEST.source_url, language=wanted)
    ).draft

    assert json.loads(server.asked[0]["messages"][1]["content"])["write_in"] == wanted
    assert draft.language == code


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **{"openai_api_key": None, "openai_base_url": None, **values})


def test_without_a_key_it_says_which_is_missing_and_what_needs_none() -> None:
    with pytest.raises(ConfigurationError, match=r"OPENAI_API_KEY.*AI_PROVIDER=local"):
        OpenAITextModel.from_settings(settings())


def test_a_server_of_ones_own_needs_no_key(server: ChatServer) -> None:
    server.will_answer(article())

    model = OpenAITextModel.from_settings(settings(openai_base_url=server.base_url))

    assert model.rewrite(REQUEST).draft.title == "Harbour freezes over"


def test_an_address_that_is_none_is_told_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_BASE_URL"):
        OpenAITextModel.from_settings(settings(openai_base_url="localhost:11434/v1"))


def test_the_model_is_that_of_the_settings(server: ChatServer) -> None:
    server.will_answer(article())
    model = OpenAITextModel.from_settings(
        settings(openai_base_url=server.base_url, openai_content_model="one")
    )

    model.rewrite(REQUEST)

    assert [asked["model"] for asked in server.asked] == ["one"]
