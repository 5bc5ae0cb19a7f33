"""What follows from a word of a person: what is automatic stops, or for an automatic answer waits.

All of it is one transaction with the message itself. Which enrollment was answered: of those that had begun when it was
written, one of the account it was written to before others, and among these the one that sent last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rapport.conversations import standing
from rapport.conversations.record import Recorded
from rapport.enrollments.placing import place
from rapport.enrollments.queries import Standing, of_lead
from rapport.kernel.tx import Tx
from rapport.leads import knowing
from rapport.leads.facts import leads
from rapport.leads.naming import shown_name
from rapport.replies import events
from rapport.rules.outcomes import Away, Replied, Seen
from rapport.sending import cancel, queries

DEFAULT_ABSENCE = timedelta(days=7)
"""So long does an enrollment hold when an automatic answer names no day."""


def on_reply(tx: Tx, recorded: Recorded, *, account_id: str | None) -> str | None:
    """Stop what is automatic for whoever wrote; answers the enrollment that was answered.

    Who wrote elsewhere than to an account of ours, as through a form, has answered none of them in particular.
    """
    if recorded.lead_id is None:
        return None
    cancel.for_leads(tx, [recorded.lead_id], reason="replied")
    knowing.replied(tx, recorded.lead_id, recorded.at)
    standings = of_lead(tx, recorded.lead_id)
    here = answered(standings, account_id, recorded.at)

    if here is not None:
        # Whoever enrolled the person again before this word was known did not know of it: those stop as well.
        known_at = {each.id: max(recorded.at, each.enrolled_at) for each in standings}
        place(tx, known_at, happened=lambda each: Replied(known_at[each], here=each == here.id))
    step = queries.answered_by(tx, recorded.lead_id, here.id, recorded.at) if here is not None else None
    tx.emit(
        events.REPLIED,
        client_id=leads(tx, [recorded.lead_id])[recorded.lead_id].row["client_id"],
        data={
            "lead": _name(tx, recorded.lead_id),
            "message_id": recorded.message_id,
            "answers": queries.about_the_step(step),
        },
        dedupe_key=f"reply:{recorded.message_id}",
        occurred_at=recorded.at,
        lead_id=recorded.lead_id,
        conversation_id=recorded.conversation_id,
        account_id=account_id,
        campaign_id=here.campaign_id if here is not None else None,
        enrollment_id=here.id if here is not None else None,
    )
    if here is not None:
        standing.answered_campaign(tx, recorded.conversation_id, here.campaign_id)
    return here.id if here is not None else None


def answered(standings: Sequence[Standing], account_id: str | None, at: datetime) -> Standing | None:
    """The enrollment that a message of this instant, to this account, answers."""
    begun = [each for each in standings if each.enrolled_at <= at]
    never = datetime.min.replace(tzinfo=at.tzinfo)
    return max(
        begun,
        key=lambda each: (each.account_id == account_id, each.last_step_sent_at or never, each.enrolled_at, each.id),
        default=None,
    )


def on_absence(tx: Tx, recorded: Recorded, *, account_id: str, until: datetime | None) -> datetime:
    """Let whatever is under way for this person wait for their return; answers until when."""
    returns = until if until is not None and until > tx.now else tx.now + DEFAULT_ABSENCE
    if recorded.lead_id is not None:
        cancel.for_leads(tx, [recorded.lead_id], reason="out_of_office")
        under_way = [each.id for each in of_lead(tx, recorded.lead_id) if each.ended_at is None]
        place(tx, under_way, happened=lambda _: Away(recorded.at, returns))
        tx.emit(
            events.AWAY,
            client_id=leads(tx, [recorded.lead_id])[recorded.lead_id].row["client_id"],
            data={"lead": _name(tx, recorded.lead_id), "until": returns.date().isoformat()},
            dedupe_key=f"away:{recorded.message_id}",
            lead_id=recorded.lead_id,
            conversation_id=recorded.conversation_id,
            account_id=account_id,
        )
    return returns


def on_seen(tx: Tx, lead_id: str, *, account_id: str, at: datetime) -> None:
    """The person saw the last message: a condition of a step may hold now."""
    theirs = [each.id for each in of_lead(tx, lead_id) if each.ended_at is None and each.account_id == account_id]
    place(tx, theirs, happened=lambda _: Seen(at))


def _name(tx: Tx, lead_id: str) -> str:
    return shown_name(leads(tx, [lead_id])[lead_id].row)
