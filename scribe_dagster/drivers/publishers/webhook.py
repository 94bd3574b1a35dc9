"""A webhook of one's own: the article as signed JSON, by the Standard Webhooks specification."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.sanitise import sanitise_article
from scribe_dagster.domain.text import storable_json
from scribe_dagster.drivers.publishers.channel_api import ChannelApi
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.drivers.publishers.site_entry import Credit
from scribe_dagster.errors import ConfigurationError

_ADVICE = {
    401: "Check that WEBHOOK_SECRET is the receiver's as well, and its clock right.",
    403: "Check that WEBHOOK_SECRET is the receiver's as well, and its clock right.",
    404: "Check WEBHOOK_URL.",
    410: "The receiver wants no more of this: take the channel out of PUBLISHER_CHANNELS.",
}
_PREFIX = "whsec_"
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Posts ``article.published`` to a URL.

    The message's id is made of the article and its content: a receiver that keeps the ids it has
    seen, as the specification asks for, takes each state of an article once.
    """

    name: ClassVar[str] = "webhook"

    api: ChannelApi
    key: bytes = field(repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Post to WEBHOOK_URL, signed with WEBHOOK_SECRET.

        Raises:
            ConfigurationError: One of the two is missing, or the secret is not base64.
        """
        url, secret = required(settings, cls.name, "webhook_url", "webhook_secret")
        try:
            key = b64decode(secret.removeprefix(_PREFIX), validate=True)
        except (NotBase64, ValueError):
            raise ConfigurationError(
                "WEBHOOK_SECRET is not base64. Write it as the receiver has it: whsec_ and base64."
            ) from None
        api = ChannelApi(
            "The webhook",
            url,
            "WEBHOOK_URL",
            secrets=(url, secret, secret.removeprefix(_PREFIX)),
            advice=_ADVICE,
        )
        return cls(api, key)

    def publish(self, post: Post) -> Receipt:
        """Post the article; any 2xx means that the receiver has it.

        Raises:
            PublishError: The receiver refused it, or did not answer.
        """
        body = _body(post)
        message_id = _message_id(post, body)
        post.confirm()
        answer = self.api.call(
            "POST", content=body, headers=self._signed(message_id, body, now=int(time.time()))
        )
        # Whoever puts it on the web may say where.
        match answer.json():
            case {"url": str(url)} if url.startswith(("http://", "https://")):
                return Receipt(url=url, external_id=message_id)
        return Receipt(external_id=message_id)

    def find(self, article: Article) -> Receipt | None:
        """Return None: the receiver knows a second message by its id, and drops it."""
        return None

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the message's id and its body; a signature is made when it is sent."""
        body = _body(post)
        content: JsonValue = json.loads(body)
        return {"webhook-id": _message_id(post, body), "body": content}

    def _signed(self, message_id: str, body: bytes, *, now: int) -> dict[str, str]:
        signed = f"{message_id}.{now}.".encode() + body
        signature = b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        return {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": f"v1,{signature}",
        }


def _message_id(post: Post, body: bytes) -> str:
    """Name this very content: the same at every try, another once the article was changed."""
    digest = hashlib.sha256(body).hexdigest()[:_DIGITS]
    return f"{post.idempotency_key or f'scribe-{post.article.id}'}-{digest}"


def _body(post: Post) -> bytes:
    article = post.article
    data: dict[str, Any] = {
        "id": article.id,
        "slug": article.slug,
        "title": article.title,
        "description": article.description,
        "content_html": sanitise_article(article.content),
        "category": article.category.name if article.category else None,
        "tags": list(article.tags),
        "language": article.language,
        "url": post.link,
        "source": Credit.of(article).model_dump(),
        "written_by": article.written_by,
        "image": _image(article) if post.image_data else None,
    }
    message = {
        "type": "article.published",
        "timestamp": article.created_at.isoformat(),
        "data": storable_json(data),
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _image(article: Article) -> JsonValue:
    if article.image is None:
        return None
    fields = {"media_type", "width", "height", "alt"}
    described: JsonValue = article.image.model_dump(mode="json", include=fields)
    return described
