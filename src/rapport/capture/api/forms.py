"""Forms over HTTP, for those who keep them: what they are, and what came through them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request

from rapport.capture import forms, queries
from rapport.capture.schemas.forms import CaptureFormChange, CaptureFormIn, CaptureFormOut, RotateFormKeyIn
from rapport.capture.schemas.submissions import SubmissionOut
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("capture-forms", "/capture-forms", "Forms on clients' sites, and what people sent through them.")

_ONE = "/<id:form_id>"


@room.get("", may=Permission.READ, out=page_of(CaptureFormOut), listing=queries.FORMS)
def list_capture_forms(call: Call) -> Page:
    """List forms."""
    return page(call.reading, queries.FORMS, call.asked)


@room.post("", may=Permission.WRITE, body=CaptureFormIn, out=CaptureFormOut, errors=[NOT_FOUND])
def create_capture_form(call: Call) -> dict[str, Any]:
    """Add a form. Its key goes into the pages that hold it, and into the address of the page that we host.

    People who send it become leads. They come into a campaign only where the form names one.
    """
    given = dict(call.body)
    made = forms.create(call.tx, clients.get(call.tx, given.pop("client_id")).id, given)
    call.tx.session.flush()  # what is shown is read by a statement on bare tables
    return queries.form(call.tx, made.id)


@room.get(_ONE, may=Permission.READ, out=CaptureFormOut, errors=[NOT_FOUND])
def show_capture_form(call: Call, form_id: str) -> dict[str, Any]:
    """Show a form."""
    return queries.form(call.reading, form_id)


@room.patch(_ONE, may=Permission.WRITE, body=CaptureFormChange, out=CaptureFormOut, errors=[NOT_FOUND], if_match=True)
def change_capture_form(call: Call, form_id: str) -> dict[str, Any]:
    """Change a form, or turn it off and on."""
    form = forms.get(call.tx, form_id)
    check_unchanged(request, queries.form(call.tx, form_id))
    forms.change(call.tx, form, call.body)
    return queries.form(call.tx, form_id)


@room.post(
    f"{_ONE}/rotate-key", may=Permission.WRITE, body=RotateFormKeyIn, out=CaptureFormOut, status=200, errors=[NOT_FOUND]
)
def rotate_form_key(call: Call, form_id: str) -> dict[str, Any]:
    """Give a form another key. The one before stays good for `keep_hours`, so that pages can be changed in peace."""
    forms.rotate(call.tx, forms.get(call.tx, form_id), keep=timedelta(hours=call.body["keep_hours"]))
    return queries.form(call.tx, form_id)


@room.get("/submissions", may=Permission.READ, out=page_of(SubmissionOut), listing=queries.SUBMISSIONS)
def list_submissions(call: Call) -> Page:
    """List what people sent, the newest first: by form, by lead, by the campaign words of the address."""
    return page(call.reading, queries.SUBMISSIONS, call.asked)


@room.get("/submissions/<id:submission_id>", may=Permission.READ, out=SubmissionOut, errors=[NOT_FOUND])
def show_submission(call: Call, submission_id: str) -> dict[str, Any]:
    """Show what somebody sent, word for word."""
    return queries.submission(call.reading, submission_id)
