"""A file of leads as the world sends them, made from a seed, with the answer that importing it must give.

One row in a hundred is bad, in turn in each way that a row can be; good rows come in every spelling, and some name
somebody that another row names.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

HEADER = ("First name", "Last name", "LinkedIn URL", "E-mail", "Company", "Job title", "City", "Segment")
_FIRST = ("Ada", "Zoë", "José", "Łukasz", "李", "שרה", "Ann\u202eA", "🚀 Max", "O'Neil", "Jean-Luc", "MARIA", "müller")
_LAST = ("Lovelace", "Ångström", "García", "Nowak", "小龙", "كريم", "Smith 🎉", "van der Berg", "D'Arcy", "ÖZTÜRK")
_COMPANIES = (
    "Acme, Inc.",
    'The "Best" Ltd',
    "Grün & Söhne GmbH",
    "Plain",
    "株式会社",
    "Semi; Colon",
    "=cmd|' /C calc'!A0",
)
_ENDS = ("\n", "\r\n")
BAD = ("profile", "email", "nobody", "nul", "latin", "long", "cell", "quote", "wide")
_REASONS = {
    "profile": ("LinkedIn URL", "Is no address of a LinkedIn profile."),
    "email": ("E-mail", "Is no email address."),
    "nobody": (None, "Names nobody: give a LinkedIn profile or an email address."),
    "nul": ("Last name", "Contains a NUL character."),
    "latin": ("Last name", "Is not in the encoding of the file."),
    "long": ("Job title", "At most 200 characters."),
    "cell": (None, "The row is longer than 100,000 bytes."),
    "quote": (None, "A quotation mark is out of place or never closed."),
    "wide": (None, "The row has 10 cells, but the file has 8 columns."),
}


@dataclass
class Made:
    """A file and what is to become of it."""

    content: bytes
    people: set[str] = field(default_factory=set)
    """Public identifiers of everybody it names."""
    problems: dict[int, tuple[str | None, str]] = field(default_factory=dict)
    """Line → column and reason."""
    good: int = 0


def make(rows: int, *, seed: int, bad_every: int = 100, cell_bytes: int = 1_000_000) -> Made:
    """A file of so many rows beside its header."""
    chance = random.Random(seed)
    made = Made(b"")
    out = [b"\xef\xbb\xbf", ",".join(HEADER).encode(), b"\r\n"]
    line = 2
    for number in range(rows):
        if number % bad_every == bad_every // 2:
            kind = BAD[number // bad_every % len(BAD)]
            # A megabyte cell in every turn would be a file of other dimensions: one is enough.
            out.append(_bad(kind, number, cell_bytes if number < bad_every * len(BAD) else 200_000))
            made.problems[line] = _REASONS[kind]
            line += 1
            continue
        again = number > 50 and chance.random() < 0.02
        who = number - chance.randrange(1, 50) if again else number
        if who % bad_every == bad_every // 2:
            who = number
        made.people.add(f"person-{who}")
        made.good += 1
        text = _good(chance, who)
        out.append(text.encode())
        line += text.count("\n")
    made.content = b"".join(out)
    return made


def _good(chance: random.Random, who: int) -> str:
    url = chance.choice(
        (
            "https://www.linkedin.com/in/person-{}",
            "http://de.linkedin.com/in/Person-{}/?trk=public",
            "linkedin.com/in/PERSON-{}/",
            "https://linkedin.com/in/person-{}#about",
            "person-{}",
        )
    ).format(who)
    cells = [
        chance.choice(_FIRST),
        chance.choice(_LAST),
        url,
        f"person{who}@example{who % 977}.com" if chance.random() < 0.7 else "",
        chance.choice(_COMPANIES),
        "Head of Growth" if chance.random() < 0.95 else "Head\nof\r\nGrowth",
        "Zürich",
        chance.choice("ABC"),
    ]
    return ",".join(_quoted(chance, cell) for cell in cells) + chance.choice(_ENDS)


def _quoted(chance: random.Random, cell: str) -> str:
    if any(mark in cell for mark in ',"\n\r') or chance.random() < 0.1:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _bad(kind: str, number: int, cell_bytes: int) -> bytes:
    cells: list[bytes] = [
        b"Ada",
        b"Bad",
        b"https://www.linkedin.com/in/bad-%d" % number,
        b"",
        b"Acme",
        b"CEO",
        b"Bonn",
        b"A",
    ]
    match kind:
        case "profile":
            cells[2] = b"https://www.linkedin.com/company/acme"
        case "email":
            cells[3] = b"ada at example"
        case "nobody":
            cells[2] = b""
        case "nul":
            cells[1] = b"Ba\x00d"
        case "latin":
            cells[1] = "Müller".encode("latin-1")
        case "long":
            cells[5] = b"x" * 201
        case "cell":
            cells[5] = b"x" * cell_bytes
        case "quote":
            cells[1] = b'"Bad'
        case "wide":
            cells += [b"and", b"more"]
    return b",".join(cells) + b"\r\n"
