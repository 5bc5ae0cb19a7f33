"""Reading conversations: a page of them, one with all that its screen shows, and those whose time has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select

from rapport.accounts.facts import senders
from rapport.accounts.models import Account
from rapport.campaigns.models import Campaign
from rapport.conversations.models import Conversation, Message, Participant
from rapport.conversations.words import Channel, ConversationStatus, Outcome, Temperature
from rapport.events.models import Event
from rapport.inbox.models import ConversationTag, Queue, Wait
from rapport.inbox.queries import replies
from rapport.inbox.queries.reach import unreachable
from rapport.inbox.search import SEARCH, SEARCH_ONE_BY_ONE, are_common
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Asked, Field, Listing, Page, page
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.arriving import shown_name
from rapport.leads.models import Lead
from rapport.people.models import User
from rapport.rules.allowances import allowance
from rapport.rules.limits import Budget
from rapport.rules.reply_windows import reply_until
from rapport.rules.slots import next_room
from rapport.rules.zones import local_day
from rapport.sending.models import Action
from rapport.sending.states import State

_C, _M, _P = (each.__table__ for each in (Conversation, Message, Participant))
_A, _L, _U, _E = (each.__table__ for each in (Action, Lead, User, Event))
_T, _Q, _W = (each.__table__ for each in (ConversationTag, Queue, Wait))
_ACCOUNT, _CAMPAIGN = Account.__table__, Campaign.__table__
_NAMES = ("first_name", "last_name", "public_identifier", "email", "provider_id")
_HIDDEN = {"leads_before", "marked_unread", "erased_at", "provider_id", "wait_number"}
_COLUMNS = [column for column in _C.c if column.name not in _HIDDEN]


def _threads() -> Select[Any]:
    return (
        select(
            *_COLUMNS,
            *(_L.c[name].label(f"lead_{name}") for name in _NAMES),
            _ACCOUNT.c.name.label("account"),
            _CAMPAIGN.c.name.label("campaign"),
            _U.c.name.label("assignee"),
            _Q.c.name.label("queue"),
            *(_W.c[name].label(f"sla_{name}") for name in ("due_at", "warned_at", "breached_at")),
        )
        .outerjoin(_L, (_L.c.id == _C.c.lead_id) & (_L.c.client_id == _C.c.client_id))
        .outerjoin(_ACCOUNT, (_ACCOUNT.c.id == _C.c.account_id) & (_ACCOUNT.c.client_id == _C.c.client_id))
        .outerjoin(_CAMPAIGN, (_CAMPAIGN.c.id == _C.c.campaign_id) & (_CAMPAIGN.c.client_id == _C.c.client_id))
        .outerjoin(_U, _U.c.id == _C.c.assignee_id)
        .outerjoin(_Q, (_Q.c.id == _C.c.queue_id) & (_Q.c.client_id == _C.c.client_id))
        .outerjoin(
            _W,
            (_W.c.conversation_id == _C.c.id)
            & (_W.c.client_id == _C.c.client_id)
            & (_W.c.number == _C.c.wait_number)
            & _C.c.waiting_since.is_not(None),
        )
    )


def _dump(row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    names = {name: shown.pop(f"lead_{name}") for name in _NAMES}
    shown["lead"] = shown_name(names) if shown["lead_id"] is not None else None
    return shown


def tagged(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a conversation has a tag of which this holds."""
    mine = (_T.c.conversation_id == _C.c.id, _T.c.client_id == _C.c.client_id)
    return exists(select(literal(1)).where(*mine, condition).correlate(_C))


CONVERSATIONS = Listing(
    name="conversations",
    columns=_COLUMNS,
    fields={
        "client_id": Field(_C.c.client_id, "id"),
        "status": Field(_C.c.status, "word", tuple(each.value for each in ConversationStatus)),
        "assignee_id": Field(_C.c.assignee_id, "id"),
        "queue_id": Field(_C.c.queue_id, "id"),
        "channel": Field(_C.c.channel, "word", tuple(each.value for each in Channel)),
        "campaign_id": Field(_C.c.campaign_id, "id"),
        "account_id": Field(_C.c.account_id, "id"),
        "lead_id": Field(_C.c.lead_id, "id"),
        "temperature": Field(
            func.coalesce(_C.c.temperature, "unscored"), "word", (*(each.value for each in Temperature), "unscored")
        ),
        "outcome": Field(func.coalesce(_C.c.outcome, "none"), "word", (*(each.value for each in Outcome), "none")),
        "tag": Field(_T.c.tag, "member", through=tagged),
        "unread": Field(_C.c.unread_count > 0, "flag"),
        "waiting": Field(_C.c.waiting_since.is_not(None), "flag"),
        "is_group": Field(_C.c.is_group, "flag"),
        "q": Field(SEARCH, "search"),
        "last_message_at": Field(_C.c.last_message_at, "instant"),
        "created_at": Field(_C.c.created_at, "instant"),
    },
    sorts={"last_message_at": _C.c.last_message_at},
    default_sort="last_message_at",
    owner=_C.c.client_id,
    key=_C.c.id,
    dump=_dump,
    base=_threads,
)

THROUGH_THE_LIST = replace(CONVERSATIONS, fields={**CONVERSATIONS.fields, "q": Field(SEARCH_ONE_BY_ONE, "search")})


def listed(reading: Reading, asked: Asked) -> Page:
    """One page of the conversations."""
    sought = [each.value for each in asked.conditions if each.field == "q"]
    common = bool(sought) and all(are_common(reading, each) for each in sought)
    found = page(reading, THROUGH_THE_LIST if common else CONVERSATIONS, asked)
    with_tags(reading, found.items)
    return found


