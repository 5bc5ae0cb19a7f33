"""Told stories: this person accepts on Friday at ten, answers at half past six, and does nothing else.

A part of a story happens at its instant if it can. If it cannot yet (nobody has invited them, nobody has
written), it waits and happens when the account next reaches the person. Parts about one person keep their
order, so an answer never overtakes the acceptance it follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rapport_sandbox.world import inviting, messaging

if TYPE_CHECKING:
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.talk import Attachment, Message
    from rapport_sandbox.world.world import World

Perform = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a person is to do, and when at the earliest. `perform` answers whether it could."""

    at: float
    perform: Perform


class Script:
    """All stories of one world, by person."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._parts: dict[int, list[Part]] = {}

    def is_about(self, person: int) -> bool:
        return person in self._parts

    def quiet(self, person: int) -> None:
        """Tell a story in which the person does nothing at all."""
        self._parts.setdefault(person, [])

    def unfinished(self) -> int:
        """How many parts have not happened yet."""
        return sum(len(parts) for parts in self._parts.values())

    def carry_on(self, person: int, now: float) -> None:
        """Let the person do what is due, shortly after what just reached them."""
        parts = self._parts.get(person)
        if parts and parts[0].at <= now:
            self._world.book(now + 1, partial(self._perform_due, person))

    def accepts(self, person: int, at: float, account: Account | None = None) -> None:
        self._tell(person, at, partial(self._accept, person, account))

    def declines(self, person: int, at: float, account: Account | None = None) -> None:
        self._tell(person, at, partial(self._decline, person, account))

    def replies(
        self,
        person: int,
        at: float,
        text: str | None,
        *,
        attachments: tuple[Attachment, ...] = (),
        account: Account | None = None,
    ) -> None:
        self._tell(person, at, partial(self._reply, person, text, attachments, account))

    def reads(self, person: int, at: float, account: Account | None = None) -> None:
        self._tell(person, at, partial(self._read, person, account))

    def reacts(self, person: int, at: float, sign: str, account: Account | None = None) -> None:
        self._tell(person, at, partial(self._react, person, sign, account))

    def edits(self, person: int, at: float, text: str, account: Account | None = None) -> None:
        """Change the last thing they wrote."""
        self._tell(person, at, partial(self._edit, person, text, account))

    def deletes(self, person: int, at: float, account: Account | None = None) -> None:
        """Take back the last thing they wrote."""
        self._tell(person, at, partial(self._delete, person, account))

    def _tell(self, person: int, at: float, perform: Perform) -> None:
        with self._world.lock:
            parts = self._parts.setdefault(person, [])
            parts.append(Part(at, perform))
            parts.sort(key=lambda part: part.at)
        self._world.book(at, partial(self._perform_due, person))

    def _perform_due(self, person: int, now: float) -> None:
        parts = self._parts[person]
        while parts and parts[0].at <= now and parts[0].perform(now):
            parts.pop(0)

    def _accept(self, person: int, account: Account | None, now: float) -> bool:
        asked = [one for one in self._among(account) if one.pending_with(person)]
        accepted = [inviting.accept(self._world, one, person, now) for one in asked]
        return any(accepted)

    def _decline(self, person: int, account: Account | None, now: float) -> bool:
        asked = [one for one in self._among(account) if one.pending_with(person)]
        declined = [inviting.decline(self._world, one, person, now) for one in asked]
        return any(declined)

    def _reply(
        self,
        person: int,
        text: str | None,
        attachments: tuple[Attachment, ...],
        account: Account | None,
        now: float,
    ) -> bool:
        sender = self._partner(person, account)
        if sender is None:
            return False
        messaging.receive(self._world, sender, person, text, now, attachments=attachments)
        return True

    def _partner(self, person: int, account: Account | None) -> Account | None:
        """The account the person answers: whose message is the latest, else one they are related to."""
        talking = [one for one in self._among(account) if person in one.chat_with]
        if talking:
            return max(talking, key=lambda one: one.chat_with[person].last_at)
        related = [one for one in self._among(account) if person in one.relations]
        return max(related, key=lambda one: one.relations[person], default=None)

    def _read(self, person: int, account: Account | None, now: float) -> bool:
        return self._on_last(person, account, messaging.read, person, now, own=True)

    def _react(self, person: int, sign: str, account: Account | None, now: float) -> bool:
        return self._on_last(person, account, messaging.react, person, sign, now, own=True)

    def _edit(self, person: int, text: str, account: Account | None, now: float) -> bool:
        return self._on_last(person, account, messaging.edit, text, now, own=False)

    def _delete(self, person: int, account: Account | None, now: float) -> bool:
        return self._on_last(person, account, messaging.delete, now, own=False)

    def _on_last(
        self, person: int, account: Account | None, act: Callable[..., None], *what: object, own: bool
    ) -> bool:
        """Do something to the last message of the account (`own`) or of the person."""
        found = self._last_message(person, account, own=own)
        if found is None:
            return False
        act(self._world, *found, *what)
        return True

    def _last_message(self, person: int, account: Account | None, *, own: bool) -> tuple[Account, Message] | None:
        partner = self._partner(person, account)
        chat = partner.chat_with.get(person) if partner else None
        if partner is None or chat is None:
            return None
        message = next((one for one in reversed(chat.messages) if one.is_own == own), None)
        return (partner, message) if message else None

    def _among(self, account: Account | None) -> list[Account]:
        return [account] if account is not None else list(self._world.accounts.values())
