"""The page's own picture as its article's cover."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.fallback import choose_image_model
from scribe_dagster.drivers.images.lead import LeadImageModel
from scribe_dagster.drivers.images.protocol import ImageRequest
from scribe_dagster.drivers.web.robots import robots
from scribe_dagster.errors import ErrorKind, ImageError


def picture(width: int) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, 200), "teal").save(stream, "JPEG")
    return stream.getvalue()


def settings(server: HTTPServer, **changes: Any) -> Settings:
    own = urlsplit(server.url_for("")).netloc
    defaults = {"scribe_allow_hosts": own, "scribe_respect_robots": False}
    return Settings(_env_file=None, **defaults | changes)


def asked_for(url: str | None) -> ImageRequest:
    return ImageRequest(prompt="Draw me", title="A title", lead_url=url)


def failure_of(model: LeadImageModel, url: str | None) -> ImageError:
    with pytest.raises(ImageError, match="AI_IMAGE_FALLBACKS=local") as raised:
        model.generate(asked_for(url))
    return raised.value


def test_the_picture_the_page_names_is_the_cover(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/lead.jpg").respond_with_data(picture(600))
    model = LeadImageModel.from_settings(settings(httpserver))

    image = model.generate(asked_for(httpserver.url_for("/lead.jpg")))

    assert image.data == picture(600)
    assert image.made_by == "lead image from localhost"
    assert image.usage is None


def test_a_page_that_names_none_is_told_with_the_way_out(httpserver: HTTPServer) -> None:
    model = LeadImageModel.from_settings(settings(httpserver))

    assert failure_of(model, None).kind is ErrorKind.PERMANENT


def test_a_logo_is_no_cover(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/logo.png").respond_with_data(picture(64))
    model = LeadImageModel.from_settings(settings(httpserver))

    assert "only 64 pixels wide" in str(failure_of(model, httpserver.url_for("/logo.png")))


@pytest.mark.parametrize(
    ("status", "kind"), [(404, ErrorKind.PERMANENT), (503, ErrorKind.TRANSIENT)]
)
def test_a_picture_that_cannot_be_fetched_is_told(
    httpserver: HTTPServer, status: int, kind: ErrorKind
) -> None:
    httpserver.expect_request("/lead.jpg").respond_with_data("no", status=status)
    model = LeadImageModel.from_settings(settings(httpserver))

    assert failure_of(model, httpserver.url_for("/lead.jpg")).kind is kind


def test_a_private_address_is_not_asked(httpserver: HTTPServer) -> None:
    model = LeadImageModel.from_settings(settings(httpserver, scribe_allow_hosts=""))

    failure_of(model, httpserver.url_for("/latest/meta-data.png"))

    assert httpserver.log == []


def test_a_picture_its_site_keeps_from_programs_is_left_there(httpserver: HTTPServer) -> None:
    rules = "User-agent: scribe-dagster\nDisallow: /private/"
    httpserver.expect_request("/robots.txt").respond_with_data(rules)
    httpserver.expect_request("/private/lead.jpg").respond_with_data(picture(600))
    url = httpserver.url_for("/private/lead.jpg")
    robots.forget()

    polite = LeadImageModel.from_settings(settings(httpserver, scribe_respect_robots=True))
    told_not_to_be = LeadImageModel.from_settings(settings(httpserver, scribe_respect_robots=False))

    assert "robots.txt" in str(failure_of(polite, url))
    assert told_not_to_be.generate(asked_for(url)).data == picture(600)


def test_data_that_is_no_image_is_no_cover(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/lead.jpg").respond_with_data("<svg onload='x()'/>")
    model = LeadImageModel.from_settings(settings(httpserver))

    with pytest.raises(ImageError, match="not a PNG"):
        model.generate(asked_for(httpserver.url_for("/lead.jpg")))


def test_one_is_drawn_where_the_page_has_none(httpserver: HTTPServer) -> None:
    chosen = settings(httpserver, ai_image_provider="lead", ai_image_fallbacks="local")

    image = choose_image_model(chosen).generate(asked_for(None))

    assert image.made_by == "local (drawn from the title)"
