"""A seeded integrator: invites, writes to those who accept, polls. Realistic use without the product.

It speaks to the sandbox by `call` only, and decides by its own stream of chance, so two runs with one seed
make the same calls.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from rapport_sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from rapport_sandbox.sandbox import Sandbox
    from rapport_sandbox.world.account import Account

HOUR = 3_600.0
_WORKING_HOURS = 8
_POLLS_AN_HOUR = 2


@dataclass
class Told:
    """What came of it."""

    acts: Counter[str] = field(default_factory=Counter)


class Driver:
    """One integrator with every account of a sandbox."""

    def __init__(self, sandbox: Sandbox, *, invites_an_hour: int = 4) -> None:
        """Four an hour in working hours is more than LinkedIn's patience: the second half of a week is refused."""
        self._sandbox = sandbox
        self._invites_an_hour = invites_an_hour
        self._random = random.Random(sandbox.options.seed)
        self._told = Told()
        self._due: dict[str, list[str]] = {}
        self._written: set[str] = set()

    def run(self, *, days: int) -> Told:
        """Live through so many days, weekends without work but with polling."""
        self._register()
        numbers = list(range(self._sandbox.options.people))
        self._random.shuffle(numbers)
        people = self._sandbox.world.state.people
        queue = iter(people[number].provider_id for number in numbers)
        start = self._sandbox.now()
        for day in range(days):
            for hour in range(24):
                working = day % 7 < 5 and hour < _WORKING_HOURS
                self._hour(queue if working else None, start + (day * 24 + hour) * HOUR)
        self._sandbox.advance_to(start + days * 24 * HOUR)
        return self._told

    def _hour(self, queue: Iterator[str] | None, at: float) -> None:
        step = HOUR / _POLLS_AN_HOUR
        for poll in range(_POLLS_AN_HOUR):
            self._sandbox.advance_to(at + poll * step)
            for account in list(self._sandbox.world.state.accounts.values()):
                self._poll(account)
        if queue is None:
            return
        for turn in range(self._invites_an_hour):
            self._sandbox.advance_to(at + step + turn * step / (self._invites_an_hour + 1) + self._random.random())
            for account in list(self._sandbox.world.state.accounts.values()):
                provider_id = next(queue, None)
                if provider_id is not None:
                    self._invite(account, provider_id)
                self._write(account)

    def _invite(self, account: Account, provider_id: str) -> None:
        """Read the profile as one does, then invite who is not a relation yet."""
        profile = self._get(f"/users/{provider_id}", account_id=account.id)
        if profile.get("is_relationship"):
            return
        body = {"account_id": account.id, "provider_id": provider_id}
        if self._random.random() < 0.5:
            body["message"] = f"Hi {profile.get('first_name')}, shall we connect?"
        self._call("POST", "/users/invite", body=orjson.dumps(body))

    def _write(self, account: Account) -> None:
        due = self._due.get(account.id)
        if not due:
            return
        provider_id = due.pop(0)
        parts = (("account_id", account.id), ("attendees_ids", provider_id), ("text", "Thanks! A question …"))
        body = "".join(
            f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts
        )
        self._call("POST", "/chats", body=f"{body}--b--\r\n".encode(), kind="multipart/form-data; boundary=b")

    def _poll(self, account: Account) -> None:
        """What a careful integrator reads: new relations, new messages, what is still pending."""
        relations = self._get("/users/relations", account_id=account.id, limit="20")
        for relation in relations.get("items", ()):
            recent = relation["created_at"] / 1000 > account.created_at
            if recent and relation["member_urn"] not in self._written:
                self._written.add(relation["member_urn"])
                profile = self._get(f"/users/{relation['member_id']}", account_id=account.id)
                self._due.setdefault(account.id, []).append(profile["provider_id"])
        self._get("/messages", account_id=account.id, limit="50")
        self._get("/users/invite/sent", account_id=account.id, limit="100")

    def _register(self) -> None:
        for source in ("messaging", "users", "account_status"):
            body = {"source": source, "request_url": "http://127.0.0.1:9/hooks", "name": source}
            self._call("POST", "/webhooks", body=orjson.dumps(body))

    def _get(self, path: str, **query: str) -> dict[str, object]:
        answer = self._call("GET", path, query=tuple(query.items()))
        return orjson.loads(answer.body)

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        kind: str = "application/json",
    ) -> Answer:
        headers = {"x-api-key": "sandbox", "content-type": kind}
        answer = self._sandbox.call(Request(method, f"/api/v1{path}", query, headers, body))
        self._told.acts[f"{method} {path.split('/')[1]} {answer.status}"] += 1
        return answer
