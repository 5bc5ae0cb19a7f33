"""The population: who person number 4711 is, worked out when asked and forgotten again.

Everything about a person follows from the seed and their number, so the world holds no list of people:
only those whom somebody invented by hand are kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from rapport_sandbox.world.cultures import (
    COMPANY_HEADS,
    COMPANY_TAILS,
    CULTURES,
    INDUSTRIES,
    TITLES,
)
from rapport_sandbox.world.identity import Identity, bare_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rapport_sandbox.chance import Chance

OWNER_ROOM = 1_000
"""Numbers kept free between the population and the invented people, for the owners of accounts."""

_REMEMBERED = 20_000
_BOUNDS = tuple(accumulate(culture.weight for culture in CULTURES))


@dataclass(frozen=True, slots=True)
class Person:
    """One person as everybody sees them; what they feel about being written to is their temperament."""

    number: int
    provider_id: str
    public_identifier: str | None
    member_id: str
    first_name: str | None
    last_name: str | None
    headline: str
    title: str
    company: int
    location: str | None
    timezone: str
    language: str
    country: str
    email: str | None
    is_open_profile: bool
    is_premium: bool
    connections: int

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or "LinkedIn Member"

    @property
    def member_urn(self) -> str:
        return f"urn:li:member:{self.member_id}"

    @property
    def profile_url(self) -> str:
        return f"https://www.linkedin.com/in/{self.public_identifier or self.provider_id}"


@dataclass(frozen=True, slots=True)
class Company:
    """An employer in the world."""

    number: int
    name: str
    public_identifier: str
    industry: str

    @property
    def id(self) -> str:
        return str(10_000 + self.number)


class People:
    """Everybody in one world, by number or by any of their ids."""

    def __init__(self, chance: Chance, size: int) -> None:
        self.size = size
        self.identity = Identity(chance)
        self._chance = chance
        self._invented: dict[int, Person] = {}
        self._owners: set[int] = set()
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._work_out)
        self.companies = max(20, min(5_000, size // 20))

    def __getitem__(self, number: int) -> Person:
        return self._invented.get(number) or self._remembered(number)

    def __iter__(self) -> Iterator[Person]:
        """The population, then those invented by hand; owners of accounts are nobody's lead."""
        yield from (self[number] for number in range(self.size))
        yield from (person for number, person in self._invented.items() if number not in self._owners)

    def exists(self, number: int) -> bool:
        return 0 <= number < self.size or number in self._invented

    def invent(self, *, number: int | None = None, **facts: object) -> Person:
        """Add a person with these facts; what is not said is drawn as for anybody."""
        if number is None:
            number = self.size + OWNER_ROOM + len(self._invented)
        drawn = self._work_out(number)
        person = replace(drawn, **facts)
        if "public_identifier" not in facts:
            person = replace(person, public_identifier=self._slug(person.name, number))
        self._invented[number] = person
        return person

    def owner(self, position: int) -> Person:
        """The person behind the account at this position."""
        number = self.size + position
        if number not in self._invented:
            self._owners.add(number)
            self.invent(number=number, is_premium=True)
        return self._invented[number]

    def find(self, identifier: str) -> Person | None:
        """By provider id, member id, URN of either, or public identifier in any letter case."""
        text = bare_id(identifier.strip())
        for number in (
            self.identity.number_of_provider_id(text),
            self.identity.number_of_member_id(text),
        ):
            if number is not None and self.exists(number):
                return self[number]
        return self._by_public_identifier(text)

    def by_provider_id(self, text: str) -> Person | None:
        """Only by provider id: an invitation takes nothing else."""
        number = self.identity.number_of_provider_id(text)
        return self[number] if number is not None and self.exists(number) else None

    def company(self, number: int) -> Company:
        chance = self._chance
        head = chance.pick(COMPANY_HEADS, "company-head", number)
        tail = chance.pick(COMPANY_TAILS, "company-tail", number)
        name = f"{head} {tail}"
        slug = _latin(name) or "company"
        return Company(number, name, f"{slug}-{number}", chance.pick(INDUSTRIES, "company-industry", number))

    def find_company(self, identifier: str) -> Company | None:
        text = identifier.strip().rsplit("-", 1)[-1]
        number = int(text) if text.isascii() and text.isdigit() else -1
        for candidate in (number - 10_000, number):
            if 0 <= candidate < self.companies:
                company = self.company(candidate)
                if identifier in (company.id, company.public_identifier):
                    return company
        return None

    def _by_public_identifier(self, text: str) -> Person | None:
        number = self.identity.number_of_slug(text)
        if number is not None and self.exists(number):
            person = self[number]
            if person.public_identifier and person.public_identifier.casefold() == text.casefold():
                return person
        wanted = text.casefold()
        return next((p for p in self._invented.values() if (p.public_identifier or "").casefold() == wanted), None)

    def _slug(self, latin_name: str, number: int) -> str:
        return f"{_latin(latin_name) or 'member'}-{self.identity.slug_tail(number)}"

    def _work_out(self, number: int) -> Person:
        bits = self._chance.digest(64, "person", number)
        culture = CULTURES[_weighted(bits[0] << 8 | bits[1])]
        first = culture.first[bits[2] % len(culture.first)]
        last = culture.last[bits[3] % len(culture.last)]
        place = culture.places[bits[4] % len(culture.places)]
        title = TITLES[bits[5] % len(TITLES)]
        company = int.from_bytes(bits[6:10], "big") % self.companies
        odd = bits[10]
        slug = f"{first[1]}-{last[1]}"
        if odd < 8:  # one in thirty keeps the native script in the URL, as LinkedIn does
            slug = f"{first[0]}-{last[0]}".lower().replace(" ", "-").replace("'", "")
            public_identifier: str | None = f"{slug}-{self.identity.slug_tail(number)}"
        elif odd < 13:  # one in fifty shows no public identifier at all
            public_identifier = None
        else:
            public_identifier = self._slug(slug, number)
        return Person(
            number=number,
            provider_id=self.identity.provider_id(number),
            public_identifier=public_identifier,
            member_id=self.identity.member_id(number),
            first_name=first[0],
            last_name=None if odd == 255 else f"{last[0]} 🚀" if odd == 254 else last[0],
            headline="" if odd == 253 else f"{title} at {self.company(company).name}",
            title=title,
            company=company,
            location=None if odd in (251, 252) else place[0],
            timezone=place[1],
            language=culture.language,
            country=culture.country,
            email=f"{_latin(slug) or 'member'}.{number}@example.com" if bits[11] < 100 else None,
            is_open_profile=bits[12] < 30,
            is_premium=bits[12] < 70,
            connections=20 + int.from_bytes(bits[13:15], "big") % 4_000,
        )


def _weighted(draw: int) -> int:
    wanted = draw % _BOUNDS[-1]
    return next(index for index, bound in enumerate(_BOUNDS) if wanted < bound)


def _latin(text: str) -> str:
    """Letters, digits and single dashes, as a public identifier has them."""
    spelled = text.lower().replace("ß", "ss").replace("ł", "l").replace("ø", "o")
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
