"""Our webhooks at Unipile: how they are, how well they are heard, and putting them right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.http.transaction import reading, transaction
from rapport.kernel.errors import NOT_FOUND, PROVIDER_AWAY, WEBHOOK_REFUSED, WEBHOOKS_UNSET, RapportError
from rapport.ports.outcomes import Accepted, Outcome
from rapport.ports.unipile import ReadError
from rapport.rules.permissions import Permission
from rapport.webhooks import hearing
from rapport.webhooks.hygiene import Judged, Plan, Repair
from rapport.webhooks.repairs import told_of
from rapport.webhooks.schemas import RegisteredOut, RegisterIn, RepairIn, RepairOut, WebhooksOut, WebhooksStatusOut

T = TypeVar("T")
room = Room("webhook-hygiene", "/webhooks/unipile", "Our webhooks at Unipile: exactly one right one for each source.")
_SOON = 30
_GONE = 404
_ASKS = [WEBHOOKS_UNSET, PROVIDER_AWAY]


@room.get(
    "/status",
    may=Permission.MANAGE,
    out=WebhooksStatusOut,
    own=True,
    no_store=True,
    errors=_ASKS,
)
def show_webhooks_status(call: Call) -> dict[str, Any]:
    """Show how our webhooks at Unipile are and how well they were heard during the last day.

    Unipile is asked. Nothing is changed.
    """
    judged, plan = _asked(call.service.webhook_hygiene.look)
    with reading(call.service, call.principal) as looking:
        heard = hearing.status(looking)
    return {**_listed(judged, plan), "heard": heard}


@room.post(
    "/repair",
    may=Permission.MANAGE,
    body=RepairIn,
    out=RepairOut,
    status=200,
    once=False,
    own=True,
    errors=_ASKS,
)
def repair_webhooks(call: Call) -> dict[str, Any]:
    """Put our webhooks at Unipile right; unless `dry_run` is false, only say what would be done.

    What is right stays, others of ours go once the right one is there, and others' are left alone.
    """
    hygiene = call.service.webhook_hygiene
    if call.body["dry_run"]:
        judged, plan = _asked(hygiene.look)
        return _repaired(Repair(judged, plan, left=plan), dry_run=True)
    repair = _asked(hygiene.repair)
    with transaction(call.service, call.principal) as tx:
        told_of(tx, repair)
    return _repaired(repair, dry_run=False)


@room.get(
    "/registered",
    may=Permission.MANAGE,
    out=WebhooksOut,
    own=True,
    no_store=True,
    errors=_ASKS,
)
def list_registered_webhooks(call: Call) -> dict[str, Any]:
    """List every webhook under our key at Unipile, others' as well."""
    return _listed(*_asked(call.service.webhook_hygiene.look))


@room.post(
    "/registered",
    may=Permission.MANAGE,
    body=RegisterIn,
    out=RegisteredOut,
    once=False,
    own=True,
    errors=[WEBHOOKS_UNSET, WEBHOOK_REFUSED],
)
def register_webhook(call: Call) -> dict[str, Any]:
    """Make the right webhook of a source at Unipile, whatever is there. The hourly look removes a second one."""
    accepted = _accepted(call.service.webhook_hygiene.register(call.body["source"]))
    return {"id": accepted.ids.webhook_id}


@room.delete("/registered/<string:webhook_id>", may=Permission.MANAGE, own=True, errors=[NOT_FOUND, WEBHOOK_REFUSED])
def delete_registered_webhook(call: Call, webhook_id: str) -> None:
    """Delete a webhook at Unipile, ours or another's. The hourly look makes a missing one of ours anew."""
    _accepted(call.service.unipile.delete_webhook(webhook_id))


def _asked(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except ReadError as failure:
        raise RapportError(PROVIDER_AWAY, details={"reason": failure.code}, retry_after=_SOON) from None


def _accepted(outcome: Outcome) -> Accepted:
    if isinstance(outcome, Accepted):
        return outcome
    if outcome.status == _GONE:
        raise RapportError(NOT_FOUND)
    raise RapportError(WEBHOOK_REFUSED, details={"reason": getattr(outcome, "code", None) or "unknown_outcome"})


def _listed(judged: tuple[Judged, ...], plan: Plan) -> dict[str, Any]:
    return {
        "is_right": not plan,
        "webhooks": [_shown(each) for each in judged],
        "make": list(plan.make),
        "remove": list(plan.remove),
    }


def _repaired(repair: Repair, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "is_right": not repair.left,
        "before": [_shown(each) for each in repair.before],
        "make": list(repair.plan.make),
        "remove": list(repair.plan.remove),
        "done": list(repair.done),
        "refused": list(repair.refused),
        "after": [_shown(each) for each in repair.after] if repair.after is not None else None,
    }


def _shown(judged: Judged) -> dict[str, Any]:
    """A webhook without the values of its headers: our secret is among them."""
    webhook = judged.webhook
    return {
        "id": webhook.id,
        "name": webhook.name,
        "source": judged.source,
        "request_url": webhook.request_url,
        "is_enabled": webhook.is_enabled,
        "events": list(webhook.events),
        "headers": [header.key for header in webhook.headers],
        "is_ours": judged.is_ours,
        "problems": list(judged.problems),
    }
