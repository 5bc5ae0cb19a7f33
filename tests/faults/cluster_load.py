"""The traffic of an agency on a cluster: operators who read and write over the API, and webhooks at a steady rate.

Everything in it may be said again: what gets no answer, or the answer that somebody is just being begun anew, is said
once more to the next process, with the same key.
"""

from __future__ import annotations

import hmac
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

KEY = "the key with which this load signs its webhooks"
TRIES = 12
_AGAIN = frozenset({429, 502, 503, 504})
_PAUSE = 0.25
_SENDERS_OF_WEBHOOKS = 8
_STRANGERS = 400
_TOLD = 3
"""How many times each message is told."""


@dataclass
class Heard:
    """What the traffic got for an answer."""

    answers: Counter[str] = field(default_factory=Counter)
    """Kind of request and status → how many."""
    again: int = 0
    """How many were said once more, because nothing or a refusal of the moment came back."""
    failed: list[str] = field(default_factory=list)
    """What got no good answer however often it was said."""
    took: dict[str, list[float]] = field(default_factory=dict)
    leads: set[str] = field(default_factory=set)
    """Mails of the leads that were made, as was answered."""
    other_answers: list[str] = field(default_factory=list)
    """A write that was said again and got another answer than before."""
    messages: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, status: int, seconds: float, tries: int) -> None:
        with self._guard:
            self.answers[f"{kind} {status}"] += 1
            self.took.setdefault(kind, []).append(seconds)
            self.again += tries - 1

    def fail(self, what: str) -> None:
        with self._guard:
            self.failed.append(what)

    def p99(self, kind: str) -> float:
        """Milliseconds, from the first try to the answer."""
        taken = sorted(self.took.get(kind, [0.0]))
        return round(taken[int(len(taken) * 0.99)] * 1000, 1)


class Caller:
    """Somebody who speaks to whichever of the web processes answers."""

    def __init__(self, ports: Sequence[int], heard: Heard, chance: random.Random) -> None:
        self._ports, self._heard = ports, heard
        self._at = chance.randrange(len(ports))
        self._connection: http.client.HTTPConnection | None = None

    def say(self, kind: str, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        """Say it until it is answered; answers the JSON, or None when nobody ever did well."""
        began = time.perf_counter()
        said = ""
        for tries in range(1, TRIES + 1):
            try:
                status, answer = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException) as lost:
                self._leave()
                said = f"{type(lost).__name__}"
            else:
                if status not in _AGAIN:
                    self._heard.note(kind, status, time.perf_counter() - began, tries)
                    if status < 400:
                        return json.loads(answer) if answer else {}
                    self._heard.fail(f"{method} {path}: {status} {answer[:200]!r}")
                    return None
                said = str(status)
                self._leave()
            time.sleep(_PAUSE)
        self._heard.fail(f"{method} {path}: {said} {TRIES} times")
        return None

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._ports[self._at], timeout=20)
        self._connection.request(method, f"/api/v1{path}", body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def _leave(self) -> None:
        """Go to the next process, as a proxy would."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._at = (self._at + 1) % len(self._ports)


class Load:
    """Operators and webhooks, until told to end."""

    def __init__(self, ports: Sequence[int], *, seed: int) -> None:
        self._ports, self._seed = ports, seed
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.heard = Heard()

    def operators(self, tokens: Sequence[str], *, client_id: str, campaigns: Sequence[str], pause: float) -> None:
        """Let each read, and now and then write, with so many seconds between two requests."""
        for number, token in enumerate(tokens):
            caller = (number, token, client_id, campaigns, pause)
            self._threads.append(threading.Thread(target=self._operate, args=caller, daemon=True))

    def webhooks(self, accounts: Sequence[str], *, per_second: float) -> None:
        """Let strangers write to these accounts at a steady rate, each message told three times."""
        for number in range(_SENDERS_OF_WEBHOOKS):
            given = (number, accounts, per_second / _SENDERS_OF_WEBHOOKS)
            self._threads.append(threading.Thread(target=self._tell, args=given, daemon=True))

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> Heard:
        """Let everybody finish what they are at."""
        self._over.set()
        for thread in self._threads:
            thread.join(TRIES * 25)
        return self.heard

    def _operate(self, number: int, token: str, client_id: str, campaigns: Sequence[str], pause: float) -> None:
        chance = random.Random(f"{self._seed} operator {number}")
        caller = Caller(self._ports, self.heard, chance)
        headers = {"Authorization": f"Bearer {token}"}
        reads = [
            f"/campaigns?client_id={client_id}",
            f"/inbox/conversations?client_id={client_id}&limit=25",
            f"/leads?client_id={client_id}&limit=50",
            f"/analytics/clients/{client_id}/summary",
            f"/inbox/counters?client_id={client_id}",
            *(f"/analytics/campaigns/{each}/funnel" for each in campaigns),
        ]
        made = 0
        while not self._over.wait(chance.expovariate(1 / pause)):
            if chance.random() < 0.8:
                caller.say("read", "GET", chance.choice(reads), None, headers)
            else:
                made += 1
                self._make_a_lead(caller, headers, client_id, f"operator-{number}-{made}", chance)

    def _make_a_lead(
        self, caller: Caller, headers: dict[str, str], client_id: str, name: str, chance: random.Random
    ) -> None:
        given = {"client_id": client_id, "first_name": name, "email": f"{name}@load.example"}
        more = {**headers, "Content-Type": "application/json", "Idempotency-Key": f"load-{name}"}
        said = [caller.say("write", "POST", "/leads", json.dumps(given).encode(), more)]
        if chance.random() < 0.3:  # whoever is not sure asks again
            said.append(caller.say("write again", "POST", "/leads", json.dumps(given).encode(), more))
        ids = {each["id"] for each in said if each is not None}
        if len(ids) > 1:
            self.heard.other_answers.append(name)
        if ids:
            self.heard.leads.add(given["email"])

    def _tell(self, number: int, accounts: Sequence[str], per_second: float) -> None:
        chance = random.Random(f"{self._seed} webhooks {number}")
        caller = Caller(self._ports, self.heard, chance)
        waiting: list[bytes] = []
        began, told = time.perf_counter(), 0
        while not self._over.wait(max(0.0, began + told / per_second - time.perf_counter())):
            if not waiting:
                waiting = [self._message(number, told, accounts, chance)] * _TOLD
            body = waiting.pop()
            told += 1
            signature = hmac.digest(KEY.encode(), body, "sha256").hex()
            headers = {"Content-Type": "application/json", "X-Unipile-Signature": signature}
            caller.say("webhook", "POST", "/webhooks/unipile/messaging", body, headers)

    def _message(self, number: int, told: int, accounts: Sequence[str], chance: random.Random) -> bytes:
        place, message_id = chance.randrange(_STRANGERS), f"load-{self._seed}-{number}-{told}"
        account = accounts[place % len(accounts)]
        stranger = {
            "attendee_id": f"attendee{place}",
            "attendee_name": f"Stranger {place}",
            "attendee_provider_id": f"ACoLoadStranger{place:05d}",
        }
        self.heard.messages.add(message_id)
        body = {
            "account_id": account,
            "account_type": "LINKEDIN",
            "event": "message_received",
            "chat_id": f"chat-of-stranger-{place}",
            "message_id": message_id,
            "message": f"A word from outside, number {told}.",
            "sender": stranger,
            "attendees": [stranger],
            "attachments": [],
            "is_sender": False,
            "is_event": 0,
            "is_group": False,
        }
        return json.dumps(body).encode()
