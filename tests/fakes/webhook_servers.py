"""Local servers that take what Slack, Discord and Standard Webhooks receivers take."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Any

from fakes.api_server import ApiServer, Call, Reply


@dataclass
class FakeReceiver(ApiServer):
    """A receiver that follows the specification: it verifies, and knows what it has seen."""

    received: dict[str, Any] = field(default_factory=dict)
    address: str | None = None
    """Where it puts articles, if it does."""
    secret: str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @property
    def settings(self) -> dict[str, Any]:
        return {"webhook_url": f"{self.url}/in/Zk3abcdefg", "webhook_secret": self.secret}

    @property
    def secrets(self) -> list[str]:
        return [self.secret, self.secret.removeprefix("whsec_")]

    @property
    def articles(self) -> int:
        return len(self.received)

    def answer(self, call: Call) -> Reply:
        message_id, sent_at = call.headers["webhook-id"], call.headers["webhook-timestamp"]
        signed = f"{message_id}.{sent_at}.".encode() + call.body
        key = b64decode(self.secret.removeprefix("whsec_"))
        expected = "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if expected not in call.headers["webhook-signature"].split(" "):
            return Reply({"error": "the signature does not match"}, 401)
        if abs(time.time() - int(sent_at)) > 300:
            return Reply({"error": "the message is too old"}, 401)
        self.received.setdefault(message_id, call.json)
        return Reply({"url": self.address} if self.address else None, 202)


@dataclass
class FakeSlack(ApiServer):
    """An incoming webhook of Slack: it answers in plain words."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, Any]:
        return {"slack_webhook_url": f"{self.url}/services/T000/B000/XXXXabcdefXXXX"}

    @property
    def secrets(self) -> list[str]:
        return ["XXXXabcdefXXXX"]

    @property
    def articles(self) -> int:
        return len(self.messages)

    def answer(self, call: Call) -> Reply:
        if call.path != "/services/T000/B000/XXXXabcdefXXXX":
            return Reply(b"no_service", 404)
        message = call.json
        for block in message["blocks"]:
            if not 0 < len(block["text"]["text"]) <= 3_000:
                return Reply(b"invalid_blocks", 400)
        self.messages.append(message)
        return Reply(b"ok")


def _length(text: str) -> int:
    """The longest way to count it: nothing says that an emoji counts once."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class FakeDiscord(ApiServer):
    """A webhook of a channel of Discord."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    query: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        return {"discord_webhook_url": f"{self.url}/api/webhooks/11/tok-abcdef0123{self.query}"}

    @property
    def secrets(self) -> list[str]:
        return ["tok-abcdef0123"]

    @property
    def articles(self) -> int:
        return len(self.messages)

    def answer(self, call: Call) -> Reply:
        if call.path != "/api/webhooks/11/tok-abcdef0123":
            return Reply({"message": "Unknown Webhook", "code": 10015}, 404)
        if call.headers["content-type"].startswith("multipart/"):
            form = call.form
            message = json.loads(form["payload_json"])
            if len(message["attachments"][0]["description"]) > 1_024:
                return Reply({"message": "Invalid Form Body", "code": 50035}, 400)
            self.files.append(bytes(form["files[0]"]))  # type: ignore[arg-type]
        else:
            message = call.json
        [embed] = message["embeds"]
        footer = embed.get("footer", {}).get("text", "")
        texts = ((embed["title"], 256), (embed["description"], 4_096), (footer, 2_048))
        total = sum(_length(text) for text, _ in texts)
        if any(_length(text) > most for text, most in texts) or total > 6_000:
            return Reply({"message": "Invalid Form Body", "code": 50035}, 400)
        self.messages.append(message)
        if call.query.get("wait") != "true":
            return Reply(b"", 204)
        return Reply({"id": str(len(self.messages)), "channel_id": "22"})
