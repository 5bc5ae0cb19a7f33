"""Reading the inbox: conversations, their messages, what is on its way, and what else hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select

from rapport.accounts.facts import senders
from rapport.accounts.models import Account
from rapport.campaigns.models import Campaign
from rapport.conversations.models import Conversation, ConversationCount, Message, Participant
from rapport.conversations.words import Channel, ConversationStatus, MessageKind, Outcome, Temperature
from rapport.events.models import Event
from rapport.inbox.models import CannedReply, ConversationNote, ConversationTag, Queue, Sharing, Taker, Wait
from rapport.inbox.search import SEARCH, SEARCH_ONE_BY_ONE, are_common
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Asked, Field, Listing, Page, page
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.arriving import shown_name
from rapport.leads.models import Lead
from rapport.people.models import Membership, User
from rapport.rules.allowances import allowance
from rapport.rules.direction import Direction
from rapport.rules.failures import fate
from rapport.rules.limits import Budget
from rapport.rules.slots import next_room
from rapport.rules.zones import local_day
from rapport.sending import files
from rapport.sending.models import Action
from rapport.sending.states import Origin, State

_C, _M, _P, _N = (each.__table__ for each in (Conversation, Message, Participant, ConversationCount))
_A, _L, _U, _MEMBER = (each.__table__ for each in (Action, Lead, User, Membership))
_ACCOUNT, _CAMPAIGN = Account.__table__, Campaign.__table__
_T, _NOTE, _CANNED, _Q = (each.__table__ for each in (ConversationTag, ConversationNote, CannedReply, Queue))
_S, _TAKER, _E, _W = (each.__table__ for each in (Sharing, Taker, Event, Wait))
_NAMES = ("first_name", "last_name", "public_identifier", "email", "provider_id")
_HIDDEN = {"leads_before", "marked_unread", "erased_at", "provider_id", "wait_number"}
_COLUMNS = [column for column in _C.c if column.name not in _HIDDEN]
_NOBODY = ""

# Conversations


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
    row = reading.rows(_threads().where(_C.c.id == conversation_id, within(reading.scope, _C.c.client_id))).first()
    if row is None:
        raise RapportError(NOT_FOUND)
    (shown,) = with_tags(reading, [_dump(row)])
    shown["participants"] = participants(reading, conversation_id)
    shown["sending"] = _sending(reading, shown["account_id"])
    shown["outgoing"] = outgoing(reading, conversation_id)
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


# Messages

_MESSAGE = [
    *(_M.c[name] for name in ("id", "conversation_id", "number", "kind", "direction", "author_id", "author_name")),
    *(_M.c[name] for name in ("text", "earlier_texts", "subject", "attachments", "reactions", "at", "recorded_at")),
    *(_M.c[name] for name in ("via", "edited_at", "deleted_at", "seen_at", "delivered_at", "read_at", "action_id")),
    *(_M.c[name] for name in ("is_auto_reply", "is_automatic", "lead_id", "match_rung")),
]


def _messages() -> Select[Any]:
    of_action = {"campaign_id": "campaign_id", "step_key": "step", "variant": "variant", "created_by": "written_by"}
    return select(*_MESSAGE, *(_A.c[name].label(label) for name, label in of_action.items())).outerjoin(
        _A, (_A.c.id == _M.c.action_id) & (_A.c.client_id == _M.c.client_id)
    )


MESSAGES = Listing(
    name="messages",
    columns=_MESSAGE,
    fields={
        "direction": Field(_M.c.direction, "word", tuple(each.value for each in Direction)),
        "kind": Field(_M.c.kind, "word", tuple(each.value for each in MessageKind)),
        "at": Field(_M.c.at, "instant"),
    },
    sorts={"at": _M.c.at},
    default_sort="at",
    owner=_M.c.client_id,
    key=_M.c.id,
    dump=lambda row: dict(row._mapping),
    base=_messages,
)


def messages_of(conversation_id: str) -> ColumnElement[bool]:
    """The condition that picks a conversation's messages."""
    return _M.c.conversation_id == conversation_id


def written_since(
    reading: Reading, conversation_id: str, seen_message_id: str | None, *, me: str | None
) -> list[dict[str, Any]] | None:
    """What others wrote after the message somebody saw last; None when no such message is in the conversation."""
    here = (_M.c.conversation_id == conversation_id, within(reading.scope, _M.c.client_id))
    number = 0
    if seen_message_id is not None:
        found = reading.rows(select(_M.c.number).where(*here, _M.c.id == seen_message_id)).scalar()
        if found is None:
            return None
        number = found
    not_mine = or_(_A.c.created_by.is_(None), _A.c.created_by != me) if me is not None else literal(1) == 1
    statement = _messages().where(*here, _M.c.number > number, not_mine).order_by(_M.c.number).limit(50)
    return [dict(row._mapping) for row in reading.rows(statement)]


