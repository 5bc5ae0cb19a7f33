"""How high somebody stands in their company, read from their title.

Example: "Head of Sales, DACH" is a director, "Founder & CEO" a chief, "Sales Development Representative" nothing of it.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Seniority(StrEnum):
    CHIEF = "chief"
    """Owners, founders and whoever is chief of something."""
    VICE_PRESIDENT = "vice_president"
    DIRECTOR = "director"
    MANAGER = "manager"
    SENIOR = "senior"
    JUNIOR = "junior"


_CHIEFS = (
    "c[eftmo]o|cmo|cro|cio|cpo|chief|founder|co-?founder|owner|president|managing director|partner|"
    "geschäftsführ\\w*|inhaber\\w*|vorstand|gründer\\w*|directeur général"
)
_SIGNS: tuple[tuple[Seniority, re.Pattern[str]], ...] = tuple(
    (level, re.compile(rf"\b(?:{signs})\b"))
    for level, signs in (
        (Seniority.JUNIOR, "intern|trainee|junior|jr|assistant|working student|werkstudent\\w*|praktikant\\w*|azubi"),
        (Seniority.VICE_PRESIDENT, "vice[ -]president|s?vp|evp|avp"),
        (Seniority.CHIEF, _CHIEFS),
        (Seniority.DIRECTOR, "head|director|leiter\\w*|directeur|directrice|prokurist\\w*"),
        (Seniority.MANAGER, "manager\\w*|lead|supervisor|teamleiter\\w*|responsable"),
        (Seniority.SENIOR, "senior|sr|principal|staff|expert\\w*"),
    )
)
"""The first that is found holds: a vice president is no president, and an assistant to the owner no owner."""
_LONGEST = 300


def seniority(title: str | None) -> Seniority | None:
    """The level that a title speaks of."""
    said = (title or "")[:_LONGEST].casefold()
    return next((level for level, signs in _SIGNS if signs.search(said)), None)
