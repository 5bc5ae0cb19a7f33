"""One thing done with all leads that a filter picks: counted and shown first, done by the token of that preview.

The token says which leads were meant and in which state. When others match by then, or one of them has changed,
nothing is done and the caller looks again. More than `AT_ONCE` leads are the work of a job, which goes in steps by
the leads' ids; what it could not do it names, and goes on.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, func, select

from rapport.kernel.crypto import Keys, same
from rapport.kernel.errors import CONFLICT, RapportError, field_error
from rapport.kernel.listing import Condition, check, chosen
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading, Tx
from rapport.leads import persons, suppression, tagging
from rapport.leads.models import Lead
from rapport.leads.queries import register

AT_ONCE = 500
SAMPLE = 10
GOOD_FOR = timedelta(minutes=15)
_REFUSALS = 100
_PURPOSE = "bulk"
_SIGNATURE = 16
_L = Lead.__table__


@dataclass(frozen=True, slots=True)
class Meant:
    """Which leads of a client were meant, in which state, and what is to be done with them."""

    client_id: str
    conditions: tuple[Condition, ...]
    action: Mapping[str, Any]
    count: int
    newest: datetime | None
    """The last change of any of them."""


@dataclass(slots=True)
class Done:
    """How far it came."""

    done: int = 0
    changed: int = 0
    refused: int = 0
    refusals: list[dict[str, str]] = field(default_factory=list)
    last_id: str = ""

    def shown(self) -> dict[str, Any]:
        return {
            "done": self.done,
            "changed": self.changed,
            "refused": self.refused,
            "refusals": self.refusals,
        }


def conditions_of(given: Mapping[str, str]) -> tuple[Condition, ...]:
    """The filters of a body: `field` or `field.operator` → value."""
    found = []
    for name, value in given.items():
        field_name, _, operator = name.partition(".")
        condition = Condition(field_name, operator or "eq", value)  # type: ignore[arg-type]
        try:
            check(register.LEADS, condition)
        except RapportError as refusal:
            problems = [each for more in dict(refusal.details or {}).values() for each in more]  # type: ignore[call-overload]
            raise RapportError(refusal.code, details={"filter": {name: problems}}) from None
        found.append(condition)
    return tuple(sorted(found, key=repr))


def preview(reading: Reading, client_id: str, given: Mapping[str, str], action: Mapping[str, Any]) -> Meant:
    """What it would be."""
    return _meant(reading, client_id, conditions_of(given), action)


def _meant(reading: Reading, client_id: str, conditions: tuple[Condition, ...], action: Mapping[str, Any]) -> Meant:
    where, values = _where(reading, client_id, conditions)
    row = reading.rows(select(func.count(), func.max(_L.c.updated_at)).where(*where), **values).one()
    return Meant(client_id, conditions, action, row[0], row[1])


def _where(
    reading: Reading, client_id: str, conditions: Sequence[Condition]
) -> tuple[list[ColumnElement[bool]], dict[str, object]]:
    picked, values = chosen(register.LEADS, conditions)
    return [_L.c.client_id == client_id, within(reading.scope, _L.c.client_id), *picked, *register.LIVE], values


def sample(reading: Reading, meant: Meant) -> list[dict[str, Any]]:
    """Some of those who are meant."""
    where, values = _where(reading, meant.client_id, meant.conditions)
    newest = select(*register.COLUMNS).where(*where).order_by(_L.c.created_at.desc(), _L.c.id).limit(SAMPLE)
    rows = reading.rows(newest, **values)
    return register.tagged(reading, [register.dump(row) for row in rows])


def token_of(meant: Meant, keys: Keys, *, expires_at: datetime) -> str:
    """The preview as its reader brings it back."""
    payload = orjson.dumps([_packed(meant), meant.count, meant.newest, expires_at])
    return base64.urlsafe_b64encode(keys.sign(_PURPOSE, payload)[:_SIGNATURE] + payload).decode()


def _packed(meant: Meant) -> dict[str, Any]:
    filters = [[each.field, each.operator, each.value] for each in meant.conditions]
    return {"client_id": meant.client_id, "filter": filters, "action": dict(meant.action)}


def recognised(tx: Tx, token: str, keys: Keys) -> Meant:
    """The leads a token means, if they are still the ones that were shown."""
    try:
        signed = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        raise field_error("token", "Is no token of a preview.") from None
    payload = signed[_SIGNATURE:]
    if not same(signed[:_SIGNATURE], keys.sign(_PURPOSE, payload)[:_SIGNATURE]):
        raise field_error("token", "Is no token of a preview.")
    packed, count, newest, expires_at = orjson.loads(payload)
    if datetime.fromisoformat(expires_at) <= tx.now:
        raise field_error("token", "Is too old: look again.")
    conditions = tuple(Condition(*each) for each in packed["filter"])
    now = _meant(tx, packed["client_id"], conditions, packed["action"])
    then = datetime.fromisoformat(newest) if newest else None
    if not tx.scope.allows(now.client_id) or (now.count, now.newest) != (count, then):
        raise RapportError(CONFLICT, "Other leads match now, or some have changed: look again.")
    return now


def at_once(tx: Tx, meant: Meant) -> Done:
    """Do it in this transaction."""
    done = Done()
    _step(tx, meant.client_id, meant.conditions, meant.action, done, until=tx.now)
    return done


def payload_of(tx: Tx, meant: Meant) -> dict[str, Any]:
    """What a job is told that does it."""
    return {**_packed(meant), "count": meant.count, "until": tx.now.isoformat(), "by": persons.author(tx)}


def go_on(tx: Tx, client_id: str, told: Mapping[str, Any]) -> tuple[Done, bool]:
    """The next step of a job that was told this: how far it came, and whether there may be more.

    Leads that came after it was asked for are not meant.
    """
    done = Done(**told.get("went", {}))
    conditions = tuple(Condition(*each) for each in told["filter"])
    action = {**told["action"], "by": told["by"]}
    more = _step(tx, client_id, conditions, action, done, until=datetime.fromisoformat(told["until"]))
    return done, more


def _step(
    tx: Tx,
    client_id: str,
    conditions: Sequence[Condition],
    action: Mapping[str, Any],
    done: Done,
    *,
    until: datetime,
) -> bool:
    """Do it with the next leads by id; answers whether there may be more."""
    where, values = _where(tx, client_id, conditions)
    onward = (_L.c.id > done.last_id, _L.c.created_at <= until)
    next_ids = select(_L.c.id).where(*where, *onward).order_by(_L.c.id).limit(AT_ONCE)
    ids = list(tx.rows(next_ids, **values).scalars())
    for lead in _locked(tx, ids):
        done.done += 1
        try:
            done.changed += _act(tx, lead, action)
        except RapportError as refusal:
            done.refused += 1
            if len(done.refusals) < _REFUSALS:
                done.refusals.append({"lead_id": lead.id, "code": refusal.code.name})
    if ids:
        done.last_id = ids[-1]
    return len(ids) == AT_ONCE


def _locked(tx: Tx, ids: Sequence[str]) -> Iterable[Lead]:
    statement = select(Lead).where(Lead.id.in_(ids)).order_by(Lead.id).with_for_update(key_share=True)
    return list(tx.session.execute(statement).scalars())


def _act(tx: Tx, lead: Lead, action: Mapping[str, Any]) -> bool:
    """Whether the lead was changed."""
    match action["kind"]:
        case "tag":
            return tagging.tag(tx, lead, action["tags"])
        case "untag":
            return tagging.untag(tx, lead, action["tags"])
        case "suppress":
            by = action.get("by") or persons.author(tx)
            return suppression.add_lead(tx, lead, reason=action.get("reason"), created_by=by)
        case "set_custom_field":
            return persons.change(tx, lead, given={}, custom={action["field"]: action["value"]})
        case "delete":
            persons.remove(tx, lead)
            return True
    raise AssertionError(action["kind"])
