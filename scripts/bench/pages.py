"""Whether page 10,000 of a list costs what page 1 costs, on a client with a million leads."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, text

from rapport.app import create_app
from rapport.assembly import Service
from rapport.kernel.bulk import insert_rows
from rapport.kernel.listing import Asked, page
from rapport.kernel.log import configure_log
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS, only
from rapport.leads import persons
from rapport.leads.models import Lead
from rapport.leads.queries.register import LEADS, LIVE
from scripts.bench.places import Place, agent_of, client, place, token_of
from scripts.bench.registry import Bar, Effort, Line, Measurement

LEADS_IN_ALL = 1_000_000
PAGE = 10_000
ROWS = 50
AT_ONCE = 1_000
"""Leads of one instant: an import writes as many in one transaction."""
TURNS = 100
_WARM = 10
"""Turns before the first that counts: a driver prepares a statement when it has seen it a few times."""
RATIO = Bar("most", 1.5, " x")
_L = Lead.__table__


def pages(effort: Effort) -> Iterator[Line]:
    """Page 10,000 beside page 1 of the leads of a client with a million of them, in every order there is."""
    for kind in effort.kinds:
        with place(kind) as at, at.service() as service:
            client_id = fill(service, LEADS_IN_ALL)
            yield from _by_cursor(at, service, client_id)
            yield from _in_every_order(at, service, client_id)


PAGES = Measurement("pages", pages)


def fill(service: Service, leads: int) -> str:
    """A client with so many leads: copies of one that the verb made, in batches of one instant as imports write."""
    acme = client(service, "Acme")
    with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        lead_id = persons.add(
            tx,
            acme.id,
            given={"first_name": "Ada", "last_name": "Lovelace", "company": "Engines", "profile_url": "ada"},
            custom={},
            tags=(),
        )
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        model = dict(reading.rows(select(_L).where(_L.c.id == lead_id)).one()._mapping)
    draw = random.Random(1)
    for _ in range(leads // AT_ONCE):
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            changed_at = tx.now - timedelta(days=draw.randrange(300))
            insert_rows(tx, _L, [_another(model, tx, changed_at, draw) for _ in range(AT_ONCE)])
    with service.engine.begin() as connection:
        connection.execute(text("ANALYZE lead"))
    return acme.id


def _another(model: dict[str, Any], tx: Any, changed_at: Any, draw: random.Random) -> dict[str, Any]:
    name = f"lovelace {draw.randrange(20_000)}"
    mine = {"id": tx.new_id(), "name_key": name, "public_identifier": None}
    return model | mine | {"created_at": tx.now, "updated_at": changed_at}


def _by_cursor(at: Place, service: Service, client_id: str) -> Iterator[Line]:
    """Over HTTP in this process, walked there page by page."""
    configure_log("error")
    http = create_app(service).test_client()
    headers = {
        "Authorization": f"Bearer {token_of(service, agent_of(service, client_id))}",
        "Cache-Control": "no-cache",
    }
    cursor, began = "", time.perf_counter()
    for _ in range(PAGE - 1):
        cursor = _ask(http, headers, cursor)
    walked = f"walked there in {time.perf_counter() - began:.0f} s"
    yield _compared(at, "GET /leads", lambda: _ask(http, headers, ""), lambda: _ask(http, headers, cursor), more=walked)


def _ask(http: FlaskClient, headers: dict[str, str], cursor: str) -> str:
    answer = http.get(f"/api/v1/leads?limit={ROWS}" + (f"&cursor={cursor}" if cursor else ""), headers=headers)
    shown = answer.get_json()
    if answer.status_code != 200 or len(shown["items"]) != ROWS:
        raise RuntimeError(f"{answer.status_code}: {shown}")
    return str(shown["next_cursor"])


def _in_every_order(at: Place, service: Service, client_id: str) -> Iterator[Line]:
    """The reading alone, without what HTTP adds to both pages alike."""
    with service.reading(actor=SYSTEM, scope=only([client_id])) as reading:
        for name, column in LEADS.sorts.items():
            for order, ordered in (("asc", (column, _L.c.id)), ("desc", (column.desc(), _L.c.id.desc()))):
                there = select(column, _L.c.id).where(_L.c.client_id == client_id).order_by(*ordered)
                last = reading.rows(there.offset((PAGE - 1) * ROWS - 1).limit(1)).one()
                first = Asked(sort=name, order=order, limit=ROWS)  # type: ignore[arg-type]
                far = Asked(sort=name, order=order, limit=ROWS, after=(last[0], last[1]))  # type: ignore[arg-type]
                yield _compared(
                    at,
                    f"reading by {name} {order}",
                    lambda first=first: page(reading, LEADS, first, *LIVE),  # type: ignore[misc]
                    lambda far=far: page(reading, LEADS, far, *LIVE),  # type: ignore[misc]
                )


def _compared(at: Place, what: str, first: Callable[[], Any], far: Callable[[], Any], *, more: str = "") -> Line:
    """Both by turns, so that what disturbs one disturbs the other."""
    for act in (first, far):
        for _ in range(_WARM):
            act()
    turns = [(_ms(first), _ms(far)) for _ in range(TURNS)]
    near, there = (statistics.median(each) for each in zip(*turns, strict=True))
    ratio = statistics.median(later / sooner for sooner, later in turns)
    return Line(at.kind, what, f"{near:6.2f} ms → {there:6.2f} ms  {more}", ratio, bar=RATIO)


def _ms(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
