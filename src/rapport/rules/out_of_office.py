"""An automatic answer of somebody who is away is no reply: it holds the sequence until they are back.

A person who writes that they were away, or goes away next week and still wants to talk, has replied.
Example: "Automatic reply: I am out of the office until 6 March" holds until 7 March; "Sorry, I was out of the office"
is a reply. Where in doubt it is a reply, for a reply stops what an absence would only delay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rapport.rules import absence_phrases

_LOOKED_AT = 3000
"""An automatic answer says so at its beginning."""
_ENOUGH = 3
_AFTER_CUE = 60
_LONGEST_ABSENCE = timedelta(days=200)


@dataclass(frozen=True, slots=True)
class OutOfOffice:
    """Somebody is away; `because` names what gave it away."""

    because: tuple[str, ...]
    returns_on: date | None
    """The first day on which they are back, where they say."""


_KINDS: tuple[tuple[str, int, re.Pattern[str]], ...] = tuple(
    (name, weight, re.compile("|".join(phrases)))
    for name, weight, phrases in (
        ("declared", 3, absence_phrases.DECLARED),
        ("away", 2, absence_phrases.AWAY),
        ("and_so", 1, absence_phrases.AND_SO),
        ("thanked", 1, absence_phrases.THANKED),
        ("not_theirs", -4, absence_phrases.NOT_THEIRS),
        ("talks", -2, absence_phrases.TALKS),
        ("calls", -2, absence_phrases.CALLS),
    )
)
_HEADERS: Mapping[str, re.Pattern[str]] = {
    "auto-submitted": re.compile(r"auto-"),
    "x-autoreply": re.compile(r"yes|true|1"),
    "x-autorespond": re.compile(r"."),
    "precedence": re.compile(r"auto[_-]reply"),
    "x-precedence": re.compile(r"auto[_-]reply"),
}
_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio januari janeiro stycznia styczeń jänner",
            "february feb februar février febrero febbraio februari fevereiro lutego luty",
            "march mar märz mars marzo maart março marca marzec",
            "april apr avril abril aprile kwietnia kwiecień",
            "may mai mayo maggio mei maio maja maj",
            "june jun juni juin junio giugno junho czerwca czerwiec",
            "july jul juli juillet julio luglio julho lipca lipiec",
            "august aug août agosto augustus augusti sierpnia sierpień",
            "september sep sept septembre septiembre settembre setembro września wrzesień",
            "october oct okt oktober octobre octubre ottobre outubro października październik",
            "november nov novembre noviembre novembro listopada listopad",
            "december dec dez dezember décembre diciembre dicembre dezembro grudnia grudzień",
        ),
        1,
    )
    for name in names.split()
}
_WEEKDAYS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "monday montag lundi lunes lunedì maandag segunda-feira poniedziałek poniedziałku måndag 月曜日",
            "tuesday dienstag mardi martes martedì dinsdag terça-feira wtorek wtorku tisdag 火曜日",
            "wednesday mittwoch mercredi miércoles mercoledì woensdag quarta-feira środę środa onsdag 水曜日",
            "thursday donnerstag jeudi jueves giovedì donderdag quinta-feira czwartek czwartku torsdag 木曜日",
            "friday freitag vendredi viernes venerdì vrijdag sexta-feira piątek piątku fredag 金曜日",
            "saturday samstag samedi sábado sabato zaterdag sobotę sobota lördag 土曜日",
            "sunday sonntag dimanche domingo domenica zondag niedzielę niedziela söndag 日曜日",
        )
    )
    for name in names.split()
}
_UNTIL = re.compile(
    r"\b(?:until|till|through|thru|bis|jusqu'au|jusqu'à|hasta|fino al|fino a|sino al|tot en met|t/m|tot|até"
    r"|aż do|do dnia|do|till och med|t\.o\.m\.)\b"
    r"(?: (?:and including|einschließlich|einschl\.|zum|und mit|el|il|o dia|dia|le|den|dnia))?"
)
_BACK = re.compile(
    r"\b(?:back(?: in the office| at work| at my desk)?(?: on| from)?|return(?:ing)?(?: to the office)?(?: on)?"
    r"|wieder|ab|zurück(?: am)?|de retour|reviens|vuelvo|regreso|vuelta|reincorporo|rientro|rientrerò|ritorno|torno"
    r"|terug|weer (?:aanwezig|bereikbaar)|regresso|volto|retorno|de volta|wracam|wrócę|powrót|tillbaka|åter)\b"
)
_ISO = re.compile(r"(20\d\d)-(\d{1,2})-(\d{1,2})")
_EASTERN = re.compile(r"(?:(20\d\d) ?年 ?)?(\d{1,2}) ?月 ?(\d{1,2}) ?日(.{0,12})")
_DAY_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?,? (?:of |de |di |d')?([^\W\d_]{3,12})\.?,?(?: de)?(?: (20\d\d))?"
)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?\b,?(?: (20\d\d))?")
_FIGURES = re.compile(r"(\d{1,2})[./](\d{1,2})[./]?(?:(20\d\d|\d\d)\b)?")
_WORD = re.compile(r"[^\W\d_]+(?:-feira)?")


def recognise(
    text: str, *, today: date, subject: str | None = None, headers: Mapping[str, str] | None = None
) -> OutOfOffice | None:
    """What an automatic answer says of an absence; None when a person has replied. `today` is when it was sent."""
    said = _plain(text)
    if _by_headers(headers or {}):
        return OutOfOffice(("headers",), _returns_on(said, today))
    whole = f"{_plain(subject)}. {said}" if subject else said
    found = {name: weight for name, weight, pattern in _KINDS if pattern.search(whole)}
    returns_on = _returns_on(said, today)
    if "and_so" in found:
        found.pop("calls", None)  # whoever is away asks to be called where it is urgent
    if "away" in found and returns_on is not None:
        found["return"] = 1  # an absence with its end is a notice more than a remark
    if sum(found.values()) < _ENOUGH:
        return None
    return OutOfOffice(tuple(name for name, weight in found.items() if weight > 0), returns_on)


def _by_headers(headers: Mapping[str, str]) -> bool:
    return any(
        (pattern := _HEADERS.get(name.lower())) is not None and pattern.search(value.lower()[:100]) is not None
        for name, value in headers.items()
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFC", text[:_LOOKED_AT]).replace("\u2019", "'").lower()
    return " ".join(folded.split())


def _returns_on(said: str, today: date) -> date | None:
    """The first day back: the day named for it, or the day after the last one away."""
    for pattern, days in ((_BACK, 0), (_UNTIL, 1)):
        for cue in pattern.finditer(said):
            found = _day_in(said[cue.end() : cue.end() + _AFTER_CUE], today)
            if found is not None:
                return found + timedelta(days=days)
    return _eastern(said, today)


def _day_in(text: str, today: date) -> date | None:
    """The first day that is named, near the beginning."""
    found: list[tuple[int, date]] = []
    for pattern, read in ((_ISO, _from_iso), (_DAY_MONTH, _from_day_month), (_MONTH_DAY, _from_month_day)):
        for match in pattern.finditer(text):
            day = read(match, today)
            if day is not None:
                found.append((match.start(), day))
                break
    if not found:
        found = [(match.start(), day) for match in _FIGURES.finditer(text) if (day := _from_figures(match, today))]
    if not found:
        for match in _WORD.finditer(text[:25]):
            if (weekday := _WEEKDAYS.get(match[0])) is not None:
                ahead = (weekday - today.weekday() - 1) % 7 + 1
                return today + timedelta(days=ahead)
    return min(found)[1] if found else None


def _eastern(said: str, today: date) -> date | None:
    """Japanese puts the day before its cue; of a span the last day counts."""
    last = None
    for match in _EASTERN.finditer(said):
        day = _dated(match[1], int(match[2]), int(match[3]), today)
        if day is not None:
            last = day + timedelta(days=1) if "まで" in match[4] else day
    return last


def _from_iso(match: re.Match[str], today: date) -> date | None:
    return _dated(match[1], int(match[2]), int(match[3]), today)


def _from_day_month(match: re.Match[str], today: date) -> date | None:
    month = _MONTHS.get(match[2])
    return _dated(match[3], month, int(match[1]), today) if month is not None else None


def _from_month_day(match: re.Match[str], today: date) -> date | None:
    month = _MONTHS.get(match[1])
    return _dated(match[3], month, int(match[2]), today) if month is not None else None


def _from_figures(match: re.Match[str], today: date) -> date | None:
    """Day and month in either order: where both are possible, the sooner one, for nobody is forgotten over it."""
    first, second = int(match[1]), int(match[2])
    year = f"20{match[3]}" if match[3] and len(match[3]) == 2 else match[3]
    dotted = match[0][match.end(1) - match.start()] == "."
    orders = [(second, first)] if dotted else [(second, first), (first, second)]
    days = [day for month, number in orders if (day := _dated(year, month, number, today)) is not None]
    return min(days, default=None)


def _dated(year: str | None, month: int, day: int, today: date) -> date | None:
    """A day that is a day, of this absence: not long past, and not beyond any absence."""
    for candidate in (int(year),) if year else (today.year, today.year + 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if today - timedelta(days=1) <= found <= today + _LONGEST_ABSENCE:
            return found
    return None
