"""What a person's words say of buying: that they want to, that they do not, or nothing of it.

Only words that hardly ever mean anything else count. A refusal is looked for first, for "not interested" holds the word
"interested", and "please stop" may ask what it costs as well.
Example: "What would it cost for ten people?" is a wish to buy; "No thanks, we are fine" is a refusal; "Ok" is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum


class Intention(StrEnum):
    BUYING = "buying_signal"
    REFUSING = "not_interested"


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


_REFUSING = _any_of(
    (
        r"(?:not|no longer|never) (?:really |at all |currently )?interested",
        r"no interest",
        r"(?:nicht|kein|keine) (?:mehr )?(?:interessiert|interesse|bedarf)",
        r"pas intéressée?",
        r"no me interesa",
        r"no,? thank(?:s| you)",
        r"nein,? danke",
        r"non,? merci",
        r"no,? gracias",
        r"unsubscribe",
        r"(?:remove|opt) me",
        r"take me off",
        r"stop (?:writing|messaging|contacting|emailing)",
        r"(?:do not|don't|never) (?:contact|message|write to|email) (?:me|us)",
        r"leave me alone",
        r"bitte (?:keine|nicht) (?:mehr|weiteren?)",
        r"not (?:a|the right) fit",
        r"not for us",
        r"we(?:'re| are) (?:all set|fine|good)",
    )
)
_BUYING = _any_of(
    (
        r"how much",
        r"what (?:does|do|would|will) (?:it|this|that|they) cost",
        r"what (?:is|are|'s) (?:the|your) (?:price|prices|cost|rate|rates)",
        r"pric(?:e|es|ing)",
        r"quote|quotation|proposal",
        r"demo|free trial",
        r"book (?:a|some) (?:call|time|meeting|slot)",
        r"(?:schedule|set up|arrange) (?:a |the )?(?:call|meeting|demo|chat)",
        r"let(?:'s| us) (?:talk|meet|chat|speak)",
        r"(?:i am|i'm|we are|we're|very|definitely|would be|i'd be) interested",
        r"call me",
        r"send me (?:an? |the |your )?(?:offer|details|brochure|more|information|info|invite)",
        r"when (?:can|could) we (?:talk|start|meet)",
        r"get started",
        r"was kostet",
        r"preis(?:e|liste)?|angebot|termin",
        r"(?:haben|habe) interesse|interessiert (?:mich|uns)",
        r"rufen sie mich",
        r"combien|devis|tarifs?",
        r"cuánto cuesta|precios?|presupuesto",
    )
)
_LONGEST = 4000
_QUOTED = re.compile(r"^[ \t]*>[^\n]*$", re.MULTILINE)


def intention(text: str | None) -> Intention | None:
    """What a message says of buying; what it quotes of others does not count."""
    said = _QUOTED.sub("", (text or "")[:_LONGEST]).casefold().replace("\u2019", "'")
    if _REFUSING.search(said):
        return Intention.REFUSING
    return Intention.BUYING if _BUYING.search(said) else None
