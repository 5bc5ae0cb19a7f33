"""Taking what somebody sent through a form: the person, their words and what follows, in one transaction.

Whoever is known is the lead they are, and gets what the lead lacks; a stranger becomes one. Words make a message in a
conversation. Nothing is asked of the outside: whatever is slow hears of it from the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import select

from rapport.capture import events
from rapport.capture.models import CaptureForm, Submission
from rapport.capture.words import FormKind, SubmissionStatus
from rapport.conversations import record
from rapport.conversations.told import Match, Somebody, Told
from rapport.conversations.words import Channel, Via
from rapport.enrollments.queries import of_lead
from rapport.kernel.errors import VALIDATION_FAILED, RapportError
from rapport.kernel.tx import Tx
from rapport.leads import arriving
from rapport.leads.arriving import Arrived, LeadSource, Outcome
from rapport.leads.facts import leads
from rapport.leads.naming import shown_name
from rapport.offerings import linking
from rapport.offerings.queries import called
from rapport.replies import stop
from rapport.rules import identity
from rapport.rules.direction import Direction
from rapport.rules.lead_fields import Person, custom_name, read

SAID_BY = "capture"
"""Who says what a form says: less than an operator, and than what a profile shows."""
TWIN = timedelta(minutes=10)
"""So long does the same word of the same person count as the same submission, where there is no key to tell."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sent."""

    fields: Mapping[str, str]
    """Of the fields that every form knows, those with a value."""
    more: Mapping[str, str]
    """Fields of the form's own."""
    message: str | None
    has_consent: bool
    is_trapped: bool
    """It filled the field that no person sees."""
    session_id: str | None
    offering: str | None
    """What they ask about, by whatever name the page has for it."""
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it."""

    submission: Submission
    is_new: bool
    """False: it is the twin of one that was taken a moment ago, which this is."""


def take(tx: Tx, form: CaptureForm, sent: Sent, *, by_key: bool) -> Taken:
    """Take a submission in. Without a key, one like it of the last minutes is the same."""
    record.turn(tx, form.client_id)  # so that of two at once the later finds the earlier
    likeness = _likeness(sent)
    twin = None if by_key else _twin(tx, form, likeness)
    if twin is not None:
        return Taken(twin, is_new=False)
    if sent.is_trapped:
        return Taken(_kept(tx, form, sent, likeness, status=SubmissionStatus.SPAM), is_new=True)
    _refuse_lacking(form, sent)
    person = _person(form, sent)
    arrived = arriving.arrive(
        tx, form.client_id, [person], source=LeadSource.CAPTURE, said_by=SAID_BY, source_detail=form.name
    )[0]
    if arrived.lead_id is None:
        return Taken(_kept(tx, form, sent, likeness, status=SubmissionStatus.FORGOTTEN), is_new=True)
    return Taken(_taken(tx, form, sent, likeness, person, arrived), is_new=True)


def _taken(tx: Tx, form: CaptureForm, sent: Sent, likeness: str, person: Person, arrived: Arrived) -> Submission:
    made = _kept(tx, form, sent, likeness, status=SubmissionStatus.TAKEN, arrived=arrived)
    if sent.message is not None:
        told = _told(tx, form, sent, made.id, person, arrived.lead_id)
        recorded = record.heard(tx, told)
        made.conversation_id, made.message_id = recorded.conversation_id, recorded.message_id
        about = (called(tx, form.client_id, sent.offering) if sent.offering else None) or form.offering_id
        if about is not None:
            linking.say(tx, form.client_id, recorded.message_id, about)
        if recorded.is_fresh_reply and of_lead(tx, recorded.lead_id or ""):
            stop.on_reply(tx, recorded, account_id=None)  # promise 1: they answered, wherever they were asked
    tx.session.flush()  # the lead's name is read by a statement on bare tables
    tx.emit(
        events.INQUIRED,
        client_id=form.client_id,
        data={
            "name": shown_name(leads(tx, [made.lead_id or ""])[made.lead_id or ""].row),
            "form": form.name,
            "form_id": form.id,
            "kind": form.kind,
            "submission_id": made.id,
            "message_id": made.message_id,
            "consent": made.consent_text is not None,
        },
        dedupe_key=f"inquired:{made.id}",
        lead_id=made.lead_id,
        conversation_id=made.conversation_id,
        campaign_id=form.campaign_id,
    )
    return made


def _likeness(sent: Sent) -> str:
    said = [sent.fields.get("email", "").lower(), sent.fields.get("profile_url", "").lower(), sent.message or ""]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def _twin(tx: Tx, form: CaptureForm, likeness: str) -> Submission | None:
    return tx.session.execute(
        select(Submission)
        .where(
            Submission.form_id == form.id,
            Submission.likeness == likeness,
            Submission.received_at > tx.now - TWIN,
        )
        .order_by(Submission.received_at.desc())
        .limit(1)
    ).scalar()


def _refuse_lacking(form: CaptureForm, sent: Sent) -> None:
    """Everything that is missing, at once."""
    there = {*sent.fields, *(["message"] if sent.message else [])}
    lacking = {
        each["name"]: ["Is needed."] for each in form.fields if each["is_required"] and each["name"] not in there
    }
    if form.consent_text is not None and not sent.has_consent:
        lacking["consent"] = ["Must be given."]
    if lacking:
        raise RapportError(VALIDATION_FAILED, details=lacking)


def _person(form: CaptureForm, sent: Sent) -> Person:
    custom = {custom_name(name): value for name, value in sent.more.items()}
    found = read(sent.fields, custom, tuple(form.tags))
    if isinstance(found, Person):
        return found
    details: dict[str, list[str]] = {}
    for refusal in found:
        details.setdefault(refusal.column or "email", []).append(refusal.reason)
    raise RapportError(VALIDATION_FAILED, details=details)


def _kept(
    tx: Tx,
    form: CaptureForm,
    sent: Sent,
    likeness: str,
    *,
    status: SubmissionStatus,
    arrived: Arrived | None = None,
) -> Submission:
    """The submission's row; of who asked to be forgotten it holds that somebody came, and no more."""
    forgotten = status is SubmissionStatus.FORGOTTEN
    given: dict[str, Any] = {**sent.fields, **({"fields": dict(sent.more)} if sent.more else {})}
    if sent.message is not None:
        given["message"] = sent.message
    made = Submission(
        id=tx.new_id(),
        client_id=form.client_id,
        form_id=form.id,
        status=status.value,
        lead_id=arrived.lead_id if arrived is not None else None,
        is_new_lead=arrived is not None and arrived.outcome is Outcome.CREATED,
        given={} if forgotten else given,
        source={} if forgotten else dict(sent.source),
        consent_text=form.consent_text if sent.has_consent and not forgotten else None,
        likeness="" if forgotten else likeness,
        received_at=tx.now,
    )
    tx.session.add(made)
    return made


def _told(tx: Tx, form: CaptureForm, sent: Sent, submission_id: str, person: Person, lead_id: str | None) -> Told:
    kind = next(each for each in identity.ORDER if each in person.identities)
    named = person.identities[kind]
    chats = form.kind == FormKind.CHATBOT.value or identity.EMAIL not in person.identities
    name = " ".join(person.fields[each] for each in ("first_name", "last_name") if each in person.fields)
    return Told(
        client_id=form.client_id,
        account_id=None,
        message_id=f"capture:{submission_id}",
        at=tx.now,
        via=Via.CAPTURE,
        channel=Channel.CHAT if chats else Channel.EMAIL,
        direction=Direction.INBOUND,
        chat_id=f"{form.id}:{lead_id}:{sent.session_id}" if chats and sent.session_id else None,
        author=Somebody(named, name or None),
        match=Match(lead_id, kind, {kind: {"given": {kind: named}, "lead_id": lead_id}}),
        text=sent.message,
    )
