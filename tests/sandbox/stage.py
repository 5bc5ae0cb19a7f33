"""A sandbox, somebody calling its API, and somebody listening to its webhooks, for the tests beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox
from rapport_sandbox.wire import Answer, Request
from rapport_sandbox.world.account import Account
from rapport_sandbox.world.people import Person


@dataclass
class Listener:
    """Takes webhooks in process; answers what the test wants, 200 unless told."""

    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    on_delivery: Callable[[], None] | None = None

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        self.heard.append((url, headers, body))
        if self.on_delivery is not None:
            self.on_delivery()
        return self.statuses.pop(0) if self.statuses else 200

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, _, body in self.heard]

    def events(self) -> list[str]:
        return [body.get("event", "AccountStatus") for body in self.bodies]


class Stage:
    """One sandbox with two accounts and no people acting by themselves."""

    def __init__(self, **options: object) -> None:
        settings = {"people": 300, "accounts": 2, "spontaneous": False, **options}
        self.listener = Listener()
        self.sandbox = Sandbox(Options(**settings), deliver=self.listener)  # type: ignore[arg-type]
        self.world = self.sandbox.world
        self.account = self.world.account(0)

    # ── calling ──────────────────────────────────────────────────────────────────────────────────────

    def get(self, path: str, **query: object) -> Answer:
        pairs = tuple((name, str(value)) for name, value in query.items())
        return self.call("GET", path, query=pairs)

    def post(self, path: str, body: object, **query: object) -> Answer:
        pairs = tuple((name, str(value)) for name, value in query.items())
        return self.call("POST", path, query=pairs, body=orjson.dumps(body), kind="application/json")

    def form(self, path: str, *parts: tuple[str, str | tuple[str, str, bytes]]) -> Answer:
        """A multipart body; a part is `(name, text)` or `(name, (file name, type, bytes))`."""
        return self.call("POST", path, body=multipart(parts), kind="multipart/form-data; boundary=frontier")

    def delete(self, path: str, **query: object) -> Answer:
        return self.call("DELETE", path, query=tuple((name, str(value)) for name, value in query.items()))

    def call(
        self,
        method: str,
        path: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        kind: str | None = None,
        key: str = "sandbox",
    ) -> Answer:
        headers = {"x-api-key": key, "host": "127.0.0.1"}
        if kind is not None:
            headers["content-type"] = kind
        return self.sandbox.call(Request(method, f"/api/v1{path}", query, headers, body))

    def control(self, method: str, path: str, body: object = None, **query: object) -> Answer:
        pairs = tuple((name, str(value)) for name, value in query.items())
        raw = b"" if body is None else orjson.dumps(body)
        return self.sandbox.call(Request(method, f"/sandbox/{path}", pairs, {"host": "127.0.0.1"}, raw))

    # ── the commonest sentences ──────────────────────────────────────────────────────────────────────

    def invite(self, person: Person, note: str | None = None, account: Account | None = None) -> Answer:
        body = {"account_id": (account or self.account).id, "provider_id": person.provider_id}
        return self.post("/users/invite", body if note is None else {**body, "message": note})

    def write(self, person: Person, text: str = "Hello", *more: tuple[str, str]) -> Answer:
        parts = (("account_id", self.account.id), ("attendees_ids", person.provider_id), ("text", text))
        return self.form("/chats", *parts, *more)

    def items(self, path: str, **query: object) -> list[dict[str, Any]]:
        answer = self.get(path, account_id=self.account.id, **query)
        assert answer.status == 200, answer.body
        return orjson.loads(answer.body)["items"]

    def everything(self, path: str, **query: object) -> list[dict[str, Any]]:
        """All pages of a list."""
        items, cursor = [], None
        while True:
            more = {} if cursor is None else {"cursor": cursor}
            page = said(self.get(path, account_id=self.account.id, **query, **more))
            items += page["items"]
            cursor = page["cursor"]
            if cursor is None:
                return items

    def listen(self, source: str = "messaging", **more: object) -> str:
        body = {"source": source, "request_url": "http://127.0.0.1:9/hook", "name": "ours", **more}
        return said(self.post("/webhooks", body))["webhook_id"]

    # ── people ───────────────────────────────────────────────────────────────────────────────────────

    def stranger(self, position: int = 0) -> Person:
        """Somebody the first account does not know."""
        strangers = [p for p in self.world.state.people if p.number not in self.account.relations]
        return strangers[position]

    def friend(self, position: int = 0) -> Person:
        """Somebody the first account is connected with."""
        return self.world.person(list(self.account.relations)[position])

    def advance(self, seconds: float) -> None:
        self.sandbox.advance(seconds)


def said(answer: Answer) -> Any:
    """The JSON of an answer that went well."""
    assert answer.status < 300, answer.body
    return orjson.loads(answer.body)


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and error word of an answer that refused, with the whole shape checked."""
    body = orjson.loads(answer.body)
    assert body["status"] == answer.status
    assert body["title"]
    assert answer.headers["content-type"] == "application/json"
    return answer.status, body["type"].removeprefix("errors/")


def multipart(parts: tuple[tuple[str, str | tuple[str, str, bytes]], ...]) -> bytes:
    body = b""
    for name, value in parts:
        if isinstance(value, str):
            head, content = f'form-data; name="{name}"', value.encode()
        else:
            head = f'form-data; name="{name}"; filename="{value[0]}"\r\ncontent-type: {value[1]}'
            content = value[2]
        body += f"--frontier\r\ncontent-disposition: {head}\r\n\r\n".encode() + content + b"\r\n"
    return body + b"--frontier--\r\n"