def with_tags(reading: Reading, conversations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The conversations of a page with their tags and their newest message: one statement for all of each."""
    ids = [each["id"] for each in conversations]
    tags: dict[str, list[str]] = {each: [] for each in ids}
    newest: dict[str, dict[str, Any]] = {}
    if ids:
        mine = (_T.c.conversation_id.in_(ids), within(reading.scope, _T.c.client_id))
        for row in reading.rows(select(_T.c.conversation_id, _T.c.tag).where(*mine).order_by(_T.c.tag)):
            tags[row.conversation_id].append(row.tag)
        for row in reading.rows(_newest(reading, ids)):
            newest.setdefault(row.conversation_id, {"text": row.text, "direction": row.direction, "at": row.at})
    for each in conversations:
        each["tags"], each["newest"] = tags[each["id"]], newest.get(each["id"])
    return conversations


def _newest(reading: Reading, ids: Sequence[str]) -> Select[Any]:
    """The last words of each thread. Each is found by its instant, so that no thread is read as a whole."""
    return (
        select(_M.c.conversation_id, func.substr(_M.c.text, 1, 200).label("text"), _M.c.direction, _M.c.at)
        .join(_C, (_C.c.id == _M.c.conversation_id) & (_C.c.client_id == _M.c.client_id))
        .where(_C.c.id.in_(ids), _M.c.at == _C.c.last_message_at, within(reading.scope, _M.c.client_id))
        .order_by(_M.c.conversation_id, _M.c.id.desc())
    )


def seen(reading: Reading, conversation_id: str) -> dict[str, Any]:
    """One conversation with all that its screen shows beside the messages."""
    row = reading.one(_threads().where(_C.c.id == conversation_id, within(reading.scope, _C.c.client_id)))
    (shown,) = with_tags(reading, [_dump(row)])
    shown["participants"] = participants(reading, conversation_id)
    shown["sending"] = _sending(reading, shown["account_id"])
    shown["not_answerable"] = unreachable(reading, row)
    shown["reply_until"] = reply_until(shown["channel"], shown["last_inbound_at"])
    shown["outgoing"] = replies.outgoing(reading, conversation_id)
    return shown


def require(reading: Reading, conversation_id: str) -> None:
    """Refuse the id of a conversation that is nobody's in reach."""
    mine = (_C.c.id == conversation_id, within(reading.scope, _C.c.client_id))
    if reading.rows(select(_C.c.id).where(*mine)).first() is None:
        raise RapportError(NOT_FOUND)


def participants(reading: Reading, conversation_id: str) -> list[dict[str, Any]]:
    """Who is in a conversation, ourselves last."""
    names = ("external_id", "name", "profile_url", "is_self")
    statement = (
        select(*(_P.c[name] for name in names))
        .where(_P.c.conversation_id == conversation_id, within(reading.scope, _P.c.client_id))
        .order_by(_P.c.is_self, _P.c.name, _P.c.external_id)
    )
    return [dict(row._mapping) for row in reading.rows(statement)]


def _sending(reading: Reading, account_id: str | None) -> dict[str, Any] | None:
    """What the account may still write today, and when the next message may go."""
    facts = senders(reading, [account_id], pending={}).get(account_id) if account_id is not None else None
    if facts is None:
        return None
    today = local_day(reading.now, facts.zone)
    limit, used = allowance(facts, Budget.MESSAGES, on=today), facts.usage.used(Budget.MESSAGES, on=today)
    slot = next_room(facts, Budget.MESSAGES, reading.now)
    ready = (_A.c.account_id == account_id, _A.c.state == State.READY.value, within(reading.scope, _A.c.client_id))
    ahead = reading.rows(select(func.count()).select_from(_A).where(*ready)).scalar_one()
    return {
        "account_id": facts.id,
        "account": facts.name,
        "limit": limit,
        "used": used,
        "remaining": max(0, limit - used - ahead),
        "ahead": ahead,
        "next_at": slot.at,
        "reason": slot.reason.value if slot.reason is not None else None,
        "sentence": slot.sentence,
    }


def due_to_open(reading: Reading, *, limit: int) -> list[str]:
    """The snoozed conversations whose time has come, client by client, in which order their turns are taken."""
    statement = (
        select(_C.c.client_id, _C.c.id)
        .where(_C.c.snoozed_until <= reading.now, within(reading.scope, _C.c.client_id))
        .order_by(_C.c.snoozed_until, _C.c.id)
        .limit(limit)
    )
    return [row.id for row in sorted(reading.rows(statement), key=tuple)]


def of_leads(reading: Reading, lead_ids: Sequence[str]) -> list[str]:
    """The conversations with some leads."""
    mine = (_C.c.lead_id.in_(list(lead_ids)), within(reading.scope, _C.c.client_id))
    return list(reading.rows(select(_C.c.id).where(*mine).order_by(_C.c.id)).scalars())


def about(conversation_id: str) -> ColumnElement[bool]:
    """The condition that picks the events of a conversation."""
    return _E.c.conversation_id == conversation_id


def next_to_open(reading: Reading) -> datetime | None:
    """When the next snoozed conversation opens."""
    mine = (_C.c.snoozed_until.is_not(None), within(reading.scope, _C.c.client_id))
    statement = select(_C.c.snoozed_until).where(*mine).order_by(_C.c.snoozed_until).limit(1)
    return reading.rows(statement).scalar()
