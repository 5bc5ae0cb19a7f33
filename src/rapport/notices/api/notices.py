"""Notice rules, settings, the log, a preview and a test, over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.flags.names import Feature
from rapport.flags.queries import is_on
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import CLIENT_ARCHIVED, NOT_FOUND, RapportError
from rapport.kernel.listing import MOST, Asked, Condition, Page, page
from rapport.kernel.schema import page_of
from rapport.notices import queries, rules, sampling
from rapport.notices.schemas import (
    NoticePreviewIn,
    NoticePreviewOut,
    NoticeRuleChange,
    NoticeRuleIn,
    NoticeRuleOut,
    NoticeSettingsOut,
    NoticeSettingsQuery,
    NoticeTestIn,
    NoticeTestOut,
)
from rapport.outbox.queries import DELIVERIES, OF_RULES
from rapport.outbox.schemas import OutgoingOut
from rapport.outbox.words import Channel
from rapport.people import clients
from rapport.people.queries import client as seen_client
from rapport.rules.permissions import Permission

room = Room("notices", "/notices", "Who is told what, on which channel, and when.")


@room.get("/rules", may=Permission.READ, out=page_of(NoticeRuleOut), listing=queries.RULES)
def list_notice_rules(call: Call) -> Page:
    """List notice rules."""
    return page(call.reading, queries.RULES, call.asked)


@room.post("/rules", may=Permission.WRITE, body=NoticeRuleIn, out=NoticeRuleOut, errors=[NOT_FOUND, CLIENT_ARCHIVED])
def add_notice_rule(call: Call) -> dict[str, Any]:
    """Add a notice rule.

    The first of a rush leaves at once, what follows within `batch_s` as one digest. Quiet hours are by the client's
    clock and hold all but what is about somebody hot and the urgent types.
    """
    client = clients.get(call.tx, call.body["client_id"])
    if client.archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    made = rules.add(call.tx, **call.body)
    call.tx.session.flush()
    return queries.rule(call.tx, made.id)


@room.get("/rules/<id:rule_id>", may=Permission.READ, out=NoticeRuleOut, errors=[NOT_FOUND])
def show_notice_rule(call: Call, rule_id: str) -> dict[str, Any]:
    """Show a notice rule."""
    return queries.rule(call.reading, rule_id)


@room.patch(
    "/rules/<id:rule_id>",
    may=Permission.WRITE,
    body=NoticeRuleChange,
    out=NoticeRuleOut,
    errors=[NOT_FOUND],
    if_match=True,
)
def change_notice_rule(call: Call, rule_id: str) -> dict[str, Any]:
    """Change a notice rule."""
    rule = rules.get(call.tx, rule_id)
    check_unchanged(request, queries.rule(call.tx, rule_id))
    rules.change(call.tx, rule, call.body)
    return queries.rule(call.tx, rule_id)


@room.delete("/rules/<id:rule_id>", may=Permission.WRITE, errors=[NOT_FOUND])
def remove_notice_rule(call: Call, rule_id: str) -> None:
    """Remove a notice rule."""
    rules.remove(call.tx, rules.get(call.tx, rule_id))


@room.get("/settings", may=Permission.READ, out=NoticeSettingsOut, query=NoticeSettingsQuery, errors=[NOT_FOUND])
def show_notice_settings(call: Call) -> dict[str, Any]:
    """Show everything that decides whether a client is told of something."""
    client_id = call.query["client_id"]
    client = seen_client(call.reading, client_id)
    service = call.service
    mine = Asked(conditions=(Condition("client_id", "eq", client_id),), limit=MOST)
    return {
        "client_id": client_id,
        "timezone": client["timezone"],
        "enabled": is_on(call.reading, Feature.NOTICES, client_id, off=service.settings.off),
        "mail_set_up": Channel.EMAIL in service.outbox.carriers,
        "preferences": client["notice_preferences"],
        "rules": page(call.reading, queries.RULES, mine).items,
    }


@room.get("/log", may=Permission.READ, out=page_of(OutgoingOut), listing=DELIVERIES)
def list_notices(call: Call) -> Page:
    """List notices: what was told or not, to whom, and why not."""
    return page(call.reading, DELIVERIES, call.asked, OF_RULES)


@room.post(
    "/preview",
    may=Permission.READ,
    body=NoticePreviewIn,
    out=NoticePreviewOut,
    status=200,
    once=False,
    errors=[NOT_FOUND],
)
def preview_notice(call: Call) -> dict[str, Any]:
    """Show a notice in every form: of an event of the client, or made up. Nothing is sent."""
    asked = call.body
    seen_client(call.reading, asked["client_id"])
    return sampling.preview(
        call.reading, asked["client_id"], event_id=asked["event_id"], count=asked["count"], terms=call.service.notices
    )


@room.post("/test", may=Permission.WRITE, body=NoticeTestIn, out=NoticeTestOut, status=202, errors=[NOT_FOUND])
def send_test_notice(call: Call) -> dict[str, Any]:
    """Send a made-up notice to whoever a rule tells, or whom the client's preferences name."""
    client = clients.get(call.tx, call.body["client_id"])
    made = sampling.send_test(call.tx, client.id, rule_id=call.body["rule_id"], terms=call.service.notices)
    return {"delivery_ids": made}
