"""How a test tells the world what happens: whom, when, what, in the words of a story.

    world.accepts(ada, "2026-01-09T10:00:00Z").replies(ada, timedelta(hours=9), "Thanks, not now")

`who` is a person, a number or any of their ids; `at` is unix seconds, a datetime, an ISO instant, or a
timedelta from now. Everything returns the teller, so sentences chain.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from rapport_sandbox.clock import parse_instant
from rapport_sandbox.world import health, messaging

if TYPE_CHECKING:
    from rapport_sandbox.world.account import Account, SourceStatus
    from rapport_sandbox.world.life import Life
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.talk import Attachment
    from rapport_sandbox.world.world import Received, World

When = float | datetime | timedelta | str


class Teller:
    """The world as a test sees it."""

    def __init__(self, world: World, life: Life) -> None:
        self.state = world
        self._script = life.script

    # ── who ──────────────────────────────────────────────────────────────────────────────────────────

    def person(self, who: Person | int | str) -> Person:
        return self.state.person(who)

    def invents(self, **facts: object) -> Person:
        """Add a person: `invents(first_name="Ada", last_name="Lovelace", timezone="Europe/London")`."""
        with self.state.lock:
            return self.state.people.invent(**facts)

    def account(self, which: int | str = 0) -> Account:
        return self.state.account(which)

    def connects(self, who: Person | int | str, *, to: int | str = 0, at: When | None = None) -> Teller:
        """Make them a relation of the account, as if they had known each other all along."""
        with self.state.lock:
            self.state.account(to).relations[self.person(who).number] = self.instant(at)
        return self

    def received(self, who: Person | int | str) -> list[str]:
        """The kinds of what reached this person, oldest first: `["invite", "message"]`."""
        return [deed.kind for deed in self.deeds(who)]

    def deeds(self, who: Person | int | str) -> list[Received]:
        """The same with account, instant and text."""
        return list(self.state.received.get(self.person(who).number, ()))

    # ── what people do ───────────────────────────────────────────────────────────────────────────────

    def quiet(self, who: Person | int | str) -> Teller:
        """They do nothing but what is told of them."""
        self._script.quiet(self.person(who).number)
        return self

    def accepts(self, who: Person | int | str, at: When, *, account: int | str | None = None) -> Teller:
        self._script.accepts(self.person(who).number, self.instant(at), self._one(account))
        return self

    def declines(self, who: Person | int | str, at: When, *, account: int | str | None = None) -> Teller:
        self._script.declines(self.person(who).number, self.instant(at), self._one(account))
        return self

    def replies(
        self,
        who: Person | int | str,
        at: When,
        text: str | None,
        *,
        attachments: tuple[Attachment, ...] = (),
        account: int | str | None = None,
    ) -> Teller:
        self._script.replies(
            self.person(who).number,
            self.instant(at),
            text,
            attachments=attachments,
            account=self._one(account),
        )
        return self

    def reads(self, who: Person | int | str, at: When, *, account: int | str | None = None) -> Teller:
        self._script.reads(self.person(who).number, self.instant(at), self._one(account))
        return self

    def reacts(
        self, who: Person | int | str, at: When, sign: str = "👍", *, account: int | str | None = None
    ) -> Teller:
        self._script.reacts(self.person(who).number, self.instant(at), sign, self._one(account))
        return self

    def edits(self, who: Person | int | str, at: When, text: str, *, account: int | str | None = None) -> Teller:
        self._script.edits(self.person(who).number, self.instant(at), text, self._one(account))
        return self

    def deletes(self, who: Person | int | str, at: When, *, account: int | str | None = None) -> Teller:
        self._script.deletes(self.person(who).number, self.instant(at), self._one(account))
        return self

    def owner_writes(self, to: Person | int | str, at: When, text: str, *, account: int | str = 0) -> Teller:
        """The account's owner writes on their phone, past the API."""
        sender, person = self.state.account(account), self.person(to)
        self.state.book(self.instant(at), partial(messaging.owner_writes, self.state, sender, person.number, text))
        return self

    # ── what befalls accounts ────────────────────────────────────────────────────────────────────────

    def disconnects(
        self,
        account: int | str = 0,
        at: When | None = None,
        *,
        word: str = "disconnected_account",
        status: SourceStatus = "CREDENTIALS",
    ) -> Teller:
        """Sign the account out; `word` may be any error of an account, `checkpoint_error` for one."""
        one = self.state.account(account)
        self._do(at, partial(health.disconnect, self.state, one, word=word, status=status))
        return self

    def restricts(self, account: int | str = 0, at: When | None = None, *, days: float = 7.0) -> Teller:
        one = self.state.account(account)
        self._do(at, partial(health.restrict, self.state, one, days=days))
        return self

    def reconnects(self, account: int | str = 0, at: When | None = None) -> Teller:
        self._do(at, partial(health.reconnect, self.state, self.state.account(account)))
        return self

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────

    def instant(self, when: When | None) -> float:
        """Any way of saying when, as unix seconds."""
        match when:
            case None:
                return self.state.agenda.clock.now()
            case timedelta():
                return self.state.agenda.clock.now() + when.total_seconds()
            case datetime():
                if when.tzinfo is None:
                    raise ValueError("an instant needs a time zone")
                return when.timestamp()
            case str():
                return parse_instant(when)
            case _:
                return float(when)

    def _do(self, at: When | None, act: partial[None]) -> None:
        """At once when no time is given: a test that says so wants it to be so on the next line."""
        if at is None:
            with self.state.lock:
                act(self.instant(None))
        else:
            self.state.book(self.instant(at), act)

    def _one(self, account: int | str | None) -> Account | None:
        return None if account is None else self.state.account(account)
