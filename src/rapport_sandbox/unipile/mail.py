"""Mail sent through Unipile, with opens and clicks told to the tracking webhooks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import orjson

from rapport_sandbox.refusals import Refused
from rapport_sandbox.world.happenings import MailTracked

if TYPE_CHECKING:
    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.unipile.multipart import Form
    from rapport_sandbox.wire import Answer
    from rapport_sandbox.world.world import World

HOUR = 3_600.0


def send(call: Call) -> Answer:
    """`POST /emails`. Who gets it may open it and click, when tracking was asked for."""
    form = call.form()
    account_id = form.get("account_id")
    if not account_id:
        raise Refused("invalid_parameters", "account_id is required.")
    account = call.account(account_id)
    if form.get("body") is None:
        raise Refused("invalid_parameters", "body is required.")
    recipients = _recipients(form)
    call.note(person=recipients[0])
    call.world.enforcer.judge(account, "email", call.now)
    call.world.enforcer.remember(account, "email", call.now)
    email_id = call.world.new_id("email")
    tracking_id = call.world.new_id("tracking")
    options = _tracking(form)
    if options.get("opens") is True:
        _book(call, email_id, tracking_id, account_id=account_id, event="mail_opened", probability=0.45)
    if options.get("links") is True:
        _book(call, email_id, tracking_id, account_id=account_id, event="mail_link_clicked", probability=0.12)
    return call.done(
        {"object": "EmailSent", "tracking_id": tracking_id, "provider_id": email_id}, status=201, effect=True
    )


def _book(call: Call, email_id: str, tracking_id: str, *, account_id: str, event: str, probability: float) -> None:
    chance = call.world.chance
    if chance.happens(probability, event, email_id):
        at = call.now + 24 * HOUR * chance.draw("mail-late", event, email_id)
        happening = MailTracked(
            id=f"{event}-{email_id}",
            account_id=account_id,
            at=at,
            event=event,  # type: ignore[arg-type]
            tracking_id=tracking_id,
            email_id=email_id,
            url="https://example.com/" if event == "mail_link_clicked" else None,
        )
        call.world.book(at, partial(_tell, call.world, happening))


def _tell(world: World, happening: MailTracked, _now: float) -> None:
    world.tell(happening)


def _recipients(form: Form) -> list[str]:
    """`to` is a JSON list of `{display_name, identifier}`."""
    try:
        listed = orjson.loads(form.get("to") or "")
    except orjson.JSONDecodeError:
        listed = None
    if not isinstance(listed, list) or not listed:
        raise Refused("invalid_parameters", "to must be a list of recipients as JSON.")
    addresses = [one.get("identifier") if isinstance(one, dict) else None for one in listed]
    if not all(isinstance(one, str) and "@" in one for one in addresses):
        raise Refused("invalid_recipient", "A recipient has no email address.")
    return [str(one) for one in addresses]


def _tracking(form: Form) -> dict[str, object]:
    try:
        options = orjson.loads(form.get("tracking_options") or "{}")
    except orjson.JSONDecodeError:
        options = None
    if not isinstance(options, dict):
        raise Refused("invalid_parameters", "tracking_options must be an object as JSON.")
    return options
