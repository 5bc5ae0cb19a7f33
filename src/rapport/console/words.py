"""How a word of ours is shown: in plain words, in a tone, and by a shape, so that none of the three stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "busy", "warn", "bad", "idle"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A word as it is shown. `shape` is the name of an icon."""

    word: str
    tone: Tone
    shape: str


def _good(word: str) -> Shown:
    return Shown(word, "good", "disc")


def _busy(word: str) -> Shown:
    return Shown(word, "busy", "half")


def _idle(word: str) -> Shown:
    return Shown(word, "idle", "ring")


def _warn(word: str) -> Shown:
    return Shown(word, "warn", "triangle")


def _bad(word: str) -> Shown:
    return Shown(word, "bad", "cross")


def _held(word: str) -> Shown:
    return Shown(word, "warn", "bars")


STATUSES: Mapping[str, Mapping[str, Shown]] = {
    "campaign": {
        "draft": _idle("Draft"),
        "active": _good("Active"),
        "paused": _held("Paused"),
        "completed": Shown("Completed", "idle", "tick"),
        "archived": Shown("Archived", "idle", "box"),
    },
    "enrollment": {
        "pending_invite": _idle("To be invited"),
        "invite_sent": _busy("Invited"),
        "connected": _good("Connected"),
        "messaged": _busy("Messaged"),
        "responded": Shown("Replied", "good", "tick"),
        "completed": Shown("Completed", "idle", "tick"),
        "error": _bad("Error"),
        "withdrawn": Shown("Withdrawn", "idle", "box"),
        "stopped": Shown("Stopped", "idle", "cross"),
    },
    "account": {
        "ok": _good("OK"),
        "connecting": _busy("Connecting"),
        "credentials": _bad("Sign-in needed"),
        "checkpoint": _bad("Checkpoint"),
        "restricted": _bad("Restricted"),
        "disconnected": _bad("Disconnected"),
        "error": _bad("Error"),
        "paused": _held("Paused"),
    },
    "job": {
        "pending": _idle("Waiting"),
        "processing": _busy("Running"),
        "completed": Shown("Done", "good", "tick"),
        "failed": _bad("Failed"),
        "dismissed": Shown("Dismissed", "idle", "box"),
    },
    "import": {
        "uploaded": _idle("Not started"),
        "running": _busy("Running"),
        "done": Shown("Done", "good", "tick"),
        "failed": _bad("Failed"),
        "cancelled": Shown("Cancelled", "idle", "box"),
    },
    "action": {
        "ready": _idle("Ready"),
        "claimed": _busy("Claimed"),
        "calling": _busy("Being sent"),
        "sent": Shown("Sent", "good", "tick"),
        "refused": _bad("Refused"),
        "uncertain": _warn("Uncertain"),
        "cancelled": Shown("Cancelled", "idle", "box"),
    },
    "relation": {
        "invited": _busy("Invited"),
        "connected": _good("Connected"),
        "withdrawn": Shown("Withdrawn", "idle", "box"),
    },
    "delivery": {
        "received": _busy("Received"),
        "processed": Shown("Processed", "good", "tick"),
        "ignored": Shown("Ignored", "idle", "box"),
        "unreadable": _warn("Unreadable"),
        "failed": _bad("Failed"),
    },
    "conversation": {
        "open": _busy("Open"),
        "snoozed": Shown("Snoozed", "idle", "moon"),
        "closed": Shown("Closed", "idle", "tick"),
    },
    "temperature": {
        "hot": Shown("Hot", "bad", "flame"),
        "warm": Shown("Warm", "warn", "half"),
        "cold": _idle("Cold"),
    },
    "outgoing": {
        "pending": _idle("Waiting"),
        "retry": _busy("Tried again"),
        "sent": Shown("Sent", "good", "tick"),
        "delivered": Shown("Delivered", "good", "disc"),
        "dead": _bad("Dead letter"),
        "skipped": Shown("Skipped", "idle", "box"),
    },
    "connection": {
        "ok": _good("OK"),
        "failing": _bad("Failing"),
        "disabled": _held("Switched off"),
    },
    "attempt": {
        "carried": Shown("Taken", "good", "tick"),
        "refused": _bad("Refused"),
        "failed": _warn("Failed"),
        "put_off": Shown("Put off", "idle", "clock"),
        "moved": Shown("Sent elsewhere", "warn", "arrow"),
        "interrupted": _held("Interrupted"),
        "found": Shown("Found there", "good", "disc"),
    },
    "weight": {
        "error": _bad("Must be mended"),
        "acceptable": _warn("Mend or accept"),
        "warning": Shown("For your notice", "busy", "half"),
    },
    "wanted": {
        "running": _good("Sending"),
        "draining": _held("Draining"),
        "stopped": _bad("Stopped"),
    },
    "report": {"sent": Shown("Sent", "good", "tick"), "skipped": Shown("Not sent", "warn", "box")},
    "finding": {"problem": _bad("Problem"), "notice": Shown("For your notice", "busy", "half")},
    "form": {"on": _good("Open"), "off": _held("Turned off")},
    "user": {"active": _good("Active"), "inactive": Shown("May not sign in", "idle", "box")},
}


def status(kind: str, value: str) -> Shown:
    """How a status is shown; one that has no words yet shows its own."""
    return STATUSES[kind].get(value) or _idle(plain(value))


def plain(value: str) -> str:
    """A word of the API as people write it."""
    return value.replace("_", " ").replace(".", " ").capitalize()


KINDS: Mapping[str, tuple[str, str]] = {
    "invite": ("Invitation", "person-plus"),
    "message": ("Message", "message"),
    "inmail": ("InMail", "mail"),
    "visit": ("Profile visit", "eye"),
    "follow": ("Follow", "bell"),
    "react": ("Like a post", "heart"),
    "email": ("Email", "at"),
    "withdraw": ("Withdraw the invitation", "undo"),
    "wait_for": ("Wait until", "branch"),
}
"""Kind of a step → its name, its icon."""

ASKED: Mapping[str, str] = {
    "connected": "they accept the invitation",
    "replied": "they reply",
    "has_email": "their email is known",
    "open_inmail": "their InMail is open",
    "tag": "they have a tag",
    "message_seen": "they have seen the message",
}
"""What a waiting step asks, after "Wait until"."""

BUDGETS: Mapping[str, str] = {
    "invites": "Invitations",
    "messages": "Messages",
    "inmails": "InMails",
    "visits": "Visits",
    "searches": "Searches",
    "other": "Other",
}

FIELDS: Mapping[str, str] = {
    "first_name": "First name",
    "last_name": "Last name",
    "full_name": "Full name",
    "headline": "Headline",
    "title": "Title",
    "company": "Company",
    "location": "Location",
    "timezone": "Time zone",
    "phone": "Phone",
    "website": "Website",
    "provider_id": "Provider id",
    "member_id": "Member id",
    "public_identifier": "Public identifier",
    "profile_url": "LinkedIn profile",
    "email": "Email",
    "tags": "Tags",
}
"""Field of a lead → its name."""
