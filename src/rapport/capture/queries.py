"""Reading forms and submissions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, or_, select

from rapport.capture.models import CaptureForm, Submission
from rapport.capture.words import FormKind, SubmissionStatus
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.rules.devices import Device

_F = CaptureForm.__table__
_S = Submission.__table__
_SHOWN = [
    _F.c[name]
    for name in (
        *("id", "client_id", "kind", "name", "key", "previous_until", "title", "intro", "thanks", "fields", "origins"),
        *("consent_text", "tags", "campaign_id", "offering_id", "enabled", "created_at", "version"),
    )
]
_SENT = [column for column in _S.c if column.name != "likeness"]

FORMS = Listing(
    name="capture_forms",
    columns=_SHOWN,
    fields={
        "client_id": Field(_F.c.client_id, "id"),
        "campaign_id": Field(_F.c.campaign_id, "id"),
        "offering_id": Field(_F.c.offering_id, "id"),
        "kind": Field(_F.c.kind, "word", tuple(FormKind)),
        "name": Field(_F.c.name, "text"),
        "enabled": Field(_F.c.enabled, "flag"),
        "created_at": Field(_F.c.created_at, "instant"),
    },
    sorts={"created_at": _F.c.created_at, "name": _F.c.name},
    default_sort="created_at",
    owner=_F.c.client_id,
    key=_F.c.id,
)
SUBMISSIONS = Listing(
    name="submissions",
    columns=_SENT,
    fields={
        "client_id": Field(_S.c.client_id, "id"),
        "form_id": Field(_S.c.form_id, "id"),
        "lead_id": Field(_S.c.lead_id, "id"),
        "conversation_id": Field(_S.c.conversation_id, "id"),
        "status": Field(_S.c.status, "word", tuple(SubmissionStatus)),
        "is_new_lead": Field(_S.c.is_new_lead, "flag"),
        "utm_source": Field(_S.c.source["utm_source"].as_string(), "text"),
        "utm_campaign": Field(_S.c.source["utm_campaign"].as_string(), "text"),
        "device": Field(_S.c.source["device"].as_string(), "word", tuple(Device)),
        "country": Field(_S.c.source["country"].as_string(), "text"),
        "received_at": Field(_S.c.received_at, "instant"),
    },
    sorts={"received_at": _S.c.received_at},
    default_sort="received_at",
    owner=_S.c.client_id,
    key=_S.c.id,
)


def form(reading: Reading, form_id: str) -> dict[str, Any]:
    """One form as the API shows it."""
    return dict(reading.one(select(*_SHOWN).where(_F.c.id == form_id, within(reading.scope, _F.c.client_id)))._mapping)


def submission(reading: Reading, submission_id: str) -> dict[str, Any]:
    """One submission as the API shows it."""
    mine = (_S.c.id == submission_id, within(reading.scope, _S.c.client_id))
    return dict(reading.one(select(*_SENT).where(*mine))._mapping)


def open_form(reading: Reading, key: str) -> CaptureForm:
    """The form that a key opens now: its own key, or for a while the one before. One that is off opens to nobody."""
    found = reading.session.execute(
        select(CaptureForm).where(
            CaptureForm.enabled.is_(True),
            or_(
                CaptureForm.key == key,
                and_(CaptureForm.previous_key == key, CaptureForm.previous_until > reading.now),
            ),
        )
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found
