"""How people stand to our accounts, as it is learned: a relation is seen, an acceptance shows, an invitation is gone.

An acceptance is learned from whatever shows it first: the webhook, the list of connections, a pending invitation that
is no longer listed, or a word of the person. The others then change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.accounts.queries import Listening, listening
from rapport.conversations.told import Match
from rapport.enrollments.placing import place
from rapport.enrollments.queries import of_lead
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Tx
from rapport.leads import knowing
from rapport.leads import relating as ties
from rapport.leads.facts import leads, standings
from rapport.leads.naming import shown_name
from rapport.leads.queries.known import ids_of
from rapport.leads.queries.register import client_of
from rapport.replies import events, who_wrote
from rapport.replies.models import RelationSeen
from rapport.replies.names import Ids
from rapport.replies.who_wrote import Clues
from rapport.rules import identity
from rapport.rules.outcomes import Accepted, Invited, Outcome, Withdrawn
from rapport.sending import queries

_S = RelationSeen.__table__
_KEPT = (identity.PROVIDER_ID, identity.MEMBER_ID, identity.PUBLIC_IDENTIFIER)


def seen(
    tx: Tx,
    account: Listening,
    ids: Ids,
    *,
    name: str | None,
    at: datetime,
    learned: str,
    profile: Ids | None = None,
) -> str | None:
    """Take over that somebody is connected with an account; answers the lead they are, if any.

    `profile` is what their profile says, once it was read.
    """
    match = who_wrote.recognise(tx, Clues(account.client_id, sender=ids, profile=profile or {}))
    if match.lead_id is not None:
        knowing.learn(tx, match.lead_id, {**(profile or {}), **ids})
        accept(tx, account, match.lead_id, at=at, learned=learned)
    _keep(tx, account, {**(profile or {}), **ids}, name, at, match, resolved=profile is not None)
    return match.lead_id


def _keep(
    tx: Tx, account: Listening, ids: Ids, name: str | None, at: datetime, match: Match, *, resolved: bool
) -> None:
    key = key_of(ids)
    if key is None:
        return
    row = {
        "account_id": account.id,
        "key": key,
        "client_id": account.client_id,
        **{kind: ids.get(kind) for kind in _KEPT},
        "name": name[:250] if name else None,
        "connected_at": at,
        "lead_id": match.lead_id,
        "tried": {rung: shown["lead_id"] is not None for rung, shown in match.evidence.items()},
        "resolved_at": tx.now if resolved else None,
        "seen_at": tx.now,
    }
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    statement = make(_S)
    excluded, known = statement.excluded, _S.c
    kept = ("provider_id", "member_id", "public_identifier", "name", "resolved_at", "lead_id")
    changes = {each: func.coalesce(excluded[each], known[each]) for each in kept}
    statement = statement.on_conflict_do_update(
        index_elements=["account_id", "key"], set_={**changes, "tried": excluded.tried}
    )
    tx.session.execute(statement, [row], execution_options={SCOPED: True})
    tx.touch(account.client_id)


def known_among(tx: Tx, account: Listening, keys: Sequence[str]) -> dict[str, Ids | None]:
    """The connections that were seen before, by key: by which ids, of those whose lead is known to be connected, for
    of them no reading can bring anything new; None of the others.
    """
    statement = select(_S).where(_S.c.account_id == account.id, _S.c.key.in_(keys), within(tx.scope, _S.c.client_id))
    rows = tx.rows(statement).all() if keys else []
    stand = standings(tx, [(account.id, row.lead_id) for row in rows if row.lead_id is not None])

    def is_settled(row: Any) -> bool:
        standing = stand.get((account.id, row.lead_id))
        return standing is not None and standing.connected_at is not None

    return {
        row.key: {kind: row._mapping[kind] for kind in _KEPT if row._mapping[kind]} if is_settled(row) else None
        for row in rows
    }


def key_of(ids: Ids) -> str | None:
    """By which id a relation is kept: the member id stays where the provider says more one day than another."""
    order = (identity.MEMBER_ID, identity.PROVIDER_ID, identity.PUBLIC_IDENTIFIER)
    return next((ids[kind] for kind in order if kind in ids), None)


def accept(tx: Tx, account: Listening, lead_id: str, *, at: datetime, learned: str) -> bool:
    """A lead is connected with an account; answers whether that is news."""
    standing = standings(tx, [(account.id, lead_id)]).get((account.id, lead_id))
    if standing is not None and standing.connected_at is not None:
        return False
    _place(tx, account, lead_id, Accepted(at))
    ties.connected(tx, account.client_id, account.id, [(lead_id, at)])
    key = standing.invited_at.isoformat() if standing is not None and standing.invited_at is not None else "unasked"
    step = queries.accepted_by(tx, lead_id, account.id)
    if step is not None and standing is not None and (standing.withdrawn_at or step["claimed_at"]) > step["claimed_at"]:
        step = None  # that invitation was taken back: what connected them is not the campaign's
    tx.emit(
        events.ACCEPTED,
        client_id=account.client_id,
        data={
            "lead": _name(tx, lead_id),
            "sender": account.name,
            "learned": learned,
            "answers": queries.about_the_step(step),
        },
        dedupe_key=f"accepted:{account.id}:{lead_id}:{key}",
        occurred_at=at,
        lead_id=lead_id,
        account_id=account.id,
        campaign_id=step["campaign_id"] if step is not None else None,
        enrollment_id=step["enrollment_id"] if step is not None else None,
    )
    return True


def wrote(tx: Tx, account: Listening, lead_id: str, *, at: datetime) -> None:
    """A person wrote in an ordinary chat: who had a pending invitation has accepted it."""
    standing = standings(tx, [(account.id, lead_id)]).get((account.id, lead_id))
    if standing is not None and standing.invited_at is not None and standing.invited_at <= at:
        accept(tx, account, lead_id, at=at, learned="message")


def withdrew(tx: Tx, account: Listening, lead_id: str, *, at: datetime) -> None:
    """A pending invitation is neither listed nor accepted: it was withdrawn, or declined."""
    _place(tx, account, lead_id, Withdrawn(at))
    ties.withdrawn(tx, account.client_id, account.id, lead_id, at=at)
    _tell(tx, events.WITHDRAWN, account, lead_id)


def invited(tx: Tx, account: Listening, lead_id: str, *, at: datetime, invitation_id: str | None) -> None:
    """An invitation is pending that was not known, or was sent anew."""
    _place(tx, account, lead_id, Invited(at))
    ties.invited(tx, account.client_id, account.id, lead_id, at=at, invitation_id=invitation_id)
    _tell(tx, events.INVITED, account, lead_id)


def _place(tx: Tx, account: Listening, lead_id: str, outcome: Outcome) -> None:
    theirs = [each.id for each in of_lead(tx, lead_id) if each.account_id == account.id and each.ended_at is None]
    place(tx, theirs, happened=lambda _: outcome)


def _tell(tx: Tx, event_type: str, account: Listening, lead_id: str) -> None:
    data = {"lead": _name(tx, lead_id), "sender": account.name}
    tx.emit(event_type, client_id=account.client_id, data=data, lead_id=lead_id, account_id=account.id)


def _name(tx: Tx, lead_id: str) -> str:
    return shown_name(leads(tx, [lead_id])[lead_id].row)


def known_now(tx: Tx, lead_id: str) -> int:
    """A lead is new, or has an id more: know the connections that are they; answers how many accounts that concerns."""
    ids = ids_of(tx, [lead_id]).get(lead_id, [])
    same = [_S.c[kind] == value for kind, value in ids if kind in _S.c]
    if not same:
        return 0
    statement = select(_S).where(or_(*same), _S.c.lead_id.is_(None), within(tx.scope, _S.c.client_id))
    accounts = {each.id: each for each in listening(tx)}
    found = 0
    for row in tx.rows(statement).all():
        account = accounts.get(row.account_id)
        if account is not None and account.client_id == client_of(tx, lead_id):
            mine = {kind: row._mapping[kind] for kind in identity.ORDER if row._mapping.get(kind)}
            found += seen(tx, account, mine, name=None, at=row.connected_at or tx.now, learned="sync") is not None
    return found
