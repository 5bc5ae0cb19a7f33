"""Two leads that are one person become one, and two again when that was a mistake.

The one that is kept gets the identities, tags, notes and ties of the other; field by field the heavier word holds
(`rules/merging.py`). The other's row stays, empty-handed, and names whom it became: asked for, it answers
`LEAD_MERGED` with the kept lead's id. What rooms above know of the other (enrollments, conversations) they move when
they hear `lead.merged` and give back at `lead.unmerged`; a merge is never refused because of them. Two open
enrollments of one person are theirs to settle (`enrollments/joining.py`): before the merge both ran, so nothing becomes
worse until they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.kernel import locks
from rapport.kernel.errors import LEADS_NOT_MERGEABLE, MERGE_NOT_UNDOABLE, RapportError
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads import events, persons
from rapport.leads.models import Lead, LeadIdentity, LeadMerge, LeadNote, LeadTag, Relation
from rapport.rules import identity
from rapport.rules.lead_fields import LONGEST
from rapport.rules.merging import Facts, Tie, earliest, joined, latest, tied

_I, _T, _N, _R = (each.__table__ for each in (LeadIdentity, LeadTag, LeadNote, Relation))
_OPTIONS = {SCOPED: True}
_COLUMNS = (*LONGEST, *identity.ORDER)
_CUSTOM = "custom."
_INSTANTS = {"email_at": earliest, "open_inmail_at": earliest, "replied_at": latest}
_TIES = ("state", "invited_at", "connected_at", "withdrawn_at", "invitation_id")


def merge(tx: Tx, kept_id: str, other_id: str) -> Lead:
    """Let the other become the kept one."""
    kept, other = _both(tx, kept_id, other_id)
    if kept is other:
        raise RapportError(LEADS_NOT_MERGEABLE, "A lead cannot be merged into itself.")
    if kept.client_id != other.client_id:
        raise RapportError(LEADS_NOT_MERGEABLE, "The leads belong to different clients.")
    merged_name = persons.shown_name(other)
    before = _snapshot(tx, kept)
    given = _snapshot(tx, other)
    for name, choose in _INSTANTS.items():
        setattr(kept, name, choose(getattr(kept, name), getattr(other, name)))
    _state(kept, joined(facts_of(kept), facts_of(other)))
    kept.account_id = kept.account_id or other.account_id
    _move(tx, other, kept)
    _tie(tx, kept, other, before["ties"], given["ties"])
    kept.updated_at = other.updated_at = tx.now
    other.merged_into_id = kept.id
    made = LeadMerge(
        id=tx.new_id(),
        client_id=kept.client_id,
        kept_id=kept.id,
        merged_id=other.id,
        before={"kept": before, "merged": given, "after": _snapshot(tx, kept)},
        merged_at=tx.now,
    )
    tx.session.add(made)
    persons.tell(tx, events.MERGED, kept, merged=merged_name, merged_id=other.id, merge_id=made.id)
    return kept


def _both(tx: Tx, one_id: str, other_id: str) -> tuple[Lead, Lead]:
    """Both leads, locked in the order of their ids, after the turn in which persons arrive."""
    wanted = Lead.id.in_([one_id, other_id])
    for client_id in sorted(set(tx.session.execute(select(Lead.client_id).where(wanted)).scalars())):
        locks.take(tx, "leads", client_id)
    rows = tx.session.execute(select(Lead).where(wanted).order_by(Lead.id).with_for_update(key_share=True)).scalars()
    found = {lead.id: lead for lead in rows}
    return persons.alive(tx, found.get(one_id)), persons.alive(tx, found.get(other_id))


def facts_of(lead: Lead) -> dict[str, tuple[str, str | None]]:
    """What is known of a lead, each with who said it."""
    values = {name: getattr(lead, name) for name in _COLUMNS}
    values |= {f"{_CUSTOM}{name}": value for name, value in lead.custom.items()}
    return {name: (value, lead.field_sources.get(name)) for name, value in values.items() if value is not None}


def _state(lead: Lead, facts: Facts) -> None:
    """Let a lead be known as these facts say."""
    for name in _COLUMNS:
        setattr(lead, name, facts[name][0] if name in facts else None)
    custom = {name: each for name, each in facts.items() if name.startswith(_CUSTOM)}
    lead.custom = {name.removeprefix(_CUSTOM): value for name, (value, _) in custom.items()}
    lead.field_sources = {name: note for name, (_, note) in facts.items() if note is not None}
    lead.email_domain = identity.email_domain(lead.email) if lead.email else None
    persons.derive(lead)


def _snapshot(tx: Tx, lead: Lead) -> dict[str, Any]:
    """All that a merge changes of a lead, as it can be kept."""
    tx.session.flush()  # what hangs on the lead is read by statements on bare tables
    return {
        "facts": {name: list(fact) for name, fact in facts_of(lead).items()},
        "instants": {name: _text(getattr(lead, name)) for name in _INSTANTS},
        "account_id": lead.account_id,
        "identities": [list(row) for row in tx.rows(select(_I.c.kind, _I.c.value).where(*_of(_I, lead)))],
        "tags": sorted(tx.rows(select(_T.c.tag).where(*_of(_T, lead))).scalars()),
        "notes": sorted(tx.rows(select(_N.c.id).where(*_of(_N, lead))).scalars()),
        "ties": {
            row.account_id: _kept_tie(Tie(*(getattr(row, name) for name in _TIES)))
            for row in tx.rows(select(_R).where(*_of(_R, lead)))
        },
    }


def _of(table: Any, lead: Lead) -> tuple[Any, ...]:
    """The conditions that pick what hangs on a lead."""
    return (table.c.lead_id == lead.id, table.c.client_id == lead.client_id)


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value is not None else None


def _move(tx: Tx, source: Lead, target: Lead) -> None:
    """Give identities, tags and notes from one lead to another."""
    session = tx.session
    session.execute(update(_I).where(*_of(_I, source)).values(lead_id=target.id), execution_options=_OPTIONS)
    session.execute(update(_N).where(*_of(_N, source)).values(lead_id=target.id), execution_options=_OPTIONS)
    make = postgresql_insert if session.connection().dialect.name == "postgresql" else sqlite_insert
    tags = [dict(row._mapping) | {"lead_id": target.id} for row in tx.rows(select(_T).where(*_of(_T, source)))]
    if tags:
        session.execute(make(_T).on_conflict_do_nothing(), tags, execution_options=_OPTIONS)
        session.execute(delete(_T).where(*_of(_T, source)), execution_options=_OPTIONS)


def _tie(tx: Tx, kept: Lead, other: Lead, one: Mapping[str, Any], two: Mapping[str, Any]) -> None:
    """Let a person stand to each account as both leads did."""
    ties = dict(one)
    for account_id, tie in two.items():
        ties[account_id] = _kept_tie(tied(_read_tie(ties[account_id]), _read_tie(tie))) if account_id in ties else tie
    _write_ties(tx, other, {})
    _write_ties(tx, kept, ties)


def _read_tie(kept: list[Any]) -> Tie:
    state, invited_at, connected_at, withdrawn_at, invitation_id = kept
    return Tie(state, _instant(invited_at), _instant(connected_at), _instant(withdrawn_at), invitation_id)


def _kept_tie(tie: Tie) -> list[Any]:
    return [_text(getattr(tie, name)) for name in _TIES]


def _write_ties(tx: Tx, lead: Lead, ties: Mapping[str, list[Any]]) -> None:
    """Let these be all the ties of a lead."""
    tx.session.execute(delete(_R).where(*_of(_R, lead)), execution_options=_OPTIONS)
    rows = []
    for account_id, kept in ties.items():
        tie = _read_tie(kept)
        mine = {"account_id": account_id, "lead_id": lead.id, "client_id": lead.client_id}
        rows.append(mine | {name: getattr(tie, name) for name in _TIES})
    if rows:
        tx.session.execute(insert(_R), rows, execution_options=_OPTIONS)


def unmerge(tx: Tx, kept_id: str) -> str:
    """Undo the last merge into a lead; answers who is somebody of their own again.

    What was said since then stays with the kept lead. Where that leaves no way back (an identity is gone, a tie to
    an account has changed, one of the two would have no identity), the merge stands and nothing is changed.
    """
    kept = persons.get(tx, kept_id, in_turn=True)
    made = tx.session.execute(
        select(LeadMerge)
        .where(LeadMerge.kept_id == kept_id, LeadMerge.undone_at.is_(None))
        .order_by(LeadMerge.merged_at.desc(), LeadMerge.id.desc())
        .limit(1)
    ).scalar()
    if made is None:
        raise _stands("Nobody was merged into this lead.")
    other = tx.session.execute(
        select(Lead).where(Lead.id == made.merged_id).with_for_update(key_share=True)
    ).scalar_one()
    before, given, after = (made.before[name] for name in ("kept", "merged", "after"))
    now = _snapshot(tx, kept)
    _check_way_back(given, after, now)
    _part(tx, kept, other, before, given)
    _restore(kept, before, after)
    own = {each: tie for each, tie in before["ties"].items() if each in given["ties"]}
    _write_ties(tx, kept, {each: tie for each, tie in now["ties"].items() if each not in given["ties"]} | own)
    _write_ties(tx, other, given["ties"])
    _show_own(tx, kept)
    kept.updated_at = other.updated_at = made.undone_at = tx.now
    other.merged_into_id = None
    names = {"merged": persons.shown_name(other), "merged_id": other.id, "merge_id": made.id}
    persons.tell(tx, events.UNMERGED, kept, **names)
    return other.id


def _stands(why: str) -> RapportError:
    return RapportError(MERGE_NOT_UNDOABLE, details={"why": [why]})


def _check_way_back(given: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    lost = [row for row in given["identities"] if row not in now["identities"]]
    if lost:
        raise _stands(f"The {lost[0][0]} that came with the merged lead is not the kept lead's any more.")
    if len(now["identities"]) == len(given["identities"]):
        raise _stands("Nothing would identify the kept lead.")
    if any(after["ties"].get(account_id) != now["ties"].get(account_id) for account_id in given["ties"]):
        raise _stands("How the person stands to an account has changed since.")


def _part(tx: Tx, kept: Lead, other: Lead, before: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Give back the identities, tags and notes that came with the merged lead."""
    session = tx.session
    for kind, value in given["identities"]:
        mine = (_I.c.client_id == kept.client_id, _I.c.kind == kind, _I.c.value == value)
        session.execute(update(_I).where(*mine).values(lead_id=other.id), execution_options=_OPTIONS)
    session.execute(
        update(_N).where(_N.c.id.in_(given["notes"]), *_of(_N, kept)).values(lead_id=other.id),
        execution_options=_OPTIONS,
    )
    brought = [tag for tag in given["tags"] if tag not in before["tags"]]
    session.execute(delete(_T).where(*_of(_T, kept), _T.c.tag.in_(brought)), execution_options=_OPTIONS)
    tags = [
        {"lead_id": other.id, "tag": tag, "client_id": other.client_id, "tagged_at": tx.now} for tag in given["tags"]
    ]
    if tags:
        session.execute(insert(_T), tags, execution_options=_OPTIONS)


def _restore(kept: Lead, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Take back what the merge said of the kept lead, where nobody has said anything else since."""
    facts: dict[str, tuple[str, str | None]] = facts_of(kept)
    for name in {*before["facts"], *after["facts"]}:
        if list(facts.get(name, ())) == list(after["facts"].get(name, ())):
            if name in before["facts"]:
                value, note = before["facts"][name]
                facts[name] = (value, note)
            else:
                facts.pop(name, None)
    _state(kept, facts)
    for name in _INSTANTS:
        if _text(getattr(kept, name)) == after["instants"][name]:
            setattr(kept, name, _instant(before["instants"][name]))
    if kept.account_id == after["account_id"]:
        kept.account_id = before["account_id"]


def _show_own(tx: Tx, kept: Lead) -> None:
    """Show of each kind an identity that the lead has."""
    own: dict[str, list[str]] = {}
    rows = tx.rows(select(_I.c.kind, _I.c.value).where(*_of(_I, kept)).order_by(_I.c.value))
    for row in rows:
        own.setdefault(row.kind, []).append(row.value)
    for kind in identity.ORDER:
        if getattr(kept, kind) not in own.get(kind, [None]):
            persons.show(kept, kind, next(iter(own.get(kind, ())), None), at=tx.now)
