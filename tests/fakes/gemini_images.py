"""What the Gemini API answers when it is asked for a picture, as its reference documents it."""

from __future__ import annotations

import base64
from typing import Any


def gemini_answer(picture: bytes | None, **changes: Any) -> dict[str, Any]:
    """A complete answer; without a picture, one of words only."""
    part: dict[str, Any] = {"text": "Here is your lighthouse."}
    if picture is not None:
        data = base64.b64encode(picture).decode()
        part = {"inlineData": {"mimeType": "image/png", "data": data}}
    return {
        "candidates": [
            {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        ],
        "usageMetadata": {
            "promptTokenCount": 20,
            "candidatesTokenCount": 1290,
            "totalTokenCount": 1310,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 20}],
            "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
        },
        "modelVersion": "gemini-2.5-flash-image",
        "responseId": "3dTKaLfQKcqTxN8Pq6G0qQE",
        **changes,
    }


def gemini_error(
    status: int, message: str, *, wait: str | None = None, quota: str | None = None
) -> dict[str, Any]:
    """An error, with how long to wait, or which quota was exceeded."""
    details: list[dict[str, Any]] = []
    if quota is not None:
        failure = "type.googleapis.com/google.rpc.QuotaFailure"
        details.append({"@type": failure, "violations": [{"quotaId": quota}]})
    if wait is not None:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": wait})
    return {"error": {"code": status, "message": message, "details": details}}