def attachment(reading: Reading, message_id: str, attachment_id: str) -> tuple[str, dict[str, Any]]:
    """The channel's id of a message, and what is known of one of its attachments."""
    mine = (_M.c.id == message_id, within(reading.scope, _M.c.client_id))
    row = reading.rows(select(_M.c.external_id, _M.c.attachments).where(*mine)).first()
    for each in row.attachments if row is not None and row.external_id is not None else ():
        if each["id"] is not None and each["id"] == attachment_id:
            return row.external_id, each
    raise RapportError(NOT_FOUND)


# Replies on their way

_REPLY = ("id", "client_id", "conversation_id", "account_id", "state", "due_at", "created_at", "created_by")
_REPLY_TOO = ("claimed_at", "settled_at", "read_at", "code", "detail", "retry_of")


def _replies() -> Select[Any]:
    return select(*(_A.c[name] for name in (*_REPLY, *_REPLY_TOO)), _A.c.body.label("text")).where(
        _A.c.origin == Origin.PERSON.value, _A.c.conversation_id.is_not(None)
    )


def _reply(reading: Reading, row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    needs_a_person = shown["state"] == State.UNCERTAIN.value and shown.pop("read_at") is None
    shown.pop("read_at", None)
    said = fate(shown["state"], shown["code"], needs_a_person=needs_a_person)
    shown["files"] = [each["file_name"] for each in files.shown(reading, shown["id"])]
    shown["cause"] = said.cause if said is not None else None
    shown["what_to_do"] = said.what_to_do if said is not None else None
    shown["operation"] = said.operation if said is not None else None
    shown["may_retry"] = said.may_retry if said is not None else False
    return shown


def outgoing(reading: Reading, conversation_id: str) -> list[dict[str, Any]]:
    """The replies that have not arrived: on their way, uncertain, or failed and not tried again; the newest first."""
    again = _A.alias("again")
    tried_again = exists(select(literal(1)).where(again.c.retry_of == _A.c.id, again.c.client_id == _A.c.client_id))
    statement = (
        _replies()
        .where(_A.c.conversation_id == conversation_id, _A.c.state != State.SENT.value, ~tried_again)
        .where(or_(_A.c.code.is_(None), _A.c.code != "called_off"), within(reading.scope, _A.c.client_id))
        .order_by(_A.c.id.desc())
        .limit(50)
    )
    return [_reply(reading, row) for row in reading.rows(statement).all()]


def reply(reading: Reading, action_id: str) -> dict[str, Any]:
    """One reply, and what became of it."""
    row = reading.rows(_replies().where(_A.c.id == action_id, within(reading.scope, _A.c.client_id))).first()
    if row is None:
        raise RapportError(NOT_FOUND)
    return _reply(reading, row)


def tried_again(reading: Reading, action_id: str) -> str | None:
    """The reply that tries this one again, if there is one."""
    mine = (_A.c.retry_of == action_id, within(reading.scope, _A.c.client_id))
    found: str | None = reading.rows(select(_A.c.id).where(*mine)).scalar()
    return found


# What people put on conversations

NOTES = Listing(
    name="conversation_notes",
    columns=list(_NOTE.c),
    fields={},
    sorts={"created_at": _NOTE.c.created_at},
    default_sort="created_at",
    owner=_NOTE.c.client_id,
    key=_NOTE.c.id,
)


def notes_of(conversation_id: str) -> ColumnElement[bool]:
    """The condition that picks a conversation's notes."""
    return _NOTE.c.conversation_id == conversation_id


def note(reading: Reading, note_id: str) -> dict[str, Any]:
    """One note."""
    return _one(reading, select(_NOTE).where(_NOTE.c.id == note_id, within(reading.scope, _NOTE.c.client_id)))


def tags_of(reading: Reading, conversation_id: str) -> list[str]:
    """The tags of a conversation."""
    mine = (_T.c.conversation_id == conversation_id, within(reading.scope, _T.c.client_id))
    return list(reading.rows(select(_T.c.tag).where(*mine).order_by(_T.c.tag)).scalars())


CANNED = Listing(
    name="canned_replies",
    columns=list(_CANNED.c),
    fields={"client_id": Field(_CANNED.c.client_id, "id"), "name": Field(_CANNED.c.name_key, "text")},
    sorts={"name": _CANNED.c.name_key, "created_at": _CANNED.c.created_at},
    default_sort="name",
    default_order="asc",
    owner=_CANNED.c.client_id,
    key=_CANNED.c.id,
    dump=lambda row: {key: value for key, value in row._mapping.items() if key != "name_key"},
)


def canned(reading: Reading, canned_id: str) -> dict[str, Any]:
    """One canned reply."""
    found = _one(reading, select(_CANNED).where(_CANNED.c.id == canned_id, within(reading.scope, _CANNED.c.client_id)))
    found.pop("name_key")
    return found


# Queues, and who takes what


def queues(reading: Reading, client_id: str | None) -> list[dict[str, Any]]:
    """The queues in reach, or of one client."""
    mine = [_Q.c.client_id == client_id] if client_id is not None else []
    statement = select(_Q).where(*mine, within(reading.scope, _Q.c.client_id)).order_by(_Q.c.name_key, _Q.c.id)
    return [_queue(row) for row in reading.rows(statement)]


def queue(reading: Reading, queue_id: str) -> dict[str, Any]:
    """One queue."""
    row = reading.rows(select(_Q).where(_Q.c.id == queue_id, within(reading.scope, _Q.c.client_id))).first()
    if row is None:
        raise RapportError(NOT_FOUND)
    return _queue(row)


def _queue(row: Any) -> dict[str, Any]:
    return {key: value for key, value in row._mapping.items() if key != "name_key"}


def holds_any(reading: Reading, queue_id: str) -> bool:
    """Whether a conversation is in a queue."""
    mine = (_C.c.queue_id == queue_id, within(reading.scope, _C.c.client_id))
    return reading.rows(select(_C.c.id).where(*mine).limit(1)).first() is not None


def counts(reading: Reading, client_id: str | None) -> list[dict[str, Any]]:
    """How many conversations are where, by client, queue and assignee."""
    mine = [_N.c.client_id == client_id] if client_id is not None else []
    statement = select(_N).where(*mine, within(reading.scope, _N.c.client_id)).order_by(*list(_N.primary_key.columns))
    found = []
    for row in reading.rows(statement):
        shown = dict(row._mapping)
        shown["queue_id"], shown["assignee_id"] = shown["queue_id"] or None, shown["assignee_id"] or None
        if any(shown[name] for name in NUMBERS):
            found.append(shown)
    return found


NUMBERS = ("open", "snoozed", "closed", "unread", "waiting")


def member_name(reading: Reading, client_id: str, user_id: str) -> str | None:
    """The name of somebody who may work for a client: an agent who is its member, or an admin."""
    is_member = exists(
        select(literal(1)).where(
            _MEMBER.c.user_id == _U.c.id, _MEMBER.c.client_id == client_id, within(reading.scope, _MEMBER.c.client_id)
        )
    )
    may = or_(_U.c.role == "admin", (_U.c.role == "agent") & is_member)
    found: str | None = reading.rows(select(_U.c.name).where(_U.c.id == user_id, _U.c.active.is_(True), may)).scalar()
    return found


def assigned_to(reading: Reading, user_id: str, *, client_id: str | None = None) -> list[str]:
    """The conversations that somebody has, of one client or of all in reach."""
    mine = [_C.c.client_id == client_id] if client_id is not None else []
    statement = select(_C.c.id).where(_C.c.assignee_id == user_id, *mine, within(reading.scope, _C.c.client_id))
    return list(reading.rows(statement.order_by(_C.c.client_id, _C.c.id)).scalars())


def _one(reading: Reading, statement: Select[Any]) -> dict[str, Any]:
    row = reading.rows(statement).first()
    if row is None:
        raise RapportError(NOT_FOUND)
    return dict(row._mapping)


def sharing(reading: Reading, client_id: str) -> dict[str, Any]:
    """How a client's conversations are shared out; the defaults where nobody said anything."""
    row = reading.rows(select(_S).where(_S.c.client_id == client_id, within(reading.scope, _S.c.client_id))).first()
    statement = (
        select(_TAKER.c.user_id, _U.c.name, _TAKER.c.capacity, _TAKER.c.is_away)
        .join(_U, _U.c.id == _TAKER.c.user_id)
        .where(_TAKER.c.client_id == client_id, within(reading.scope, _TAKER.c.client_id))
        .order_by(_U.c.name, _U.c.id)
    )
    busy = open_by_assignee(reading, client_id)
    takers = [{**each._mapping, "open": busy.get(each.user_id, 0)} for each in reading.rows(statement)]
    found = {"in_turn": row.in_turn, "capacity": row.capacity} if row is not None else {}
    return {"client_id": client_id, "in_turn": False, "capacity": 30} | found | {"takers": takers}


def open_by_assignee(reading: Reading, client_id: str) -> dict[str, int]:
    """How many open conversations of a client each person has."""
    statement = (
        select(_N.c.assignee_id, func.sum(_N.c.open))
        .where(_N.c.client_id == client_id, _N.c.assignee_id != _NOBODY, within(reading.scope, _N.c.client_id))
        .group_by(_N.c.assignee_id)
    )
    return {row[0]: int(row[1]) for row in reading.rows(statement)}


def unclaimed(reading: Reading, client_id: str, *, limit: int) -> list[str]:
    """The open conversations of a client in which somebody waits and that are nobody's, the longest waiting first."""
    statement = (
        select(_C.c.id)
        .where(
            _C.c.client_id == client_id,
            _C.c.assignee_id.is_(None),
            _C.c.waiting_since.is_not(None),
            _C.c.status == ConversationStatus.OPEN.value,
            within(reading.scope, _C.c.client_id),
        )
        .order_by(_C.c.waiting_since, _C.c.id)
        .limit(limit)
    )
    return list(reading.rows(statement).scalars())


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
