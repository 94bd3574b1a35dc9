"""A local server that speaks as much of Telegram's bot API as a channel needs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from fakes.api_server import ApiServer, Call, Reply

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz01234"
_TAG = re.compile(r"</?(?:b|i|a)(?: [^>]*)?>")


@dataclass
class FakeTelegram(ApiServer):
    """One bot in one channel."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    username: str | None = "keepers"
    refuses_photos: str | None = None

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "telegram_url": self.url,
            "telegram_bot_token": TOKEN,
            "telegram_chat_id": "@keepers",
        }

    @property
    def secrets(self) -> list[str]:
        return [TOKEN]

    @property
    def articles(self) -> int:
        return len(self.messages)

    def answer(self, call: Call) -> Reply:
        prefix, _, method = call.path.rpartition("/")
        if prefix != f"/bot{TOKEN}":
            return _error(401, "Unauthorized")
        fields = call.form if method == "sendPhoto" else call.json
        if fields["chat_id"] != "@keepers":
            return _error(400, "Bad Request: chat not found")
        if method == "sendPhoto" and self.refuses_photos:
            return _error(400, f"Bad Request: {self.refuses_photos}")
        name, limit = ("caption", 1024) if method == "sendPhoto" else ("text", 4096)
        markup = fields[name]
        if _TAG.sub("", markup).count("<") or re.search(r"&(?!amp;|lt;|gt;)", markup):
            return _error(400, "Bad Request: can't parse entities")
        seen = unescape(_TAG.sub("", markup))
        if not 0 < len(seen.encode("utf-16-le")) // 2 <= limit:
            return _error(400, f"Bad Request: message {name} is too long")
        chat = {"id": -1001234567890, "type": "channel", "username": self.username}
        self.messages.append({**fields, "seen": seen})
        message = {"message_id": len(self.messages), "chat": chat}
        return Reply({"ok": True, "result": message})


def _error(code: int, description: str, **parameters: Any) -> Reply:
    body = {"ok": False, "error_code": code, "description": description}
    return Reply({**body, "parameters": parameters} if parameters else body, code)


def too_many_requests(seconds: int) -> Reply:
    return _error(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
