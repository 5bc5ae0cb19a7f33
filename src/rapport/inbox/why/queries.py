"""Why a conversation is here: the campaign, step and exact text that the person answered, and what stopped since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from rapport.accounts.models import Account
from rapport.campaigns.models import Campaign
from rapport.conversations.models import Conversation, Message
from rapport.enrollments.events import STATUS_CHANGED
from rapport.enrollments.models import Enrollment
from rapport.events.models import Event
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.replies.events import REPLIED
from rapport.rules.direction import Direction
from rapport.rules.reasons import Reason, sentence
from rapport.rules.statuses import EnrollmentStatus
from rapport.sending.models import Action
from rapport.sending.states import State

_C, _M, _E, _A = (each.__table__ for each in (Conversation, Message, Event, Action))
_ENROLLMENT, _CAMPAIGN, _ACCOUNT = Enrollment.__table__, Campaign.__table__, Account.__table__
_ENDS = (EnrollmentStatus.RESPONDED.value, EnrollmentStatus.STOPPED.value)
_CALLED_OFF_BY = ("replied", "out_of_office")
_OF_CAMPAIGN = (_CAMPAIGN.c.id == _ENROLLMENT.c.campaign_id) & (_CAMPAIGN.c.client_id == _ENROLLMENT.c.client_id)
Row = Mapping[str, Any]


def explained(reading: Reading, conversation_id: str) -> dict[str, Any]:
    """What brought a conversation into the inbox, and what follows from it."""
    mine = (_C.c.id == conversation_id, within(reading.scope, _C.c.client_id))
    thread = reading.one(select(_C.c.lead_id, _C.c.waiting_since).where(*mine))
    reply = _reply(reading, conversation_id)
    provoked = _sent_by(reading, reply) if reply is not None else None
    if provoked is None:
        provoked = _written_before(reading, conversation_id, reply["occurred_at"] if reply is not None else None)
    return {
        "conversation_id": conversation_id,
        "replied_at": reply["occurred_at"] if reply is not None else None,
        "message_id": reply["data"].get("message_id") if reply is not None else None,
        "campaign_id": provoked["campaign_id"] if provoked is not None else None,
        "campaign": provoked["campaign"] if provoked is not None else None,
        "provoked_by": provoked,
        "stopped": _stopped(reading, conversation_id),
        "held": _held(reading, thread.lead_id),
        "called_off": _called_off(reading, thread.lead_id),
    }


def _reply(reading: Reading, conversation_id: str) -> Row | None:
    """The newest reply in the conversation that answered a campaign; else the newest."""
    statement = (
        select(_E.c.occurred_at, _E.c.enrollment_id, _E.c.data)
        .where(_E.c.conversation_id == conversation_id, _E.c.type == REPLIED, within(reading.scope, _E.c.client_id))
        .order_by(_E.c.enrollment_id.is_(None), _E.c.seq.desc())
        .limit(1)
    )
    row = reading.rows(statement).first()
    return row._mapping if row is not None else None


def _sent_by(reading: Reading, reply: Row) -> dict[str, Any] | None:
    """The last that the answered enrollment had sent when the person wrote."""
    names = {"campaign_id": "campaign_id", "enrollment_id": "enrollment_id", "step_key": "step", "variant": "variant"}
    statement = (
        select(
            _A.c.id.label("action_id"),
            *(_A.c[name].label(label) for name, label in names.items()),
            *(_A.c.kind, _A.c.subject, _A.c.body.label("text"), _A.c.claimed_at.label("sent_at")),
            _CAMPAIGN.c.name.label("campaign"),
            _ACCOUNT.c.name.label("account"),
        )
        .join(_ACCOUNT, (_ACCOUNT.c.id == _A.c.account_id) & (_ACCOUNT.c.client_id == _A.c.client_id))
        .outerjoin(_CAMPAIGN, (_CAMPAIGN.c.id == _A.c.campaign_id) & (_CAMPAIGN.c.client_id == _A.c.client_id))
        .where(
            _A.c.enrollment_id == reply["enrollment_id"],
            _A.c.state == State.SENT.value,
            _A.c.claimed_at <= reply["occurred_at"],
            within(reading.scope, _A.c.client_id),
        )
        .order_by(_A.c.claimed_at.desc(), _A.c.id.desc())
        .limit(1)
    )
    row = reading.rows(statement).first()
    return dict(row._mapping) if row is not None else None


def _written_before(reading: Reading, conversation_id: str, before: datetime | None) -> dict[str, Any] | None:
    """The last that was written to the person in the conversation itself, by whomever."""
    earlier = [_M.c.at <= before] if before is not None else []
    statement = (
        select(
            *(_M.c.action_id, _A.c.campaign_id, _A.c.enrollment_id, _A.c.step_key.label("step"), _A.c.variant),
            *(_A.c.kind, _M.c.subject, _M.c.text, _M.c.at.label("sent_at")),
            _CAMPAIGN.c.name.label("campaign"),
            _ACCOUNT.c.name.label("account"),
        )
        .join(_C, (_C.c.id == _M.c.conversation_id) & (_C.c.client_id == _M.c.client_id))
        .outerjoin(_A, (_A.c.id == _M.c.action_id) & (_A.c.client_id == _M.c.client_id))
        .outerjoin(_CAMPAIGN, (_CAMPAIGN.c.id == _A.c.campaign_id) & (_CAMPAIGN.c.client_id == _M.c.client_id))
        .outerjoin(_ACCOUNT, (_ACCOUNT.c.id == _C.c.account_id) & (_ACCOUNT.c.client_id == _M.c.client_id))
        .where(_M.c.conversation_id == conversation_id, _M.c.direction == Direction.OUTBOUND.value, *earlier)
        .where(within(reading.scope, _M.c.client_id))
        .order_by(_M.c.at.desc(), _M.c.id.desc())
        .limit(1)
    )
    row = reading.rows(statement).first()
    return dict(row._mapping) if row is not None else None


def _stopped(reading: Reading, conversation_id: str) -> list[dict[str, Any]]:
    """The enrollments that ended because of what was written here: a reply and what follows from it are one
    transaction, and so bear one instant.
    """
    told = _E.alias("told")
    because = (
        told.c.conversation_id == conversation_id,
        told.c.type == REPLIED,
        within(reading.scope, told.c.client_id),
    )
    statement = (
        select(
            *(_E.c.enrollment_id, _E.c.campaign_id, _CAMPAIGN.c.name.label("campaign"), _E.c.data),
            *(_ENROLLMENT.c.step_key.label("step"), _E.c.recorded_at.label("at")),
        )
        .join(
            told,
            (told.c.lead_id == _E.c.lead_id)
            & (told.c.recorded_at == _E.c.recorded_at)
            & (told.c.client_id == _E.c.client_id),
        )
        .join(_ENROLLMENT, (_ENROLLMENT.c.id == _E.c.enrollment_id) & (_ENROLLMENT.c.client_id == _E.c.client_id))
        .join(_CAMPAIGN, _OF_CAMPAIGN)
        .where(*because, _E.c.type == STATUS_CHANGED, within(reading.scope, _E.c.client_id))
        .order_by(_E.c.seq)
    )
    found = {}
    for row in reading.rows(statement):
        shown = dict(row._mapping)
        after = shown.pop("data")["after"]
        if after in _ENDS:
            why = Reason.REPLIED if after == EnrollmentStatus.RESPONDED.value else Reason.REPLIED_ELSEWHERE
            shown |= {"status": after, "reason": why.value, "sentence": sentence(why, {})}
            found[row.enrollment_id] = shown
    return list(found.values())


def _held(reading: Reading, lead_id: str | None) -> list[dict[str, Any]]:
    """The enrollments of the person that wait for their return."""
    statement = (
        select(
            *(_ENROLLMENT.c.id.label("enrollment_id"), _ENROLLMENT.c.campaign_id, _CAMPAIGN.c.name.label("campaign")),
            _ENROLLMENT.c.away_until.label("until"),
        )
        .join(
            _CAMPAIGN,
            (_CAMPAIGN.c.id == _ENROLLMENT.c.campaign_id) & (_CAMPAIGN.c.client_id == _ENROLLMENT.c.client_id),
        )
        .where(_ENROLLMENT.c.lead_id == lead_id, _ENROLLMENT.c.ended_at.is_(None))
        .where(_ENROLLMENT.c.away_until > reading.now, within(reading.scope, _ENROLLMENT.c.client_id))
        .order_by(_ENROLLMENT.c.id)
    )
    return [dict(row._mapping) for row in reading.rows(statement)] if lead_id is not None else []


def _called_off(reading: Reading, lead_id: str | None) -> list[dict[str, Any]]:
    """What was about to be sent to the person and was not, because they wrote."""
    statement = (
        select(
            *(_A.c.id.label("action_id"), _A.c.campaign_id, _A.c.step_key.label("step"), _A.c.kind),
            *(_A.c.body.label("text"), _A.c.settled_at.label("at")),
        )
        .where(_A.c.lead_id == lead_id, _A.c.state == State.CANCELLED.value, _A.c.code.in_(_CALLED_OFF_BY))
        .where(within(reading.scope, _A.c.client_id))
        .order_by(_A.c.settled_at, _A.c.id)
    )
    return [dict(row._mapping) for row in reading.rows(statement)] if lead_id is not None else []
