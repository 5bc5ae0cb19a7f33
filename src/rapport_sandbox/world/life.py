"""What people do of their own accord once an account has reached them.

Each act is booked on the agenda with a delay from the person's temperament. A person about whom a story is
told (`script`) does only what the story says.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rapport_sandbox.world import inviting, messaging
from rapport_sandbox.world.script import Script
from rapport_sandbox.world.speech import mood_of, say
from rapport_sandbox.world.talk import Attachment
from rapport_sandbox.world.temperament import later

if TYPE_CHECKING:
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.talk import Chat, Message
    from rapport_sandbox.world.world import World

_LONG_SILENCE = 240.0
"""Hours: the typical delay of somebody who opens LinkedIn every second week."""

_SIGNS = ("👍", "❤️", "👏", "😊")
_FILES = (
    ("file", "proposal.pdf", "application/pdf", 48_213),
    ("img", "screenshot.png", "image/png", 9_120),
    ("audio", "voice.m4a", "audio/mp4", 61_007),
)


class Life:
    """The nature of a world's people: told stories first, temperament for everybody else."""

    def __init__(self, world: World, *, spontaneous: bool) -> None:
        self.script = Script(world)
        self._world = world
        self._spontaneous = spontaneous
        world.nature = self

    def invited(self, account: Account, person: Person, now: float) -> None:
        """Book whether and when the person accepts, or says no."""
        if not self._left_alone(person.number, now):
            return
        world, chance = self._world, self._world.chance
        temper = world.temperament(person)
        occasion = ("invitation", account.id, person.number, now)
        if chance.happens(temper.accepts, "accepts", *occasion):
            slow = chance.happens(temper.flake, "slow", *occasion)
            hours = _LONG_SILENCE if slow else temper.accept_after
            at = later(now, hours, person, chance, "accept", *occasion)
            world.book(at, partial(inviting.accept, world, account, person.number))
        elif chance.happens(world.switches.decline, "declines", *occasion):
            at = later(now, temper.accept_after, person, chance, "decline", *occasion)
            world.book(at, partial(inviting.decline, world, account, person.number))

    def accepted(self, account: Account, person: Person, now: float) -> None:
        """Some write first."""
        if not self._left_alone(person.number, now):
            return
        world = self._world
        temper = world.temperament(person)
        if world.chance.happens(temper.talks_first, "talks-first", account.id, person.number):
            at = later(now, 1.0, person, world.chance, "talks-first", account.id)
            world.book(at, partial(self._answer, account, person.number, None, "first"))

    def messaged(self, account: Account, message: Message, now: float) -> None:
        """Book reading, reactions and answers of everybody the message went to."""
        for number in message.chat.people:
            if self._left_alone(number, now):
                self._respond(account, message, self._world.people[number], now)

    def _left_alone(self, number: int, now: float) -> bool:
        """Whether no story is told about them; if one is, this contact may carry it on."""
        if self.script.is_about(number):
            self.script.carry_on(number, now)
            return False
        return self._spontaneous

    def _respond(self, account: Account, message: Message, person: Person, now: float) -> None:
        world, chance = self._world, self._world.chance
        temper = world.temperament(person)
        occasion = ("message", account.id, person.number, message.seq)
        if chance.happens(temper.reads, "reads", *occasion):
            at = later(now, temper.answer_after / 2, person, chance, "read", *occasion)
            world.book(at, partial(messaging.read, world, account, message, person.number))
        if chance.happens(temper.reacts, "reacts", *occasion):
            at = later(now, temper.answer_after, person, chance, "react", *occasion)
            sign = chance.pick(_SIGNS, "sign", *occasion)
            world.book(at, partial(messaging.react, world, account, message, person.number, sign))
        if chance.happens(temper.answers * 0.7 ** (_unanswered(message.chat) - 1), "answers", *occasion):
            slow = chance.happens(temper.flake, "slow", *occasion)
            hours = _LONG_SILENCE if slow else temper.answer_after
            at = later(now, hours, person, chance, "answer", *occasion)
            world.book(at, partial(self._answer, account, person.number, message.chat, message.id))

    def _answer(self, account: Account, number: int, chat: Chat | None, occasion: str, now: float) -> None:
        world, chance = self._world, self._world.chance
        person = world.people[number]
        text = say(person, mood_of(person, chance, occasion), chance, occasion)
        files: tuple[Attachment, ...] = ()
        if chance.happens(0.05, "attaches", number, occasion):
            kind, name, mimetype, size = chance.pick(_FILES, "file", number, occasion)
            files = (Attachment(world.new_id("attachment"), kind, name, mimetype, size),)
        message = messaging.receive(world, account, number, text, now, attachments=files, chat=chat)
        if chance.happens(world.temperament(person).edits, "edits", number, occasion):
            world.book(now + 90, partial(messaging.edit, world, account, message, f"{text} (edited)"))


def _unanswered(chat: Chat) -> int:
    """How many messages of the account stand at the end of the chat, one after the other."""
    count = 0
    for message in reversed(chat.messages):
        if not message.is_own:
            break
        count += 1
    return count
