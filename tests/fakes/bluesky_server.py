"""A local server that speaks as much of the AT Protocol as a channel needs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from fakes.api_server import ApiServer, Call, Reply

PASSWORD, TOKEN, DID = "abcd-efgh-ijkl-mnop", "jwt-abcdefgh0123", "did:plc:keepers"


@dataclass
class FakeBluesky(ApiServer):
    """One account on its server."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "bluesky_url": self.url,
            "bluesky_handle": "keepers.example.org",
            "bluesky_app_password": PASSWORD,
        }

    @property
    def secrets(self) -> list[str]:
        return [PASSWORD]

    @property
    def articles(self) -> int:
        return len(self.records)

    def is_a_post(self, call: Call) -> bool:
        return call.path.endswith("putRecord")

    def answer(self, call: Call) -> Reply:
        method = call.path.removeprefix("/xrpc/")
        if method == "com.atproto.server.createSession":
            if call.json != {"identifier": "keepers.example.org", "password": PASSWORD}:
                return _error(401, "AuthenticationRequired", "Invalid identifier or password")
            session = {"did": DID, "handle": "keepers.example.org", "refreshJwt": "r"}
            return Reply({**session, "accessJwt": TOKEN})
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "AuthMissing", "Authentication Required")
        match method:
            case "com.atproto.repo.uploadBlob":
                kind = call.headers["content-type"]
                self.blobs.append((kind, call.body))
                link = {"$link": f"bafy{len(self.blobs)}"}
                blob = {"$type": "blob", "ref": link, "mimeType": kind, "size": len(call.body)}
                return Reply({"blob": blob})
            case "com.atproto.repo.getRecord":
                key = call.query["rkey"]
                if key not in self.records:
                    return _error(400, "RecordNotFound", f"Could not locate record: {key}")
                return Reply({"uri": f"at://{DID}/{key}", "value": self.records[key]})
            case "com.atproto.repo.putRecord":
                return self._put(call.json)
        return _error(501, "MethodNotImplemented", "Method Not Implemented")

    def _put(self, written: dict[str, Any]) -> Reply:
        record, key = written["record"], written["rkey"]
        if not re.fullmatch(r"[234567abcdefghij][234567a-z]{12}", key):
            return _error(400, "InvalidRequest", "Invalid record key: no TID")
        for language in record.get("langs", []):
            if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{2,8})*", language):
                return _error(400, "InvalidRequest", f"Invalid language (got {language})")
        too_long = len(record["text"]) > 300 or len(record["text"].encode()) > 3_000
        if too_long or "createdAt" not in record:
            return _error(400, "InvalidRecord", "Invalid app.bsky.feed.post record")
        self.records[key] = record
        return Reply({"uri": f"at://{DID}/app.bsky.feed.post/{key}", "cid": "bafyrei"})


def _error(status: int, name: str, message: str) -> Reply:
    return Reply({"error": name, "message": message}, status)
