"""The world's quirks, each a switch: how late, how incomplete and how odd Unipile may be.

`calm()` is Unipile on a good day, for stories that are about something else; `realistic()` is Unipile as
met in operation. Probabilities are seeded draws, so a quirk strikes the same things in every run.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import inf

HOUR = 3_600.0


@dataclass(slots=True)
class Switches:
    """Probabilities lie between 0 and 1; times are seconds on the sandbox's clock."""

    send_ids_null: float = 0.0
    """A send answers `chat_id` and `message_id` null."""
    list_lag: float = 0.0
    """Lists show an effect only after this long."""
    relation_delay: float = 8 * HOUR
    """`new_relation` comes at a random moment within this time after the acceptance."""
    relation_without_public_identifier: float = 0.0
    """`new_relation` and the relations list leave the public identifier out."""
    relation_member_id_numeric: float = 0.0
    """A relation's `member_id` is the numeric id instead of the provider id."""
    relation_bare: float = 0.0
    """A relation bears no id but `member_id`: no identifier, no address, no URN."""
    is_sender_null: float = 0.0
    """Webhooks and message lists do not say who wrote."""
    sender_missing: float = 0.0
    """A messaging webhook has no `sender`."""
    sender_id_member: float = 0.0
    """A messaging webhook names its sender by member id."""
    sender_id_urn: float = 0.0
    """A messaging webhook names its sender by URN."""
    wrapped: float = 0.0
    """A webhook's body stands inside `data`."""
    attachment_single: float = 0.0
    """`attachments` is one object instead of a list."""
    webhook_drop: float = 0.0
    """A webhook is never delivered."""
    webhook_duplicate: float = 0.0
    """A webhook is delivered twice."""
    webhook_delay: float = 0.0
    """A webhook is late by a random time up to this."""
    webhook_reorder: float = 0.0
    """A webhook is held back a minute, so that later ones overtake it."""
    webhook_source_hidden: float = 0.0
    """The webhook list leaves `source` out of an entry."""
    sections_throttled: float = 0.0
    """A profile comes without the sections that were asked for."""
    participants: bool = False
    """Chats of the older shape: attendees are named `participants` in webhooks."""
    note_opens_chat: bool = True
    """An accepted invitation's note becomes the first message of the chat, as LinkedIn does it."""
    uninvitable: float = 0.0
    """A person only takes invitations from those who know their email address."""
    decline: float = 0.0
    """A person who does not accept says so: the invitation leaves the sent list all the same."""
    cursor_life: float = 6 * HOUR
    """A cursor older than this is refused."""

    def change(self, **values: object) -> None:
        """Set some; a `ValueError` for a name that is no switch or a value of the wrong kind."""
        kinds = {entry.name: type(getattr(self, entry.name)) for entry in fields(self)}
        for name, value in values.items():
            kind = kinds.get(name)
            if kind is None:
                raise ValueError(f"no switch is called {name!r}")
            if kind is bool:
                fits = isinstance(value, bool)
            else:
                fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf
            if not fits:
                raise ValueError(f"switch {name!r} takes a {kind.__name__}, got {value!r}")
            setattr(self, name, value if kind is bool else float(value))


def calm() -> Switches:
    """Unipile on a good day."""
    return Switches()


def realistic() -> Switches:
    """Unipile as met in operation."""
    return replace(
        Switches(),
        send_ids_null=0.05,
        list_lag=4.0,
        relation_without_public_identifier=0.5,
        relation_member_id_numeric=0.1,
        is_sender_null=0.05,
        sender_missing=0.01,
        sender_id_member=0.02,
        sender_id_urn=0.02,
        wrapped=0.02,
        webhook_drop=0.005,
        webhook_duplicate=0.02,
        webhook_delay=20.0,
        webhook_reorder=0.02,
        webhook_source_hidden=0.5,
        sections_throttled=0.05,
        uninvitable=0.01,
        decline=0.03,
    )
