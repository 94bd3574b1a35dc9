"""The gemini image model against a server that speaks the Gemini API's protocol."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from fakes.gemini_images import gemini_answer, gemini_error
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scribe_dagster.config import Settings
from scribe_dagster.domain.usage import used_by
from scribe_dagster.drivers.images.gemini import GeminiImageModel
from scribe_dagster.drivers.images.protocol import ImageRequest
from scribe_dagster.errors import ConfigurationError, ErrorKind, ImageError

KEY = "AIzaSyTest0123456789abcdef"
PATH = "/v1beta/models/gemini-2.5-flash-image:generateContent"
ANY_MODEL = re.compile(r"/v1beta/models/.+:generateContent")
REQUEST = ImageRequest(prompt="A lighthouse at dawn", title="A title")


def png() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (48, 32), "teal").save(stream, "PNG")
    return stream.getvalue()


def model_at(server: HTTPServer, **changes: Any) -> GeminiImageModel:
    settings = {
        "gemini_api_key": KEY,
        "gemini_base_url": server.url_for(""),
        "gemini_image_model": "gemini-2.5-flash-image",
        "ai_list_prices": True,
        **changes,
    }
    return GeminiImageModel.from_settings(Settings(_env_file=None, **settings))


def failure_of(model: GeminiImageModel) -> ImageError:
    with pytest.raises(ImageError) as caught:
        model.generate(REQUEST)
    return caught.value


def test_the_prompt_is_sent_with_the_key_in_a_header(httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_json(gemini_answer(png()))

    image = model_at(httpserver).generate(REQUEST)

    request, _ = httpserver.log[-1]
    assert request.get_json() == {
        "contents": [{"role": "user", "parts": [{"text": "A lighthouse at dawn"}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "3:2"},
        },
    }
    assert request.headers["x-goog-api-key"] == KEY
    assert KEY not in request.url
    assert image.data == png()
    assert image.made_by == "gemini gemini-2.5-flash-image"


def test_tokens_and_their_price_are_reported(httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_json(gemini_answer(png()))

    usage = model_at(httpserver).generate(REQUEST).usage

    assert usage is not None
    assert (usage.provider, usage.input_tokens, usage.output_tokens) == ("gemini", 20, 1290)
    # Thirty dollars per million tokens of a picture.
    assert usage.cost_usd is not None
    assert Decimal("0.038") < usage.cost_usd < Decimal("0.040")


@pytest.mark.parametrize(
    "changes", [{"ai_list_prices": False}, {"gemini_image_model": "a-model-of-my-own"}]
)
def test_where_no_price_is_known_none_is_guessed(
    httpserver: HTTPServer, changes: dict[str, Any]
) -> None:
    httpserver.expect_request(method="POST", uri=ANY_MODEL).respond_with_json(
        gemini_answer(png(), modelVersion="a-model-of-my-own")
    )

    usage = model_at(httpserver, **changes).generate(REQUEST).usage

    assert usage is not None
    assert usage.cost_usd is None


@pytest.mark.parametrize(
    "refusal",
    [
        gemini_answer(None, candidates=[{"finishReason": "IMAGE_SAFETY"}]),
        gemini_answer(None, candidates=[], promptFeedback={"blockReason": "PROHIBITED_CONTENT"}),
    ],
)
def test_a_refusal_is_permanent_and_says_what_to_do(
    httpserver: HTTPServer, refusal: dict[str, Any]
) -> None:
    httpserver.expect_request(PATH).respond_with_json(refusal)

    error = failure_of(model_at(httpserver))

    assert error.kind is ErrorKind.PERMANENT
    assert "will not draw this" in str(error)
    assert "AI_IMAGE_PROVIDER=local" in str(error)
    assert used_by(error) is not None


@pytest.mark.parametrize(
    "answer",
    [
        gemini_answer(None),
        gemini_answer(None, candidates=[]),
        gemini_answer(b"no picture at all"),
        gemini_answer(png()[:60]),
        {"candidates": [{"content": {"parts": [{"inlineData": {"data": "%%%"}}]}}]},
    ],
)
def test_an_answer_without_a_whole_picture_is_an_error_that_was_paid_for(
    httpserver: HTTPServer, answer: dict[str, Any]
) -> None:
    httpserver.expect_request(PATH).respond_with_json(answer)

    error = failure_of(model_at(httpserver))

    assert error.kind is ErrorKind.PERMANENT
    assert used_by(error) is not None


@pytest.mark.parametrize("body", ["", "not json", "[]", '{"candidates": 7}', "<html></html>"])
def test_a_body_of_another_kind_is_an_error_and_no_crash(httpserver: HTTPServer, body: str) -> None:
    httpserver.expect_request(PATH).respond_with_data(body)

    assert "GEMINI_BASE_URL" in str(failure_of(model_at(httpserver)))


def test_a_rate_limit_is_transient_and_names_when_to_come_back(httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_json(
        gemini_error(429, "Slow down", wait="38.5s"), status=429
    )
    before = datetime.now(UTC)

    error = failure_of(model_at(httpserver))

    assert error.kind is ErrorKind.TRANSIENT
    assert str(error) == "Gemini API error [429]: Slow down"
    assert error.resume_after is not None
    assert error.resume_after >= before + timedelta(seconds=38.5)
    assert [request.path for request, _ in httpserver.log].count(PATH) == 1


def test_a_days_quota_is_no_rate_limit(httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_json(
        gemini_error(429, "Quota exceeded", quota="GenerateRequestsPerDayPerProjectPerModel"),
        status=429,
    )

    assert failure_of(model_at(httpserver)).kind is ErrorKind.QUOTA


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (400, ErrorKind.PERMANENT, "GEMINI_IMAGE_ASPECT_RATIO"),
        (401, ErrorKind.PERMANENT, "Check GEMINI_API_KEY."),
        (404, ErrorKind.PERMANENT, "GEMINI_IMAGE_MODEL"),
        (500, ErrorKind.TRANSIENT, "[500]"),
        (503, ErrorKind.TRANSIENT, "[503]"),
    ],
)
def test_a_failure_is_told_in_the_apis_words_without_the_key(
    httpserver: HTTPServer, status: int, kind: ErrorKind, advice: str
) -> None:
    httpserver.expect_request(PATH).respond_with_json(
        gemini_error(status, f"No, not with {KEY}"), status=status
    )

    error = failure_of(model_at(httpserver))

    assert error.kind is kind
    assert advice in str(error)
    assert KEY not in str(error)
    assert [request.path for request, _ in httpserver.log].count(PATH) == 1


def test_a_server_that_does_not_answer_is_given_up(httpserver: HTTPServer) -> None:
    def dawdle(_: Request) -> Response:
        time.sleep(0.5)
        return Response(status=500)

    httpserver.expect_request(PATH).respond_with_handler(dawdle)

    error = failure_of(replace(model_at(httpserver), timeout=0.1))

    assert error.kind is ErrorKind.TRANSIENT
    assert "did not answer in time" in str(error)


@pytest.mark.parametrize(
    ("address", "kind"),
    [("http://127.0.0.1:9", ErrorKind.TRANSIENT), ("localhost", ErrorKind.PERMANENT)],
)
def test_an_address_that_leads_nowhere_is_named(address: str, kind: ErrorKind) -> None:
    error = failure_of(GeminiImageModel(model="any", base_url=address))

    assert error.kind is kind
    assert "GEMINI_BASE_URL" in str(error)


def test_without_a_key_it_says_which_is_missing_and_what_needs_none() -> None:
    with pytest.raises(ConfigurationError, match=r"GEMINI_API_KEY.*AI_IMAGE_PROVIDER=local"):
        GeminiImageModel.from_settings(Settings(_env_file=None))
