"""Telegram's Bot API as far as notices need it: `sendMessage`.

Lengths count after entities and in UTF-16 units, which is the stricter reading of the documentation. No
idempotency: the same text twice is two messages. The limits are the published advice, not exact ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from rapport_sandbox.fakes.fake import Fake, Refused, parsed
from rapport_sandbox.fakes.rates import Window
from rapport_sandbox.fakes.routes import Route
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.wire import Request

DEFAULT_TOKEN = "123456:sandbox"  # noqa: S105 - it opens nothing but this fake
DEFAULT_CHAT = 1001
MAX_UNITS = 4096
FIELDS = frozenset({"chat_id", "text", "parse_mode", "link_preview_options", "disable_notification", "protect_content"})
WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    429: "Too Many Requests: retry after 1",
    500: "Internal Server Error",
}
_HTML_TAG = re.compile(r"<(/?)(b|strong|i|em|u|s|code|pre|a|blockquote|tg-spoiler)(\s[^<>]*)?>")


@dataclass(slots=True)
class Chat:
    """A person or a group the bot may write to."""

    is_group: bool
    blocked: bool = False
    migrated_to: int | None = None


class Telegram(Fake):
    """One bot and its chats."""

    name: ClassVar[str] = "telegram"
    switches: ClassVar[frozenset[str]] = frozenset({"add_token", "add_chat", "block", "migrate"})

    def start(self) -> None:
        self.routes = (
            Route("POST", "/bot{}/sendMessage", "notice", self._send),
            Route("POST", "/bot{}/{}", "unknown", self._unknown),
        )
        self.windows = {"chat": Window(1, 1.0), "group": Window(20, 60.0), "overall": Window(30, 1.0)}
        self._tokens = {DEFAULT_TOKEN}
        self._chats = {DEFAULT_CHAT: Chat(is_group=False)}
        self._message_id = 0
        self.sent: list[dict[str, object]] = []

    def add_token(self, token: str) -> None:
        self._tokens.add(token)

    def add_chat(self, chat_id: int) -> None:
        """A negative id is a group, as with the real ones."""
        self._chats[chat_id] = Chat(is_group=chat_id < 0)

    def block(self, chat_id: int) -> None:
        self._chats[chat_id].blocked = True

    def migrate(self, chat_id: int, to: int) -> None:
        """The group becomes a supergroup with another id."""
        self._chats[chat_id].migrated_to = to
        self._chats[to] = Chat(is_group=True)

    def admit(self, request: Request, _now: float) -> None:
        token = request.path.removeprefix("/bot").partition("/")[0]
        if not request.path.startswith("/bot") or token not in self._tokens:
            raise Refused(self.failure(401, None))

    def failure(self, status: int, reason: str | None) -> Answer:
        parameters = {"retry_after": 1} if status == 429 else None
        return self._error(status, reason or WORDS.get(status, "Internal Server Error"), parameters)

    def about(self, request: Request) -> dict[str, object]:
        body = parsed(request.body)
        return {"person": str(body["chat_id"])} if isinstance(body, dict) and "chat_id" in body else {}

    def _error(self, status: int, words: str, parameters: dict[str, int] | None = None) -> Answer:
        payload: dict[str, object] = {"ok": False, "error_code": status, "description": words}
        if parameters:
            payload["parameters"] = parameters
        return Answer.json(status, payload)

    def _bad(self, words: str, parameters: dict[str, int] | None = None) -> Refused:
        return Refused(self._error(400, f"Bad Request: {words}", parameters))

    def _unknown(self, _request: Request, _now: float, _token: str, _method: str) -> Answer:
        return self.failure(404, None)

    def _send(self, request: Request, now: float, _token: str) -> Answer:
        message = parsed(request.body)
        if not isinstance(message, dict):
            raise self._bad("can't parse JSON object")
        if unknown := sorted(set(message) - FIELDS):
            # The real one ignores them; a misspelt field is ours to find.
            raise self._bad(f"unknown field {unknown[0]}")
        chat_id = self._chat_id(message.get("chat_id"))
        text = self._plain(message.get("text"), message.get("parse_mode"))
        if not text.strip():
            raise self._bad("message text is empty")
        if len(text.encode("utf-16-le")) // 2 > MAX_UNITS:
            raise self._bad("message is too long")
        self._pace(chat_id, now)
        self._message_id += 1
        kind = "supergroup" if self._chats[chat_id].is_group else "private"
        result = {
            "message_id": self._message_id,
            "date": int(now),
            "chat": {"id": chat_id, "type": kind},
            "text": text,
        }
        self.sent.append(result)
        return Answer.json(200, {"ok": True, "result": result}, effect=True)

    def _chat_id(self, given: object) -> int:
        if isinstance(given, bool) or not re.fullmatch(r"-?\d+", str(given)):
            raise self._bad("chat_id is empty" if given in (None, "") else "chat not found")
        chat = self._chats.get(int(given))
        if chat is None:
            raise self._bad("chat not found")
        if chat.migrated_to is not None:
            words = "group chat was upgraded to a supergroup chat"
            raise self._bad(words, {"migrate_to_chat_id": chat.migrated_to})
        if chat.blocked:
            raise Refused(self.failure(403, None))
        return int(given)

    def _plain(self, text: object, parse_mode: object) -> str:
        """The text after entities: with HTML, every tag known and closed, every `<` and `&` escaped."""
        if not isinstance(text, str):
            raise self._bad("message text is empty")
        if parse_mode is None:
            return text
        if parse_mode != "HTML":
            raise self._bad("unsupported parse_mode")
        open_tags: list[str] = []
        for closing, tag, _ in _HTML_TAG.findall(text):
            if not closing:
                open_tags.append(tag)
            elif not open_tags or open_tags.pop() != tag:
                raise self._bad(f'can\'t parse entities: unexpected end tag "{tag}"')
        plain = _HTML_TAG.sub("", text)
        if open_tags or "<" in plain or re.search(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)", plain):
            raise self._bad("can't parse entities")
        return unescape(plain)

    def _pace(self, chat_id: int, now: float) -> None:
        places = [("overall", "all"), ("chat", str(chat_id))]
        if self._chats[chat_id].is_group:
            places.append(("group", str(chat_id)))
        if wait := max(self.windows[name].wait(key, now) for name, key in places):
            seconds = max(ceil(wait), 1)
            words = f"Too Many Requests: retry after {seconds}"
            raise Refused(self._error(429, words, {"retry_after": seconds}))
        for name, key in places:
            self.windows[name].take(key, now)
