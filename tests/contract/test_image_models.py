"""What every image model promises, asked of each of them."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from fakes.gemini_images import gemini_answer
from PIL import Image
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.left_picture import fetch
from scribe_dagster.drivers.images.local import LocalImageModel
from scribe_dagster.drivers.images.openai import OpenAIImageModel
from scribe_dagster.drivers.images.protocol import ImageModel, ImageRequest
from scribe_dagster.drivers.registry import PluginGroup, load
from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.errors import ConfigurationError, ErrorKind, ImageError

KEY = "sk-test-0123456789abcdef"
GENERATIONS = "/v1/images/generations"
GENERATE_CONTENT = "/v1beta/models/gemini-2.5-flash-image:generateContent"
REQUEST = ImageRequest(prompt="A lighthouse at dawn", title="A title", category="Tech")


def png(width: int = 48) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, 32), "teal").save(stream, "PNG")
    return stream.getvalue()


USAGE = {
    "input_tokens": 50,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 50},
    "output_tokens": 1568,
    "total_tokens": 1618,
}


def answer(**fields: Any) -> dict[str, Any]:
    picture = {"b64_json": base64.b64encode(png()).decode()}
    return {"created": 1_700_000_000, "data": [picture], "usage": USAGE, **fields}


def refusal(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "error", "param": None, "code": code}}


def settings_for(server: HTTPServer, **changes: Any) -> Settings:
    chosen: dict[str, Any] = {
        "openai_api_key": SecretStr(KEY),
        "openai_base_url": server.url_for("/v1"),
        "openai_image_model": "gpt-image-2",
        "ai_list_prices": True,
        "gemini_api_key": SecretStr(KEY),
        "gemini_base_url": server.url_for(""),
        "gemini_image_model": "gemini-2.5-flash-image",
        **changes,
    }
    return Settings(_env_file=None, **chosen)


@pytest.fixture
def api(httpserver: HTTPServer) -> Iterator[HTTPServer]:
    yield httpserver
    httpserver.check_assertions()


@pytest.fixture
def openai_model(api: HTTPServer) -> OpenAIImageModel:
    return OpenAIImageModel.from_settings(settings_for(api))


@pytest.fixture(params=["local", "openai", "gemini", "lead"])
def model(request: pytest.FixtureRequest, api: HTTPServer) -> ImageModel:
    api.expect_request(GENERATIONS, method="POST").respond_with_json(answer())
    api.expect_request(GENERATE_CONTENT, method="POST").respond_with_json(gemini_answer(png()))
    api.expect_request("/robots.txt").respond_with_data("")
    api.expect_request("/lead.png").respond_with_data(png(600), content_type="image/png")
    driver: type[ImageModel] = load(PluginGroup.IMAGE_MODELS, request.param)
    own = urlsplit(api.url_for("")).netloc
    return driver.from_settings(settings_for(api, scribe_allow_hosts=own))


@pytest.fixture
def wanted(api: HTTPServer) -> ImageRequest:
    return replace(REQUEST, alt="A lighthouse", lead_url=api.url_for("/lead.png"))


def failure_of(model: ImageModel) -> ImageError:
    with pytest.raises(ImageError) as caught:
        model.generate(REQUEST)
    return caught.value


# -- Of every model ---------------------------------------------------------------------------


def test_a_model_is_known_by_the_name_it_is_registered_under(
    request: pytest.FixtureRequest, model: ImageModel
) -> None:
    assert request.node.callspec.params["model"] == model.name


def test_a_model_returns_an_image(model: ImageModel, wanted: ImageRequest) -> None:
    image = Image.open(BytesIO(model.generate(wanted).data))

    assert min(image.size) > 0


def test_a_model_says_who_made_the_image(model: ImageModel, wanted: ImageRequest) -> None:
    assert model.generate(wanted).made_by.startswith(model.name)


def test_what_an_image_shows_is_told_by_whoever_drew_what_was_asked_for(
    model: ImageModel, wanted: ImageRequest
) -> None:
    drawn_by_prompt = model.name in ("openai", "gemini")

    assert model.generate(wanted).alt == ("A lighthouse" if drawn_by_prompt else "")


def test_what_was_used_is_told_by_whoever_is_paid(model: ImageModel, wanted: ImageRequest) -> None:
    is_free = getattr(model, "is_free", False)

    assert (model.generate(wanted).usage is None) == is_free


def test_one_model_serves_several_requests(model: ImageModel, wanted: ImageRequest) -> None:
    first, second = model.generate(wanted), model.generate(replace(wanted, title="Another"))

    assert first.data
    assert second.data


# -- OpenAI: what is asked --------------------------------------------------------------------


def sent_to(server: HTTPServer) -> tuple[Request, dict[str, Any]]:
    [(request, _)] = server.log
    return request, request.get_json()


def test_the_prompt_model_and_size_are_sent_with_the_key(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    api.expect_request(GENERATIONS, method="POST").respond_with_json(answer())

    openai_model.generate(REQUEST)

    request, body = sent_to(api)
    assert body == {
        "model": "gpt-image-2",
        "prompt": "A lighthouse at dawn",
        "size": "1536x1024",
    }
    assert request.headers["Authorization"] == f"Bearer {KEY}"


def test_without_a_prompt_the_title_is_drawn(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(answer())

    openai_model.generate(replace(REQUEST, prompt=""))

    assert sent_to(api)[1]["prompt"] == "A title"


def test_dall_e_is_told_to_send_the_data_itself(api: HTTPServer) -> None:
    api.expect_request(GENERATIONS).respond_with_json(answer())
    settings = settings_for(api, openai_image_model="dall-e-3", openai_image_size="1792x1024")

    OpenAIImageModel.from_settings(settings).generate(REQUEST)

    assert sent_to(api)[1]["response_format"] == "b64_json"


def test_a_server_of_ones_own_needs_no_key(api: HTTPServer) -> None:
    api.expect_request(GENERATIONS).respond_with_json({"data": answer()["data"]})
    model = OpenAIImageModel.from_settings(settings_for(api, openai_api_key=None))

    assert model.generate(REQUEST).data == png()


def test_openai_without_a_key_is_a_wrong_configuration_and_the_message_names_the_way_out() -> None:
    settings = Settings(_env_file=None, openai_api_key=None, openai_base_url=None)

    with pytest.raises(ConfigurationError, match=r"OPENAI_API_KEY.*AI_IMAGE_PROVIDER=local"):
        OpenAIImageModel.from_settings(settings)


def test_the_key_is_not_shown_by_the_model(openai_model: OpenAIImageModel) -> None:
    assert KEY not in repr(openai_model)


# -- OpenAI: what comes back ------------------------------------------------------------------


def test_tokens_and_their_price_are_reported(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(answer())

    image = openai_model.generate(REQUEST)

    assert image.made_by == "openai gpt-image-2"
    assert image.usage is not None
    assert image.usage.model == "gpt-image-2"
    assert (image.usage.input_tokens, image.usage.output_tokens) == (50, 1568)
    assert image.usage.cost_usd is not None
    assert Decimal("0.001") < image.usage.cost_usd < Decimal("1")


def test_a_server_of_ones_own_has_no_known_price(api: HTTPServer) -> None:
    api.expect_request(GENERATIONS).respond_with_json(answer())
    model = OpenAIImageModel.from_settings(settings_for(api, ai_list_prices=False))

    image = model.generate(REQUEST)

    assert image.usage is not None
    assert (image.usage.output_tokens, image.usage.cost_usd) == (1568, None)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("a-model-of-my-own", {}),
        ("gpt-image-2", {"usage": None}),
        ("gpt-image-2", {"usage": {"input_tokens": 50, "output_tokens": 10}}),
        ("gpt-image-2", {"usage": {**USAGE, "input_tokens_details": "unknown"}}),
    ],
)
def test_where_no_price_is_known_none_is_guessed(
    api: HTTPServer, name: str, fields: dict[str, Any]
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(answer(**fields))
    model = OpenAIImageModel.from_settings(settings_for(api, openai_image_model=name))

    image = model.generate(REQUEST)

    assert image.usage is not None
    assert image.usage.cost_usd is None


def test_an_image_left_at_an_address_is_fetched(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(
        answer(data=[{"url": api.url_for("/files/1.png?sig=secret")}])
    )
    api.expect_request("/files/1.png").respond_with_data(png(), content_type="image/png")

    assert openai_model.generate(REQUEST).data == png()
    # The address belongs to a file server, which has no business with our key.
    assert "Authorization" not in api.log[-1][0].headers


@pytest.mark.parametrize(
    ("status", "kind"), [(404, ErrorKind.PERMANENT), (503, ErrorKind.TRANSIENT)]
)
def test_an_address_that_answers_with_an_error_is_reported_without_its_signature(
    api: HTTPServer, openai_model: OpenAIImageModel, status: int, kind: ErrorKind
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(
        answer(data=[{"url": api.url_for("/files/1.png?sig=topsecret")}])
    )
    api.expect_request("/files/1.png").respond_with_data("gone", status=status)

    error = failure_of(openai_model)

    assert error.kind is kind
    assert f"[{status}]" in str(error)
    assert "topsecret" not in str(error)


def test_a_picture_is_not_fetched_from_a_private_address_that_is_not_the_models_own(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    with HTTPServer() as neighbour:
        neighbour.expect_request("/admin").respond_with_data(png())
        left_at = neighbour.url_for("/admin?sig=topsecret")
        api.expect_request(GENERATIONS).respond_with_json(answer(data=[{"url": left_at}]))

        error = failure_of(openai_model)

        assert neighbour.log == []
    assert error.kind is ErrorKind.PERMANENT
    assert "SCRIBE_ALLOW_HOSTS" in str(error)
    assert "topsecret" not in str(error)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://host:port/", "images/1.png"])
def test_an_address_that_is_none_of_the_webs_is_not_followed(
    api: HTTPServer, openai_model: OpenAIImageModel, address: str
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(answer(data=[{"url": address}]))

    error = failure_of(openai_model)

    assert error.kind is ErrorKind.PERMANENT
    assert "cannot be fetched" in str(error)


def test_an_endless_image_is_given_up_at_the_limit(api: HTTPServer) -> None:
    api.expect_request("/files/1.png").respond_with_data(b"x" * 200_000)

    downloader = Downloader(100_000, 10, "tests", ("127.0.0.1",))

    with pytest.raises(ImageError, match="larger than 100,000 bytes"):
        fetch(api.url_for("/files/1.png"), downloader)


def test_an_image_that_trickles_in_is_given_up_in_time(api: HTTPServer) -> None:
    def trickle(_: Request) -> Response:
        def drops() -> Iterator[bytes]:
            for _ in range(100):
                time.sleep(0.02)
                yield b"x"

        return Response(drops())

    api.expect_request("/files/1.png").respond_with_handler(trickle)

    downloader = Downloader(100_000, 0.2, "tests", ("127.0.0.1",))

    with pytest.raises(ImageError, match=r"within 0\.2 seconds") as caught:
        fetch(api.url_for("/files/1.png"), downloader)

    assert caught.value.kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        '{"data": [',
        "[]",
        '"text"',
        "{}",
        '{"data": null}',
        '{"data": []}',
        '{"data": [{}]}',
        '{"data": [{"b64_json": ""}]}',
        '{"data": [{"b64_json": "%%%"}]}',
        '{"data": [{"b64_json": 7}]}',
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_an_answer_without_an_image_is_an_error_that_says_so(
    api: HTTPServer, openai_model: OpenAIImageModel, body: str, content_type: str
) -> None:
    api.expect_request(GENERATIONS).respond_with_data(body, content_type=content_type)

    assert str(failure_of(openai_model)).startswith("OpenAI image API")


def test_data_that_is_not_an_image_is_refused(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    text = base64.b64encode(b"<html>sorry</html>").decode()
    api.expect_request(GENERATIONS).respond_with_json(answer(data=[{"b64_json": text}]))

    assert "not a PNG" in str(failure_of(openai_model))


# -- OpenAI: refusals -------------------------------------------------------------------------


def test_a_rate_limit_is_transient_and_says_when_to_resume(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(
        refusal("rate limited", "rate_limit_exceeded"), status=429, headers={"Retry-After": "90"}
    )
    before = datetime.now(UTC)

    error = failure_of(openai_model)

    assert str(error) == "OpenAI image API error [429]: rate limited"
    assert error.kind is ErrorKind.TRANSIENT
    assert error.resume_after is not None
    assert timedelta(seconds=89) < error.resume_after - before < timedelta(seconds=120)


@pytest.mark.parametrize(
    ("status", "body", "kind", "advice"),
    [
        (429, refusal("You ran out", "insufficient_quota"), ErrorKind.QUOTA, "Add credit"),
        (401, refusal("Wrong key"), ErrorKind.PERMANENT, "Check OPENAI_API_KEY"),
        (404, refusal("No such model"), ErrorKind.PERMANENT, "OPENAI_IMAGE_MODEL"),
        (400, refusal("Invalid size"), ErrorKind.PERMANENT, "OPENAI_IMAGE_SIZE"),
        (
            400,
            refusal("Rejected by our safety system.", "content_policy_violation"),
            ErrorKind.PERMANENT,
            "Reword the title",
        ),
        (400, refusal("Rejected", "moderation_blocked"), ErrorKind.PERMANENT, "Reword the title"),
        (500, refusal("The server had an error"), ErrorKind.TRANSIENT, "had an error"),
        (503, {}, ErrorKind.TRANSIENT, "Service Unavailable"),
        (422, {"detail": "size is wrong"}, ErrorKind.PERMANENT, "size is wrong"),
        (400, {"error": "only words"}, ErrorKind.PERMANENT, "only words"),
    ],
)
def test_a_refusal_is_told_in_the_apis_own_words_with_the_next_step(
    api: HTTPServer,
    openai_model: OpenAIImageModel,
    status: int,
    body: dict[str, Any],
    kind: ErrorKind,
    advice: str,
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(body, status=status)

    error = failure_of(openai_model)

    assert str(error).startswith(f"OpenAI image API error [{status}]: ")
    assert advice in str(error)
    assert error.kind is kind


def test_a_proxys_error_page_is_not_quoted(api: HTTPServer, openai_model: OpenAIImageModel) -> None:
    page = "<html>\n<h1>502 Bad Gateway</h1>\n<hr>nginx</html>"
    api.expect_request(GENERATIONS).respond_with_data(page, status=502, content_type="text/html")

    assert str(failure_of(openai_model)) == "OpenAI image API error [502]: Bad Gateway"


def test_a_long_reason_is_one_bounded_line(api: HTTPServer, openai_model: OpenAIImageModel) -> None:
    api.expect_request(GENERATIONS).respond_with_json(refusal("so\nlong " * 500), status=500)

    message = str(failure_of(openai_model))

    assert "\n" not in message
    assert len(message) < 400


def test_a_key_that_the_api_repeats_is_masked(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(
        refusal(f"Incorrect API key provided: {KEY}."), status=401
    )

    assert KEY not in str(failure_of(openai_model))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_one_call_is_one_request_whatever_the_answer(
    api: HTTPServer, openai_model: OpenAIImageModel, status: int
) -> None:
    api.expect_request(GENERATIONS).respond_with_json(refusal("busy"), status=status)

    failure_of(openai_model)

    assert len(api.log) == 1


def test_a_server_that_does_not_answer_is_given_up(
    api: HTTPServer, openai_model: OpenAIImageModel
) -> None:
    def dawdle(_: Request) -> Response:
        time.sleep(0.5)
        return Response(status=500)

    api.expect_request(GENERATIONS).respond_with_handler(dawdle)

    error = failure_of(replace(openai_model, timeout=0.1))

    assert error.kind is ErrorKind.TRANSIENT
    assert "did not answer in time" in str(error)


def test_a_server_that_is_not_there_is_transient() -> None:
    model = OpenAIImageModel(model="gpt-image-2", size="auto", base_url="http://127.0.0.1:9/v1")

    error = failure_of(model)

    assert error.kind is ErrorKind.TRANSIENT
    assert "OPENAI_BASE_URL" in str(error)


@pytest.mark.parametrize("address", ["localhost/v1", "http://host:port/v1"])
def test_a_base_url_that_is_no_address_is_permanent_and_named(address: str) -> None:
    model = OpenAIImageModel(model="gpt-image-2", size="auto", base_url=address)

    error = failure_of(model)

    assert error.kind is ErrorKind.PERMANENT
    assert "OPENAI_BASE_URL" in str(error)


def test_the_local_model_needs_no_setting() -> None:
    assert LocalImageModel.from_settings(Settings(_env_file=None)).generate(REQUEST).data
