"""Whether the inbox answers at once with a hundred thousand conversations and a million messages behind it."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import select, text

from rapport.accounts import senders
from rapport.app import create_app
from rapport.assembly import Service
from rapport.conversations import counters
from rapport.conversations.models import Conversation, ConversationWords, Message
from rapport.inbox.models import ConversationTag
from rapport.kernel.bulk import insert_rows
from rapport.kernel.log import configure_log
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.kernel.tx import Tx
from rapport.leads import persons
from rapport.leads.models import Lead
from rapport.people.models import User
from rapport.rules.search_words import words
from scripts.bench.places import Place, agent_of, client, place, token_of
from scripts.bench.registry import Bar, Effort, Line, Measurement

CONVERSATIONS = int(os.environ.get("BENCH_CONVERSATIONS", "100000"))
EACH = 10
"""Messages of a conversation."""
AT_ONCE = 500
TURNS = 100
_WARM = 8
LISTED = Bar("most", 50, " ms")
FOUND = Bar("most", 100, " ms")
VOCABULARY = 20_000
_L, _C, _M, _W, _T = (each.__table__ for each in (Lead, Conversation, Message, ConversationWords, ConversationTag))
LISTS = {
    "all": "",
    "open": "filter[status]=open",
    "mine": "filter[assignee_id]={user}&filter[status]=open",
    "unread": "filter[unread]=true",
    "waiting": "filter[waiting]=true",
    "hot": "filter[temperature]=hot",
    "tagged": "filter[tag]=vip",
    "of an account": "filter[account_id]={account}",
    "rare: hot, waiting, snoozed": "filter[temperature]=hot&filter[waiting]=true&filter[status]=snoozed",
}
SEARCHES = {
    "a word of every conversation": "word0",
    "a word of one in ten": "word300",
    "a rare word": "word19000",
    "two words": "word20 word700",
    "a word being typed": "word12",
    "words nobody wrote": "nobodywrotethis",
    "a name": "lovelace 77",
}


def inbox(effort: Effort) -> Iterator[Line]:
    """The 95th percentile of the list and the search of the inbox, over HTTP in this process."""
    for kind in effort.kinds:
        with place(kind) as at, at.service() as service:
            acme = client(service, "Acme").id
            user = agent_of(service, acme)
            began = time.perf_counter()
            account = fill(service, acme, user, CONVERSATIONS)
            yield Line(kind, f"{CONVERSATIONS} × {EACH}", f"filled in {time.perf_counter() - began:.0f} s")
            yield from _measured(at, service, user, account)


INBOX = Measurement("inbox", inbox)


def _measured(at: Place, service: Service, user: User, account: str) -> Iterator[Line]:
    configure_log("error")
    http = create_app(service).test_client()
    headers = {"Authorization": f"Bearer {token_of(service, user)}", "Cache-Control": "no-cache"}

    def ask(query: str) -> Any:
        answer = http.get(f"/api/v1/inbox/conversations?limit=50&{query}", headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(answer.get_json())
        return answer.get_json()

    for name, query in LISTS.items():
        filled = query.replace("{user}", user.id).replace("{account}", account)
        yield _timed(at, f"list: {name}", lambda filled=filled: ask(filled), LISTED)
    cursor = ""
    for _ in range(20):
        cursor = ask(f"cursor={cursor}" if cursor else "")["next_cursor"] or cursor
    yield _timed(at, "list: page 21", lambda: ask(f"cursor={cursor}"), LISTED)
    for name, said in SEARCHES.items():
        yield _timed(at, f"search: {name}", lambda said=said: ask(f"filter[q]={quote(said)}"), FOUND)
    some = ask("")["items"][0]["id"]
    yield _timed(
        at, "one conversation", lambda: http.get(f"/api/v1/inbox/conversations/{some}", headers=headers), LISTED
    )
    path = f"/api/v1/inbox/conversations/{some}/messages"
    yield _timed(at, "its messages", lambda: http.get(path, headers=headers), LISTED)
    yield _timed(at, "counters", lambda: http.get("/api/v1/inbox/counters", headers=headers), LISTED)


def _timed(at: Place, what: str, act: Any, bar: Bar) -> Line:
    for _ in range(_WARM):
        found = act()
    took = []
    for _ in range(TURNS):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    p95 = statistics.quantiles(took, n=20)[-1]
    rows = f"{len(found['items'])} rows" if isinstance(found, dict) else ""
    return Line(at.kind, what, f"median {statistics.median(took):6.2f} ms  {rows}", p95, bar=bar)


def fill(service: Service, client_id: str, user: User, conversations: int) -> str:
    """Conversations as the verbs write them, in bulk; answers one of the accounts."""
    draw = random.Random(1)
    weights = [1 / (rank + 1) for rank in range(VOCABULARY)]
    bounds = [0.0]
    for weight in weights:
        bounds.append(bounds[-1] + weight)
    with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        accounts = [
            senders.add(tx, client_id=client_id, name=f"Sender {number}", timezone="Europe/Berlin").id
            for number in range(5)
        ]
        lead_id = persons.add(
            tx,
            client_id,
            given={"first_name": "Ada", "last_name": "Lovelace", "company": "Engines", "profile_url": "ada-who-writes"},
            custom={},
            tags=(),
        )
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        model = dict(reading.rows(select(_L).where(_L.c.id == lead_id)).one()._mapping)
    vocabulary = [f"word{number}" for number in range(VOCABULARY)]
    for start in range(0, conversations, AT_ONCE):
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            numbers = range(start, min(start + AT_ONCE, conversations))
            _batch(tx, client_id, user.id, accounts, model, numbers, draw, vocabulary, bounds)
    with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        counters.check(tx, client_id)
    with service.engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    return accounts[0]


def _batch(
    tx: Tx,
    client_id: str,
    user_id: str,
    accounts: list[str],
    model: dict[str, Any],
    numbers: range,
    draw: random.Random,
    vocabulary: list[str],
    bounds: list[float],
) -> None:
    leads, threads, messages, found, tags = [], [], [], [], []
    for number in numbers:
        lead = model | {"id": tx.new_id(), "last_name": f"Lovelace {number % 5000}", "public_identifier": None}
        leads.append(lead)
        thread = _thread(tx, client_id, draw, accounts, lead["id"], number)
        thread["assignee_id"] = user_id if draw.random() < 0.02 else None
        said = []
        at = thread["last_message_at"]
        for turn in range(EACH, 0, -1):
            words_of_it = draw.choices(vocabulary, cum_weights=bounds[1:], k=12)
            said.append(" ".join(words_of_it))
            messages.append(_message(tx, thread, turn, said[-1], at))
            at -= timedelta(hours=draw.randint(1, 40))
        threads.append(thread)
        name = f"Ada Lovelace {number % 5000}"
        tokens = sorted({word for each in (*said, name) for word in words(each)})
        found.append(
            {"number": number + 1, "conversation_id": thread["id"], "client_id": client_id, "words": " ".join(tokens)}
        )
        if draw.random() < 0.05:
            tags.append({"conversation_id": thread["id"], "tag": "vip", "client_id": client_id, "tagged_at": tx.now})
    for table, rows in ((_L, leads), (_C, threads), (_M, messages), (_W, found), (_T, tags)):
        insert_rows(tx, table, rows)


def _thread(
    tx: Tx, client_id: str, draw: random.Random, accounts: list[str], lead_id: str, number: int
) -> dict[str, Any]:
    last = tx.now - timedelta(seconds=draw.randrange(300 * 86400))
    status = draw.choices(["open", "snoozed", "closed"], weights=[20, 5, 75])[0]
    waits = status != "closed" and draw.random() < 0.3
    return {
        **dict.fromkeys(column.name for column in _C.c),
        "id": tx.new_id(),
        "client_id": client_id,
        "channel": "linkedin",
        "account_id": draw.choice(accounts),
        "lead_id": lead_id,
        "leads_before": [],
        "external_id": f"chat{number}",
        "is_group": False,
        "status": status,
        "temperature": draw.choice(["hot", "warm", "cold", None]),
        "unread_count": int(waits and draw.random() < 0.5),
        "marked_unread": False,
        "message_count": EACH,
        "waiting_since": last if waits else None,
        "wait_number": 1,
        "last_message_at": last,
        "last_inbound_at": last,
        "created_at": last,
        "updated_at": last,
        "version": 1,
    }


def _message(tx: Tx, thread: dict[str, Any], number: int, said: str, at: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(column.name for column in _M.c),
        "id": tx.new_id(),
        "client_id": thread["client_id"],
        "conversation_id": thread["id"],
        "channel": "linkedin",
        "external_id": f"{thread['external_id']}-{number}",
        "kind": "text",
        "direction": "in" if number % 2 == 0 else "out",
        "text": said,
        "earlier_texts": [],
        "attachments": [],
        "reactions": [],
        "at": at,
        "recorded_at": at,
        "via": "webhook",
        "is_auto_reply": False,
        "is_automatic": False,
        "number": number,
        "lead_id": thread["lead_id"],
        "match_evidence": {},
    }
