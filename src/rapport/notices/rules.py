"""Notice rules: added, changed, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from rapport.kernel.errors import NOT_FOUND, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.notices import events
from rapport.notices.models import NoticeRule
from rapport.outbox import connections
from rapport.outbox.words import Channel


def get(tx: Tx, rule_id: str) -> NoticeRule:
    """A rule to be changed, locked."""
    found = tx.session.execute(
        select(NoticeRule).where(NoticeRule.id == rule_id).with_for_update(key_share=True)
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def add(tx: Tx, *, client_id: str, **given: Any) -> NoticeRule:
    """Add a rule."""
    rule = NoticeRule(id=tx.new_id(), client_id=client_id, created_at=tx.now, **given)
    _check(tx, rule)
    tx.session.add(rule)
    tx.emit(events.RULE_ADDED, client_id=client_id, data={"name": rule.name, "rule_id": rule.id})
    return rule


def change(tx: Tx, rule: NoticeRule, changes: Mapping[str, Any]) -> None:
    """Change what is named. What was written before leaves as it was meant then."""
    told = sorted(name for name, value in changes.items() if getattr(rule, name) != value)
    for name in told:
        setattr(rule, name, changes[name])
    _check(tx, rule)
    if told:
        data = {"name": rule.name, "rule_id": rule.id, "fields": ", ".join(told)}
        tx.emit(events.RULE_CHANGED, client_id=rule.client_id, data=data)


def remove(tx: Tx, rule: NoticeRule) -> None:
    """Forget a rule."""
    tx.session.delete(rule)
    tx.emit(events.RULE_REMOVED, client_id=rule.client_id, data={"name": rule.name, "rule_id": rule.id})


def _check(tx: Tx, rule: NoticeRule) -> None:
    if (rule.quiet_from is None) != (rule.quiet_to is None):
        raise field_error("quiet_to", "Quiet hours have a beginning and an end, or neither.")
    if rule.channel == Channel.EMAIL.value:
        if rule.connection_id is not None:
            raise field_error("connection_id", "Mails go to addresses, not to a connection.")
        return
    if rule.connection_id is None:
        raise field_error("connection_id", "Is needed for this channel.")
    connection = connections.get(tx, rule.connection_id)
    if connection.client_id != rule.client_id:
        raise RapportError(NOT_FOUND)
    if connection.kind != rule.channel:
        raise field_error("connection_id", f"Is a connection of the kind {connection.kind}.")
