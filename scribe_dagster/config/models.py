"""Which models write and draw, and what becomes of their images; docs/models.md tells more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from scribe_dagster.config.comma_separated import CommaSeparated, split_at_commas
from scribe_dagster.config.environment import EnvironmentSettings


class ModelSettings(EnvironmentSettings):
    """Who is asked, with what key, and how images are kept. Only the chosen providers' are read."""

    ai_provider: str = Field(
        "local", description="Text model provider: local, openai, anthropic, gemini, ollama."
    )
    ai_image_provider: str = Field(
        "local", description="Image model provider: local, openai, gemini, lead."
    )
    prompts_dir: Path | None = Field(
        None, description="Folder with prompts of your own, which replace the packaged ones."
    )
    ai_output_language: str | None = Field(
        None, description="Language articles are written in. Default: that of the source."
    )

    ai_fallbacks: CommaSeparated = Field(
        (),
        description="Who is asked when AI_PROVIDER gives no usable answer, in order, separated by "
        "commas: PROVIDER or PROVIDER:MODEL.",
    )
    ai_image_fallbacks: CommaSeparated = Field((), description="The same for AI_IMAGE_PROVIDER.")
    ai_list_prices: bool = Field(
        False,
        description="Count what a base URL of your own answers at the list prices of the provider "
        "whose protocol it speaks. For a proxy in front of it.",
    )

    openai_api_key: SecretStr | None = Field(None, description="Key of the OpenAI API.")
    openai_base_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible endpoint, up to and with /v1."
    )
    openai_content_model: str = Field("gpt-5.4-mini", description="Model that rewrites.")
    openai_fallback_model: str | None = Field(
        None, description="Model to ask first when OPENAI_CONTENT_MODEL fails."
    )
    openai_timeout: float = Field(
        120.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest time to wait for an article of OpenAI's, in seconds. For a model on a "
        "small machine behind OPENAI_BASE_URL.",
    )
    openai_image_model: str = Field("gpt-image-2", description="Model that draws covers.")
    openai_image_size: str = Field("1536x1024", description="Size of a drawn cover, in pixels.")

    anthropic_api_key: SecretStr | None = Field(None, description="Key of the Anthropic API.")
    anthropic_base_url: str | None = Field(
        None, description="Address of a proxy that speaks Anthropic's protocol."
    )
    anthropic_content_model: str = Field("claude-sonnet-5-5", description="Model that rewrites.")

    gemini_api_key: SecretStr | None = Field(None, description="Key of Google's Gemini API.")
    gemini_base_url: str | None = Field(
        None, description="Address of a proxy that speaks the Gemini API's protocol."
    )
    gemini_content_model: str = Field("gemini-3.8-flash", description="Model that rewrites.")

    gemini_image_model: str = Field(
        "gemini-nano-banana-2.1", description="Model that draws covers."
    )
    gemini_image_aspect_ratio: str = Field(
        "3:2", pattern=r"^\d+:\d+$", description="Width to height of a drawn cover."
    )

    ollama_api_key: SecretStr | None = Field(
        None, description="Key of Ollama's cloud, or of a proxy; a server at home needs none."
    )
    ollama_base_url: str = Field(
        "http://127.0.0.1:11434", description="Address of the Ollama server."
    )
    ollama_content_model: str = Field("llama3.2", description="Model that rewrites.")
    ollama_context_length: int = Field(
        16_384, ge=2_048, description="Context window to ask Ollama for, in tokens."
    )
    ollama_timeout: float = Field(
        600.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest time to wait for Ollama's answer, in seconds.",
    )

    image_optimize: bool = Field(
        True, description="Convert covers to IMAGE_FORMAT, of a bounded width."
    )
    image_store_url: SecretStr | None = Field(
        None,
        description="Where images are kept: s3://bucket/folder, gs://..., az://..., or any URL "
        "that fsspec knows. Default: the folder images in SCRIBE_HOME.",
    )
    image_max_width: int = Field(
        1600, ge=16, le=16_383, description="Widest cover kept, in pixels."
    )
    image_format: Literal["webp", "avif"] = Field(
        "webp", description="webp, or avif, which is smaller and takes longer to make."
    )
    image_widths: Annotated[
        tuple[Annotated[int, Field(ge=16, le=16_383)], ...],
        NoDecode,
        BeforeValidator(split_at_commas),
    ] = Field(
        (480, 960),
        description="Widths of narrower covers, for narrower screens, in pixels.",
    )
    image_quality: int = Field(
        82, ge=1, le=100, description="Quality of what is converted, 1 to 100."
    )
