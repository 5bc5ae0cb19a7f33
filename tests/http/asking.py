"""Looking at answers: the one shape of every refusal."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse


def refused(answer: TestResponse, status: int, code: str) -> Any:
    """Check that an answer is this refusal, in the one shape; gives its details."""
    assert answer.status_code == status, answer.data[:500]
    assert answer.mimetype == "application/json"
    body = answer.json
    assert set(body) == {"code", "message", "details"}
    assert body["code"] == code, body
    assert body["message"]
    assert answer.headers["X-Request-Id"]
    return body["details"]
