from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

import pytest

from scribe_dagster.config import Settings
from scribe_dagster.domain.usage import Usage, used_by
from scribe_dagster.drivers.images.fallback import FallbackImageModel, choose_image_model
from scribe_dagster.drivers.images.local import LocalImageModel
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageRequest
from scribe_dagster.errors import ConfigurationError, ErrorKind, ImageError

REQUEST = ImageRequest(prompt="A lighthouse", title="A title")
PAID = Usage(model="a", output_tokens=1000, cost_usd=Decimal("0.04"))


@dataclass
class Painter:
    name: ClassVar[str] = "painter"
    by: str
    failure: ImageError | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        raise NotImplementedError

    def generate(self, request: ImageRequest) -> GeneratedImage:
        if self.failure is not None:
            raise self.failure
        return GeneratedImage(b"a picture", self.by)


def failing(message: str, kind: ErrorKind, used: Usage | None = None) -> Painter:
    failure = ImageError(message, kind=kind)
    failure.usage = used
    return Painter("nobody", failure)


def test_the_next_one_draws_and_what_was_paid_in_vain_is_accounted_for() -> None:
    first = failing("cut off", ErrorKind.PERMANENT, PAID)

    image = FallbackImageModel([first, Painter("second")]).generate(REQUEST)

    assert image.made_by == "second"
    assert image.usage == PAID


def test_when_all_fail_the_first_one_decides_about_resuming() -> None:
    models = [failing("busy.", ErrorKind.TRANSIENT, PAID), failing("no", ErrorKind.PERMANENT)]

    with pytest.raises(ImageError, match=r"busy\. The fallback model failed too: no") as raised:
        FallbackImageModel(models).generate(REQUEST)

    assert raised.value.kind is ErrorKind.TRANSIENT
    assert used_by(raised.value) == PAID


def test_the_settings_name_who_is_asked() -> None:
    settings = Settings(
        _env_file=None,
        ai_image_provider="gemini",
        gemini_api_key="a-key-of-mine",
        ai_image_fallbacks="gemini:another,local",
    )

    model = choose_image_model(settings)

    assert isinstance(model, FallbackImageModel)
    first, second, third = model.models
    assert (first.model, second.model) == ("gemini-nano-banana-2.1", "another")  # type: ignore[attr-defined]
    assert isinstance(third, LocalImageModel)


def test_without_fallbacks_the_model_itself_is_used() -> None:
    assert isinstance(choose_image_model(Settings(_env_file=None)), LocalImageModel)


def test_a_provider_that_takes_no_model_says_so() -> None:
    with pytest.raises(ConfigurationError, match="Write 'local'"):
        choose_image_model(Settings(_env_file=None, ai_image_fallbacks="local:big"))
