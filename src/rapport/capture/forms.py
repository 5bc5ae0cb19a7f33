"""Forms: added, changed, given another key, turned off and on again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rapport.campaigns.queries import kept as campaign_of
from rapport.capture import events
from rapport.capture.models import CaptureForm
from rapport.capture.words import NAMING
from rapport.kernel.crypto import new_token
from rapport.kernel.errors import NOT_FOUND, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.leads.persons import author
from rapport.offerings.queries import client_of as offering_client
from rapport.rules.lead_fields import tidy_tags
from rapport.rules.origins import origin

PREFIX = "cf"
_KEY_BYTES = 18


def create(tx: Tx, client_id: str, given: Mapping[str, Any]) -> CaptureForm:
    """Add a form, which takes submissions from now on."""
    values = _checked(tx, client_id, given)
    form = CaptureForm(
        id=tx.new_id(),
        client_id=client_id,
        key=new_token(PREFIX, _KEY_BYTES),
        enabled=True,
        created_by=author(tx),
        created_at=tx.now,
        **values,
    )
    tx.session.add(form)
    _tell(tx, events.FORM_CREATED, form)
    return form


def get(tx: Tx, form_id: str) -> CaptureForm:
    """A form to be changed, locked."""
    form = tx.session.execute(
        select(CaptureForm).where(CaptureForm.id == form_id).with_for_update(key_share=True)
    ).scalar()
    if form is None:
        raise RapportError(NOT_FOUND)
    return form


def change(tx: Tx, form: CaptureForm, changes: Mapping[str, Any]) -> None:
    """Change what is named."""
    values = _checked(tx, form.client_id, changes)
    told = sorted(name for name, value in values.items() if getattr(form, name) != value)
    for name in told:
        setattr(form, name, values[name])
    if told:
        _tell(tx, events.FORM_CHANGED, form, fields=", ".join(told))


def rotate(tx: Tx, form: CaptureForm, *, keep: timedelta) -> None:
    """Give a form another key; the one before is believed for so long, and then never again."""
    form.previous_key, form.previous_until = (form.key, tx.now + keep) if keep else (None, None)
    form.key = new_token(PREFIX, _KEY_BYTES)
    _tell(tx, events.KEY_ROTATED, form)


def _checked(tx: Tx, client_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(given)
    if "fields" in values:
        names = [each["name"] for each in values["fields"]]
        if len(set(names)) < len(names):
            raise field_error("fields", "Names a field twice.")
        if not set(NAMING) & set(names):
            raise field_error("fields", f"Must ask for {' or '.join(NAMING)}, or nobody is known by it.")
    if "origins" in values:
        values["origins"] = list(dict.fromkeys(_origin(each) for each in values["origins"]))
    if "tags" in values:
        values["tags"] = list(tidy_tags(tuple(values["tags"])))
    if values.get("campaign_id") is not None and campaign_of(tx, values["campaign_id"])["client_id"] != client_id:
        raise RapportError(NOT_FOUND)
    if values.get("offering_id") is not None and offering_client(tx, values["offering_id"]) != client_id:
        raise RapportError(NOT_FOUND)
    return values


def _origin(text: str) -> str:
    found = origin(text)
    if found is None:
        raise field_error("origins", f"{text[:80]} is no address of a site, such as https://www.engines.example.")
    return found


def _tell(tx: Tx, event: str, form: CaptureForm, **data: object) -> None:
    tx.emit(event, client_id=form.client_id, data={"name": form.name, "form_id": form.id, **data})
