"""The figures counted again, by plain SQL over the log and nothing of the product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.stage import Stage

KINDS = {
    "invite": "invites",
    "message": "messages",
    "inmail": "inmails",
    "email": "emails",
    "visit": "visits",
    "follow": "follows",
    "react": "reactions",
    "withdraw": "withdrawals",
}
ALL = (
    *("enrolled", "contacted", "invited", "accepted", "messaged", "replied", "interested", "sent"),
    *KINDS.values(),
    *("refused", "replies", "by_hand", "away", "received", "written"),
)
OF_CAMPAIGN = ALL[: ALL.index("by_hand")]


@dataclass(frozen=True)
class Fact:
    """Something that counts once."""

    metric: str
    at: datetime
    campaign: str
    account: str
    step: str
    variant: str
    sent_at: datetime | None


def facts(stage: Stage, client_id: str) -> list[Fact]:
    """What counts, of a client."""
    with stage.service.engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        found = [
            fact
            for statement in _statements(on_sqlite=on_sqlite)
            for fact in map(_fact, connection.exec_driver_sql(statement.replace(":client", f"'{client_id}'")))
        ]
        connection.rollback()
    return found


def _statements(*, on_sqlite: bool) -> list[str]:
    def said(*path: str) -> str:
        if on_sqlite:
            return f"json_extract(data, '$.{'.'.join(path)}')"
        inner = "".join(f"->'{each}'" for each in path[:-1])
        return f"data{inner}->>'{path[-1]}'"

    sent = f"type = 'action.sent' AND {said('origin')} <> 'person'"
    in_campaign = f"{sent} AND campaign_id IS NOT NULL"
    speaks = f"{in_campaign} AND {said('kind')} IN ('invite','message','inmail','email')"
    answers = f"{said('answers', 'sent_at')} IS NOT NULL AND enrollment_id IS NOT NULL"
    answer = (said("answers", "step"), said("answers", "variant"), said("answers", "sent_at"))
    kinds = " ".join(f"WHEN '{kind}' THEN '{metric}'" for kind, metric in KINDS.items())
    interested = f"type = 'conversation.outcome_set' AND {said('outcome')} IN ('interested','meeting')"
    not_interested = f"type = 'conversation.outcome_set' AND {said('outcome')} NOT IN ('interested','meeting')"

    def each(metric: str, which: str, *, campaign: str = "campaign_id", step: tuple[str, ...] = _NOTHING) -> str:
        columns = f"{metric} AS metric, occurred_at, {campaign} AS campaign, account_id, {_columns(step)}"
        return f"SELECT {columns} FROM event AS e WHERE client_id = :client AND {which}"

    def first(metric: str, which: str, *, of: str = "enrollment_id", by: str = "occurred_at, seq", **more: Any) -> str:
        place = f"row_number() OVER (PARTITION BY {of} ORDER BY {by}) AS place"
        rows = each(f"'{metric}'", which, **more).replace(" FROM event", f", {place} FROM event", 1)
        return f"SELECT * FROM ({rows}) AS one WHERE place = 1"

    taken_back = (
        "COALESCE((SELECT max(seq) FROM event AS o WHERE o.client_id = :client "
        f"AND o.conversation_id = e.conversation_id AND {not_interested}), 0)"
    )
    return [
        first("enrolled", "type = 'enrollment.created'"),
        first("contacted", speaks),
        first("invited", f"{speaks} AND {said('kind')} = 'invite'"),
        first("messaged", f"{speaks} AND {said('kind')} <> 'invite'"),
        first("accepted", f"type = 'relation.accepted' AND {answers}", step=answer),
        first("replied", f"type = 'reply.received' AND {answers}", step=answer),
        # What a thread came to: the first word of interest that was not taken back.
        first("interested", f"{interested} AND seq > {taken_back}", of="conversation_id", by="seq"),
        each("'replies'", "type = 'reply.received'"),
        each(f"CASE {said('kind')} {kinds} END", sent),
        each("'sent'", in_campaign, step=(said("step"), said("variant"), "NULL")),
        each("'contacts'", speaks),
        each("'by_hand'", f"type = 'action.sent' AND {said('origin')} = 'person'"),
        each("'refused'", "type = 'action.refused'"),
        each("'away'", "type = 'reply.out_of_office'", campaign="NULL"),
        each("'received'", "type = 'message.received'", campaign="NULL"),
        each("'written'", "type = 'message.sent'", campaign="NULL"),
    ]


_NOTHING = ("NULL", "NULL", "NULL")


def _columns(step: tuple[str, ...]) -> str:
    return ", ".join(f"{value} AS {name}" for value, name in zip(step, ("step", "variant", "sent_at"), strict=True))


def _fact(row: Any) -> Fact:
    metric, at, campaign, account, step, variant, sent_at = row[:7]
    return Fact(metric, _instant(at), campaign or "", account or "", step or "", variant or "", _instant(sent_at))


def _instant(value: Any) -> Any:
    if value is None:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def last_activity(stage: Stage, campaign: str | None) -> datetime:
    """When anything that counts last happened, in a campaign or at all."""
    counted = (
        "type IN ('enrollment.created','action.sent','action.refused','relation.accepted','reply.received',"
        "'reply.out_of_office','message.received','message.sent','conversation.outcome_set')"
    )
    where = counted + (f" AND campaign_id = '{campaign}'" if campaign else "")
    with stage.service.engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT max(occurred_at) FROM event WHERE {where}").scalar_one()
        connection.rollback()
    return _instant(found)
