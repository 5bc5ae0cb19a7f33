"""Telegram's Bot API: `sendMessage`. The token is in the address, so the address is in no log and no error.

A group that became a supergroup has another id: it is answered with the new one, and tried there once more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson

from rapport.outside.posting import Poster, excerpt_of
from rapport.outside.web import Answer
from rapport.ports.carriers import Carried, Failed, Letter, Moved, Outcome, PutOff, Refused

_TOO_MANY = 429
_LONGEST_PAUSE = timedelta(hours=1)


class Telegram:
    """Carries deliveries to chats."""

    def __init__(self, poster: Poster, *, base_url: str) -> None:
        self._poster = poster
        self._base_url = base_url.rstrip("/")

    def carry(self, letter: Letter, *, now: datetime) -> Outcome:
        body = orjson.dumps({"chat_id": letter.recipient, **orjson.loads(letter.body)})
        url = f"{self._base_url}/bot{letter.secret['token']}/sendMessage"
        got = self._poster.post(url, body, {"Content-Type": "application/json"})
        return _meaning(got, now) if isinstance(got, Answer) else got

    def find(self, letter: Letter, *, since: datetime) -> Carried | None:  # noqa: ARG002 - the port's
        return None

    def close(self) -> None:
        self._poster.session.close()


def _meaning(answer: Answer, now: datetime) -> Outcome:
    said = _json(answer.body)
    excerpt, status = excerpt_of(answer), answer.status
    parameters = said.get("parameters") if isinstance(said.get("parameters"), dict) else {}
    if status == 200 and said.get("ok") is True:
        return Carried(_message_id(said), status, None)
    if status == _TOO_MANY:
        seconds = parameters.get("retry_after")
        wait = timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else timedelta(seconds=1)
        return PutOff("too_many", now + min(wait, _LONGEST_PAUSE), status, excerpt)
    moved = parameters.get("migrate_to_chat_id")
    if isinstance(moved, int):
        return Moved("chat_moved", str(moved), status, excerpt)
    if 400 <= status < 500:
        words = str(said.get("description") or f"status_{status}").replace("\x00", "")
        return Refused(words[:80], status, excerpt, broken=True)
    return Failed(f"status_{status}", status, excerpt)


def _message_id(said: dict[str, Any]) -> str | None:
    result = said.get("result")
    found = result.get("message_id") if isinstance(result, dict) else None
    return str(found) if found is not None else None


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
