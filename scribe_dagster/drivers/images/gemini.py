"""Covers drawn by Google's Gemini API."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, Field, ValidationError
from pydantic.alias_generators import to_camel

from scribe_dagster.config import Settings
from scribe_dagster.domain.usage import Usage
from scribe_dagster.drivers.images.encoded_image import inspect_image
from scribe_dagster.drivers.images.gemini_failure import explain, unreachable
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageRequest
from scribe_dagster.drivers.prices import is_unpriced
from scribe_dagster.errors import ConfigurationError, ImageError

if TYPE_CHECKING:
    import httpx2

_ADDRESS = "https://generativelanguage.googleapis.com"

# How the API says that it will not draw this; all others mean that something went wrong.
_REFUSALS = ("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "RECITATION", "SPII")


class _FromGoogle(BaseModel, alias_generator=to_camel, extra="ignore"):
    """The parts of an answer that are used."""


class _Blob(_FromGoogle):
    data: str


class _Part(_FromGoogle):
    inline_data: _Blob | None = None


class _Content(_FromGoogle):
    parts: list[_Part] = Field(default_factory=list)


class _Candidate(_FromGoogle):
    content: _Content | None = None
    finish_reason: str = ""


class _Feedback(_FromGoogle):
    block_reason: str = ""


class _TokenCounts(_FromGoogle):
    prompt_token_count: int = Field(0, ge=0)
    candidates_token_count: int = Field(0, ge=0)


class _Answer(_FromGoogle):
    candidates: list[_Candidate] = Field(default_factory=list)
    prompt_feedback: _Feedback | None = None
    usage_metadata: _TokenCounts = Field(default_factory=_TokenCounts)


@dataclass(frozen=True, slots=True)
class GeminiImageModel:
    """Asks a Gemini model for one picture.

    Args:
        model: Its name.
        aspect_ratio: Width to height, such as ``3:2``.
        api_key: Empty for a proxy that asks for none.
        base_url: What stands before ``/v1beta/models``.
        list_prices: Whether a server at ``base_url`` charges what Google charges.
        timeout: Longest wait for the network to answer, in seconds.
    """

    name: ClassVar[str] = "gemini"
    model_setting: ClassVar[str] = "gemini_image_model"

    model: str
    aspect_ratio: str = "3:2"
    api_key: str = field(default="", repr=False)
    base_url: str | None = None
    list_prices: bool = False
    timeout: float = 120.0

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take key, address, model and aspect ratio from the settings.

        Raises:
            ConfigurationError: Google itself is to be called, and there is no key.
        """
        key = settings.gemini_api_key
        if key is None and settings.gemini_base_url is None:
            raise ConfigurationError(
                "GEMINI_API_KEY is not set, and drawing covers with Gemini needs it. "
                "Set it, or set AI_IMAGE_PROVIDER=local, which needs none."
            )
        return cls(
            model=settings.gemini_image_model,
            aspect_ratio=settings.gemini_image_aspect_ratio,
            api_key=key.get_secret_value() if key else "",
            base_url=settings.gemini_base_url,
            list_prices=settings.ai_list_prices,
        )

    @property
    def is_unpriced(self) -> bool:
        """Whether somebody charges for the model, and nobody knows how much."""
        return is_unpriced(self.model, "google", self.base_url, list_prices=self.list_prices)

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """Ask for one picture, once.

        Raises:
            ImageError: The API refused, did not answer, or answered with something else than an
                image. ``kind`` and ``resume_after`` say whether and when to try again.
        """
        response = self._ask(request.prompt or request.title)
        answer = _read(response)
        usage = Usage(
            provider=self.name,
            model=self.model,
            input_tokens=answer.usage_metadata.prompt_token_count,
            output_tokens=answer.usage_metadata.candidates_token_count,
            cost_usd=self._cost(response.json()),
        )
        try:
            data = _data_of(answer)
            inspect_image(data)
        except ImageError as error:
            error.usage = usage
            raise
        return GeneratedImage(
            data=data, made_by=f"gemini {self.model}", usage=usage, alt=request.alt
        )

    def _ask(self, prompt: str) -> httpx2.Response:
        import httpx2

        body = {
            "contents": [{"role": "user", "parts": [{"text": prompt}]}],
            "generationConfig": {
                "responseModalities": ["IMAGE"],
                "imageConfig": {"aspectRatio": self.aspect_ratio},
            },
        }
        try:
            response = httpx2.post(
                f"{(self.base_url or _ADDRESS).rstrip('/')}/v1beta/models/{self.model}"
                ":generateContent",
                json=body,
                headers={"x-goog-api-key": self.api_key} if self.api_key else {},
                timeout=self.timeout,
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise unreachable(error, secrets=(self.api_key,)) from error
        if not response.is_success:
            raise explain(response, secrets=(self.api_key,))
        return response

    def _cost(self, answer: dict[str, Any]) -> Decimal | None:
        """Price the answer in US dollars; None where no price is known."""
        from genai_prices import extract_usage

        if self.base_url is not None and not self.list_prices:
            return None
        try:
            return (
                extract_usage({"modelVersion": self.model, **answer}, provider_id="google")
                .calc_price()
                .total_price
            )
        except (LookupError, ValueError):
            return None


def _read(response: httpx2.Response) -> _Answer:
    try:
        return _Answer.model_validate_json(response.content)
    except ValidationError:
        # Pydantic's message would repeat the answer, megabytes of it.
        raise ImageError(
            "The Gemini API's answer is none of its own. Check GEMINI_BASE_URL."
        ) from None


def _data_of(answer: _Answer) -> bytes:
    parts = [part for found in answer.candidates if found.content for part in found.content.parts]
    for blob in filter(None, (part.inline_data for part in parts)):
        try:
            return base64.b64decode(blob.data, validate=True)
        except binascii.Error as error:
            raise ImageError("The Gemini API sent image data that is not valid base64.") from error
    reasons = [found.finish_reason for found in answer.candidates if found.finish_reason]
    if answer.prompt_feedback and answer.prompt_feedback.block_reason:
        reasons.insert(0, answer.prompt_feedback.block_reason)
    why = f" ({reasons[0]})" if reasons else ""
    if any(refusal in reason for reason in reasons for refusal in _REFUSALS):
        raise ImageError(
            f"Gemini will not draw this{why}. Reword the title, or set AI_IMAGE_PROVIDER=local."
        )
    raise ImageError(
        f"The Gemini API answered, but with no image{why}. Check that GEMINI_IMAGE_MODEL draws "
        "images."
    )
