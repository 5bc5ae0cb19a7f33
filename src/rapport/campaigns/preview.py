"""How a sequence reads to chosen leads: every text, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from rapport.campaigns import personalise, survey
from rapport.campaigns.personalise import Broken, Lacking, TooLong, Words
from rapport.rules import template
from rapport.rules.sequences import Sequence, Step, Variant


def of_lead(sequence: Sequence, lead: Mapping[str, Any], why: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every text of a sequence for one lead."""
    given = personalise.values(lead)
    return {
        "lead": survey.known(lead),
        "why": list(why),
        "texts": [_text(step, variant, given) for step, variant in survey.wordings(sequence)],
    }


def _text(step: Step, variant: Variant, given: personalise.Values) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "step": step.key,
        "kind": step.kind.value,
        "variant": variant.key,
        "subject": None,
        "body": None,
        "length": None,
        "most": personalise.longest(step.kind, "body"),
        "missing": [],
        "problem": None,
    }
    made = personalise.words(step.kind, variant, given)
    match made:
        case Words():
            shown |= _words(made)
        case TooLong():
            shown |= _words(made.words)
            shown["problem"] = f"The {made.field} has {made.length} characters; {made.most} are the most."
        case Lacking():
            shown["missing"] = list(made.variables)
            shown["problem"] = f"The lead lacks: {', '.join(made.variables)}."
        case Broken():
            shown["problem"] = " ".join(problem.sentence for problem in made.problems)
        case _:
            assert_never(made)
    return shown


def _words(words: Words) -> dict[str, Any]:
    return {"subject": words.subject, "body": words.body, "length": template.length(words.body)}
