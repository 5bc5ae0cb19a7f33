"""What keeps a campaign from being started: everything at once, not the first thing found.

Example: without a sender, with working hours on Saturdays only and a weekend off, a start answers `no_sender` and
`never_opens` together with every problem of the sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rapport.rules.facts import CampaignFacts, SenderFacts
from rapport.rules.sequence_problems import Problem, Render, problems
from rapport.rules.sequences import StepKind


class StartCode(StrEnum):
    NO_SENDER = "no_sender"
    SENDER_NOT_OK = "sender_not_ok"
    SENDER_PAUSED = "sender_paused"
    SENDER_WITHOUT_MAILBOX = "sender_without_mailbox"
    NEVER_OPENS = "never_opens"
    ALREADY_OVER = "already_over"
    NO_LEADS = "no_leads"


_SENTENCES: dict[StartCode, str] = {
    StartCode.NO_SENDER: "The campaign has no sender.",
    StartCode.SENDER_NOT_OK: "The sender {sender} is not ready: {status}.",
    StartCode.SENDER_PAUSED: "The sender {sender} is paused.",
    StartCode.SENDER_WITHOUT_MAILBOX: "The sender {sender} has no mailbox, and the sequence sends emails.",
    StartCode.NEVER_OPENS: "The campaign has no working time before it ends.",
    StartCode.ALREADY_OVER: "The campaign's last day is over.",
    StartCode.NO_LEADS: "The campaign has no leads.",
}


@dataclass(frozen=True, slots=True)
class StartProblem:
    """One thing that keeps a campaign from starting; `sender_id` when it is about a sender."""

    code: StartCode
    sentence: str
    sender_id: str | None


def check(
    campaign: CampaignFacts,
    senders: Sequence[SenderFacts],
    now: datetime,
    *,
    leads: int,
    all_connected: bool,
    render: Render | None,
) -> tuple[list[StartProblem], list[Problem]]:
    """The campaign's own problems, and those of its sequence."""
    found = [*_of_senders(campaign, senders), *_of_dates(campaign, now)]
    if not leads:
        found.append(_problem(StartCode.NO_LEADS))
    return found, problems(campaign.sequence, all_connected=all_connected, render=render)


def _of_senders(campaign: CampaignFacts, senders: Sequence[SenderFacts]) -> list[StartProblem]:
    writes_emails = any(step.kind is StepKind.EMAIL for step in campaign.sequence.steps)
    found = [] if senders else [_problem(StartCode.NO_SENDER)]
    for sender in senders:
        if not sender.is_ok:
            found.append(_problem(StartCode.SENDER_NOT_OK, sender))
        elif sender.paused_at is not None:
            found.append(_problem(StartCode.SENDER_PAUSED, sender))
        if writes_emails and not sender.has_mailbox:
            found.append(_problem(StartCode.SENDER_WITHOUT_MAILBOX, sender))
    return found


def _of_dates(campaign: CampaignFacts, now: datetime) -> list[StartProblem]:
    if campaign.ends_at is not None and campaign.ends_at <= now:
        return [_problem(StartCode.ALREADY_OVER)]
    begins = now if campaign.starts_at is None else max(now, campaign.starts_at)
    opens_at = campaign.schedule.next_opening(begins)
    if opens_at is None or (campaign.ends_at is not None and opens_at >= campaign.ends_at):
        return [_problem(StartCode.NEVER_OPENS)]
    return []


def _problem(code: StartCode, sender: SenderFacts | None = None) -> StartProblem:
    words = {} if sender is None else {"sender": sender.name, "status": sender.status}
    return StartProblem(code, _SENTENCES[code].format(**words), None if sender is None else sender.id)
