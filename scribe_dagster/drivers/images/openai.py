"""Covers drawn by the OpenAI images API, or by a server that speaks its protocol."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from scribe_dagster.config import Settings
from scribe_dagster.domain.usage import Usage
from scribe_dagster.drivers.images.encoded_image import inspect_image
from scribe_dagster.drivers.images.left_picture import LARGEST_PICTURE, LONGEST_WAIT, fetch
from scribe_dagster.drivers.images.openai_failure import explain
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageRequest
from scribe_dagster.drivers.prices import is_unpriced
from scribe_dagster.drivers.web.download import Downloader
from scribe_dagster.errors import ConfigurationError, ImageError

if TYPE_CHECKING:
    import httpx2

# Servers on one's own machine ask for no key, but the SDK does not start without one.
_NO_KEY = "none"


class _Picture(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _TokenCounts(BaseModel, extra="allow"):
    input_tokens: int = Field(0, ge=0)
    output_tokens: int = Field(0, ge=0)


class _Answer(BaseModel):
    """The parts of a response that are used; compatible servers leave out most others."""

    data: list[_Picture] = Field(min_length=1)
    usage: _TokenCounts | None = None


@dataclass(frozen=True, slots=True)
class OpenAIImageModel:
    """Asks an image model for one picture.

    Args:
        model: Its name at the provider.
        size: Width and height in pixels, such as ``1536x1024``.
        api_key: Empty for a server that asks for none.
        base_url: Up to and with ``/v1``; None is OpenAI itself.
        list_prices: Whether a server at ``base_url`` charges what OpenAI charges.
        timeout: Longest wait for the network to answer, in seconds.
        downloader: Fetches a picture that was left at an address.
    """

    name: ClassVar[str] = "openai"
    model_setting: ClassVar[str] = "openai_image_model"

    model: str
    size: str
    api_key: str = field(default="", repr=False)
    base_url: str | None = None
    list_prices: bool = False
    timeout: float = 120.0
    downloader: Downloader = field(
        default=Downloader(LARGEST_PICTURE, LONGEST_WAIT, "scribe-dagster"), repr=False
    )

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take key, address, model and size from the settings.

        Raises:
            ConfigurationError: OpenAI itself is to be called, and there is no key.
        """
        if settings.openai_api_key is None and settings.openai_base_url is None:
            raise ConfigurationError(
                "OPENAI_API_KEY is not set, and drawing covers with OpenAI needs it. "
                "Set it, or set AI_IMAGE_PROVIDER=local, which needs none."
            )
        key = settings.openai_api_key
        return cls(
            model=settings.openai_image_model,
            size=settings.openai_image_size,
            api_key=key.get_secret_value() if key else "",
            base_url=settings.openai_base_url,
            list_prices=settings.ai_list_prices,
            downloader=_downloader(settings),
        )

    @property
    def is_unpriced(self) -> bool:
        """Whether somebody charges for the model, and nobody knows how much."""
        return is_unpriced(self.model, "openai", self.base_url, list_prices=self.list_prices)

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """Ask for one picture, once.

        Raises:
            ImageError: The API refused, did not answer, or answered with something else than an
                image. ``kind`` and ``resume_after`` say whether and when to try again.
        """
        answer = _read(self._ask(request.prompt or request.title))
        tokens = answer.usage or _TokenCounts()
        listed = self.base_url is None or self.list_prices
        usage = Usage(
            provider=self.name,
            model=self.model,
            input_tokens=tokens.input_tokens,
            output_tokens=tokens.output_tokens,
            cost_usd=_cost(self.model, tokens) if listed else None,
        )
        try:
            data = self._data_of(answer.data[0])
            inspect_image(data)
        except ImageError as error:
            error.usage = usage
            raise
        return GeneratedImage(
            data=data, made_by=f"openai {self.model}", usage=usage, alt=request.alt
        )

    def _ask(self, prompt: str) -> httpx2.Response:
        import httpx2
        import openai

        try:
            with openai.OpenAI(
                api_key=self.api_key or _NO_KEY,
                base_url=self.base_url,
                timeout=self.timeout,
                max_retries=0,
            ) as client:
                return client.images.with_raw_response.generate(
                    model=self.model,
                    prompt=prompt,
                    size=self.size,
                    # DALL·E answers with a short-lived address unless told otherwise; GPT image
                    # models always send the data and refuse the parameter.
                    response_format=(
                        "b64_json" if self.model.startswith("dall-e-") else openai.omit
                    ),
                ).http_response
        except (openai.OpenAIError, httpx2.InvalidURL) as error:
            raise explain(error, secrets=(self.api_key,)) from error

    def _data_of(self, picture: _Picture) -> bytes:
        if picture.b64_json:
            try:
                return base64.b64decode(picture.b64_json, validate=True)
            except binascii.Error as error:
                raise ImageError(
                    "OpenAI image API sent image data that is not valid base64. "
                    "Check the server behind OPENAI_BASE_URL."
                ) from error
        if picture.url:
            return fetch(picture.url, self.downloader)
        raise ImageError(
            "OpenAI image API answered with neither image data nor an address. "
            "Check that OPENAI_IMAGE_MODEL draws images."
        )


def _read(response: httpx2.Response) -> _Answer:
    try:
        return _Answer.model_validate_json(response.content)
    except ValidationError:
        # Pydantic's message would repeat the answer, megabytes of it.
        raise ImageError(
            "OpenAI image API answered, but with no image. "
            "Check that OPENAI_IMAGE_MODEL draws images and that OPENAI_BASE_URL is right."
        ) from None


def _downloader(settings: Settings) -> Downloader:
    downloader = Downloader.from_settings(
        settings, most_bytes=LARGEST_PICTURE, most_seconds=LONGEST_WAIT
    )
    # The operator chose this server; it may leave pictures on itself, wherever it stands.
    own = urlsplit(settings.openai_base_url or "")
    if not own.hostname:
        return downloader
    host = f"[{own.hostname}]" if ":" in own.hostname else own.hostname
    port = own.port or (80 if own.scheme == "http" else 443)
    return replace(downloader, allow_hosts=(*downloader.allow_hosts, f"{host}:{port}"))


def _cost(model: str, tokens: _TokenCounts) -> Decimal | None:
    """Price the tokens in US dollars; None where a model or its tokens have no known price."""
    from genai_prices import extract_usage

    usage = tokens.model_dump(exclude_none=True)
    # Older answers do not say so, but what an image model puts out are image tokens.
    usage.setdefault("output_tokens_details", {"image_tokens": tokens.output_tokens})
    try:
        counted = extract_usage(
            {"model": model, "usage": usage}, provider_id="openai", api_flavor="images"
        )
        return counted.calc_price().total_price
    except (LookupError, ValueError):
        return None
