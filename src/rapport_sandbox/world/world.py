"""The world: people, the accounts that reach them, and the queue of what is still to happen.

It holds; the verbs beside it act (`inviting`, `messaging`, `health`, `life`). Whoever reads or changes it
holds `world.lock`; acts booked through `world.book` take it themselves. What outsiders may hear of goes
through `tell`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Literal, Protocol

from rapport_sandbox.world.account import Account
from rapport_sandbox.world.happenings import Happening, MailTracked, StatusChanged
from rapport_sandbox.world.patience import Enforcer, Patience
from rapport_sandbox.world.people import People, Person
from rapport_sandbox.world.switches import Switches
from rapport_sandbox.world.temperament import Temperament, temperament_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport_sandbox.agenda import Agenda
    from rapport_sandbox.chance import Chance
    from rapport_sandbox.world.talk import Message

Deed = Literal["invite", "withdraw", "message", "inmail", "visit", "follow", "react", "comment", "email"]

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Received:
    """One thing that reached a person: what a story asks about."""

    kind: Deed
    account_id: str
    at: float
    text: str | None = None


class Nature(Protocol):
    """What people do when they are reached. A world without one stands still."""

    def invited(self, account: Account, person: Person, now: float) -> None: ...
    def accepted(self, account: Account, person: Person, now: float) -> None: ...
    def messaged(self, account: Account, message: Message, now: float) -> None: ...


class World:
    """All state of one sandbox."""

    def __init__(
        self,
        chance: Chance,
        agenda: Agenda,
        *,
        people: int,
        accounts: int,
        relations: int | None = None,
        switches: Switches | None = None,
        patience: Patience | None = None,
        generation: int = 0,
    ) -> None:
        """A world that follows another names its own `generation`: no id of the former is given again."""
        self.chance = chance
        self.agenda = agenda
        self.lock = RLock()
        self.people = People(chance, people)
        self.switches = switches or Switches()
        self.patience = patience or Patience()
        self.enforcer = Enforcer(self.patience, chance)
        self.accounts: OrderedDict[str, Account] = OrderedDict()
        self.received: dict[int, list[Received]] = {}
        self.nature: Nature | None = None
        self.listener: Callable[[Happening], None] | None = None
        self.chronicle: Callable[[str, str, str, float], object] | None = None
        self._counts: dict[str, int] = {}
        self._counted_from = generation << 32
        self._opened = 0
        for _ in range(accounts):
            self.open_account(agenda.clock.now(), relations=relations)

    def open_account(
        self, now: float, *, relations: int | None = None, features: tuple[str, ...] = ("premium",)
    ) -> Account:
        """Connect one more account, with an owner and the relations of years."""
        position = self._opened
        self._opened += 1
        account = Account(
            id=self.chance.token(22, "account", position),
            owner=self.people.owner(position),
            created_at=now,
            features=features,
        )
        size = self.people.size
        known = relations
        if known is None:
            known = min(size // 10, 150 + self.chance.below(650, "relations", position))
        draw = self.chance.stream("relations", position)
        for index, number in enumerate(draw.sample(range(size), min(known, size))):
            account.relations[number] = now - (known - index) * DAY / 2
        self.accounts[account.id] = account
        return account

    def account(self, which: int | str) -> Account:
        """By position (0 is the first) or by id."""
        return list(self.accounts.values())[which] if isinstance(which, int) else self.accounts[which]

    def person(self, who: Person | int | str) -> Person:
        """By number, or by any id; a `KeyError` if there is nobody."""
        if isinstance(who, Person):
            return who
        found = self.people.find(who) if isinstance(who, str) else None
        if isinstance(who, int) and self.people.exists(who):
            found = self.people[who]
        if found is None:
            raise KeyError(f"nobody in this world is {who!r}")
        return found

    def temperament(self, person: Person) -> Temperament:
        return temperament_of(person, self.chance)

    def new_id(self, kind: str) -> str:
        """An opaque id, the same in every run that makes the same things in the same order."""
        return self.chance.token(22, kind, self.count(kind))

    def count(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, self._counted_from) + 1
        return self._counts[kind]

    def book(self, at: float, act: Callable[[float], object]) -> None:
        """Let `act` happen at an instant, under the lock."""

        def locked(now: float) -> None:
            with self.lock:
                act(now)

        self.agenda.at(at, locked)

    def tell(self, happening: Happening) -> None:
        """Let listeners know; an account that is not OK keeps it until it is."""
        account = self.accounts.get(happening.account_id)
        if account is not None and not account.is_ok and not isinstance(happening, StatusChanged | MailTracked):
            account.held.append(happening)
        elif self.listener is not None:
            self.listener(happening)

    def record(self, kind: str, account: Account, person: int, at: float) -> None:
        """Let the ledger know what ended an invitation: no call shows it."""
        if self.chronicle is not None:
            self.chronicle(kind, account.id, self.people[person].provider_id, at)

    def remember(self, person: int, kind: Deed, account: Account, at: float, text: str | None = None) -> None:
        self.received.setdefault(person, []).append(Received(kind, account.id, at, text))
