"""Reading an account's pending invitations: what is no longer listed was accepted, withdrawn or declined.

Which of these, the person's profile says, and that read counts against the account's day. What is listed and was not
known, or was withdrawn and sent anew by hand, is taken over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rapport.accounts.queries import Listening
from rapport.enrollments.queries import of_lead
from rapport.jobs.registry import Again, CannotHealError
from rapport.kernel.tx import Reading, Tx
from rapport.leads.arriving import owners_of
from rapport.leads.facts import STRANGER, standings
from rapport.leads.queries.known import Pending, ids_of, pending_invitations
from rapport.ports.unipile import ReadError, Unipile
from rapport.ports.unipile_records import Profile, SentInvitation
from rapport.replies import names, relating, watching
from rapport.replies.paged import (
    NO_ACCOUNT,
    Fetched,
    Went,
    Work,
    account_of,
    attempt,
    may_ask,
    page_of,
    reserved,
    stopped,
)
from rapport.rules import identity
from rapport.rules.limits import Budget

PAGE = 100
SETTLES = timedelta(minutes=10)
"""So long may a list lag behind what was sent."""
_FIRST_DEGREE = "FIRST_DEGREE"
_PENDING = "PENDING"


def _went(reading: Reading, job: Work) -> Went:
    if "went" in job.payload:
        return dict(job.payload["went"])
    counts = {"listed": 0, "taken_over": 0, "accepted": 0, "withdrawn": 0, "still_pending": 0}
    return {"cursor": None, "beginnings": 1, "began_at": reading.now.isoformat(), "seen": [], "gone": None, **counts}


def fetch(reading: Reading, job: Work, unipile: Unipile) -> Fetched[SentInvitation] | Profile | ReadError | None:
    """The next page of the list; after the last, the profile of somebody who is not on it."""
    account = account_of(reading, job.payload.get("account_id"))
    if account is None:
        return None
    went = _went(reading, job)
    if went["gone"] is None:
        return page_of(lambda: unipile.sent_invitations(account.unipile_account_id, limit=PAGE, cursor=went["cursor"]))
    if not went["gone"] or not may_ask(job):
        return None
    known = ids_of(reading, went["gone"][:1]).get(went["gone"][0], [])
    who = next((value for kind, value in known if kind != identity.EMAIL), None)
    if who is None:
        return None
    return attempt(lambda: unipile.profile(who, account_id=account.unipile_account_id))


def step(tx: Tx, job: Work, fetched: Fetched[SentInvitation] | Profile | ReadError | None) -> Again | Mapping[str, Any]:
    """Take over what the answer says, and see what is to be asked next."""
    account = account_of(tx, job.payload.get("account_id"))
    if account is None:
        raise CannotHealError(NO_ACCOUNT)
    watching.begin(tx, account, may_count=True)
    went = _went(tx, job)
    if isinstance(fetched, ReadError) and fetched.status != _NOT_FOUND:
        return stopped(tx, job, went, fetched, shown=_shown(went))
    if isinstance(fetched, Fetched):
        return _listed(tx, job, account, went, fetched)
    if went["gone"] and may_ask(job):
        lead_id, *rest = went["gone"]
        if fetched is not None:
            _judge(tx, account, went, lead_id, fetched if isinstance(fetched, Profile) else None)
        went |= {"gone": rest, "reserved": None}
    return _next(tx, job, account, went)


_NOT_FOUND = 404


def _listed(
    tx: Tx, job: Work, account: Listening, went: Went, page: Fetched[SentInvitation]
) -> Again | Mapping[str, Any]:
    for invitation in page.items:
        ids = names.of_id(invitation.invited_user_id)
        if invitation.invited_user_public_id:
            ids |= identity.identities({identity.PUBLIC_IDENTIFIER: invitation.invited_user_public_id})
        owners = owners_of(tx, account.client_id, ids)
        lead_id = next((owners[kind, ids[kind]] for kind in identity.ORDER if (kind, ids.get(kind)) in owners), None)
        went["seen"] += [each for each in (invitation.id, lead_id) if each is not None]
        went["taken_over"] += lead_id is not None and _take_over(tx, account, lead_id, invitation)
    went |= {"cursor": page.cursor, "listed": went["listed"] + len(page.items)}
    if page.cursor is not None:
        job.payload = {**job.payload, "went": went}
        return Again(_shown(went))
    watching.of(tx, account).invitations_at = tx.now
    went |= {"gone": _gone(tx, account, went), "seen": []}
    return _next(tx, job, account, went)


def _take_over(tx: Tx, account: Listening, lead_id: str, invitation: SentInvitation) -> bool:
    """Learn of an invitation that is pending without our knowing, unless an action of ours is just being settled."""
    standing = standings(tx, [(account.id, lead_id)]).get((account.id, lead_id), STRANGER)
    if standing.invited_at is not None or standing.connected_at is not None:
        return False
    if any(each.unsettled is not None for each in of_lead(tx, lead_id)):
        return False
    at = invitation.sent_at or tx.now
    if standing.withdrawn_at is not None and tx.now - standing.withdrawn_at < SETTLES:
        return False  # the list lags behind the withdrawal
    relating.invited(tx, account, lead_id, at=at, invitation_id=invitation.id)
    return True


def _gone(tx: Tx, account: Listening, went: Went) -> list[str]:
    """The leads whose invitation was pending when the list was begun, and is not on it."""
    began = datetime.fromisoformat(went["began_at"])
    seen = set(went["seen"])

    def is_gone(each: Pending) -> bool:
        sent_before = each.invited_at is None or each.invited_at < began - SETTLES
        return sent_before and each.lead_id not in seen and each.invitation_id not in seen

    return [each.lead_id for each in pending_invitations(tx, account.id) if is_gone(each)]


def _judge(tx: Tx, account: Listening, went: Went, lead_id: str, profile: Profile | None) -> None:
    """What became of an invitation, by the person's profile; None is who has no profile any more."""
    standing = standings(tx, [(account.id, lead_id)]).get((account.id, lead_id), STRANGER)
    if standing.invited_at is None:
        return  # it became known by another way
    if profile is not None and (profile.is_relationship or profile.network_distance == _FIRST_DEGREE):
        went["accepted"] += relating.accept(tx, account, lead_id, at=tx.now, learned="invitation_gone")
    elif profile is not None and profile.invitation is not None and profile.invitation.status == _PENDING:
        went["still_pending"] += 1
    else:
        relating.withdrew(tx, account, lead_id, at=tx.now)
        went["withdrawn"] += 1


def _next(tx: Tx, job: Work, account: Listening, went: Went) -> Again | Mapping[str, Any]:
    if not went["gone"]:
        return _shown(went)
    return reserved(tx, job, went, account.id, Budget.VISITS, shown=_shown(went))


def _shown(went: Mapping[str, Any]) -> dict[str, Any]:
    names_of_counts = ("listed", "taken_over", "accepted", "withdrawn", "still_pending")
    return {**{name: went[name] for name in names_of_counts}, "to_ask": len(went["gone"] or ())}
