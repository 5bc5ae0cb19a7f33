"""What is wrong with a campaign or its sequence: every problem by code, sentence and place, with how it weighs.

The rules find what a sequence shows by itself; what only the campaign around it and its leads show is added here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rapport.kernel.errors import Code, RapportError
from rapport.rules.sequence_problems import Problem, ProblemCode


class Weight(StrEnum):
    """What a finding does to whoever wants to start."""

    ERROR = "error"
    """It must be mended."""
    ACCEPTABLE = "acceptable"
    """It must be mended or accepted by name: the leads or senders concerned then wait, the others go on."""
    WARNING = "warning"


class CampaignProblem(StrEnum):
    """What the rules of a sequence cannot see."""

    KEY_MISSING = "key_missing"
    SUBJECT_TOO_LONG = "subject_too_long"
    NO_SENDER = "no_sender"
    SENDER_NOT_OK = "sender_not_ok"
    SENDER_PAUSED = "sender_paused"
    LEADS_WITHOUT_SENDER = "leads_without_sender"
    NEVER_OPENS = "never_opens"
    HOURS_NEVER_MEET = "hours_never_meet"
    DATES_OVER = "dates_over"
    NO_LEADS = "no_leads"


_SENTENCES: dict[CampaignProblem, str] = {
    CampaignProblem.KEY_MISSING: "Step {number} has no key. What was sent is known by its key: give each step one.",
    CampaignProblem.SUBJECT_TOO_LONG: "The subject has {length} characters for {count} leads; {most} are the most.",
    CampaignProblem.NO_SENDER: "The campaign has no sender.",
    CampaignProblem.SENDER_NOT_OK: "{name} is not ready to send: {status}.",
    CampaignProblem.SENDER_PAUSED: "{name} is paused.",
    CampaignProblem.LEADS_WITHOUT_SENDER: "{count} leads are kept by an account that does not send for this campaign. "
    "Add it to the senders, or give the leads to one of them.",
    CampaignProblem.NEVER_OPENS: "The campaign has no working time.",
    CampaignProblem.HOURS_NEVER_MEET: "{name} never works while the campaign does: change the hours of either.",
    CampaignProblem.DATES_OVER: "The campaign's last day, {ends_on}, is over.",
    CampaignProblem.NO_LEADS: "The campaign has no leads.",
}
_WEIGHTS: Mapping[str, Weight] = {
    ProblemCode.TEXT_TOO_LONG: Weight.ACCEPTABLE,
    ProblemCode.VARIABLE_MISSING: Weight.ACCEPTABLE,
    CampaignProblem.SUBJECT_TOO_LONG: Weight.ACCEPTABLE,
    CampaignProblem.SENDER_NOT_OK: Weight.ACCEPTABLE,
    CampaignProblem.SENDER_PAUSED: Weight.ACCEPTABLE,
    CampaignProblem.HOURS_NEVER_MEET: Weight.ACCEPTABLE,
    CampaignProblem.LEADS_WITHOUT_SENDER: Weight.ACCEPTABLE,
    CampaignProblem.NO_LEADS: Weight.WARNING,
}
ACCEPTABLE = tuple(code for code, weight in _WEIGHTS.items() if weight is Weight.ACCEPTABLE)
CODES = (*(code.value for code in ProblemCode), *(code.value for code in CampaignProblem))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    code: str
    sentence: str
    step: str | None = None
    variant: str | None = None
    leads: tuple[Mapping[str, str], ...] = ()
    """Some of the leads concerned, by id and name."""
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def weight(self) -> Weight:
        return _WEIGHTS.get(self.code, Weight.ERROR)

    def shown(self) -> dict[str, Any]:
        """The finding as the API shows it."""
        return {
            "code": self.code,
            "weight": self.weight.value,
            "sentence": self.sentence,
            "step": self.step,
            "variant": self.variant,
            "leads": list(self.leads),
            "details": dict(self.details),
        }


def by_rule(
    problem: Problem, *, leads: Iterable[Mapping[str, str]] = (), places: Iterable[Mapping[str, object]] = ()
) -> Finding:
    """A finding of the rules, with the leads or the places in a text that it is about."""
    details = {name: value for name, value in problem.details.items() if name != "variant"}
    found_in = list(places)
    if found_in:
        details["places"] = found_in
    variant = problem.details.get("variant")
    return Finding(
        problem.code.value,
        problem.sentence,
        problem.step,
        None if variant is None else str(variant),
        tuple(leads),
        details,
    )


def of(
    code: CampaignProblem,
    *,
    step: str | None = None,
    variant: str | None = None,
    leads: Iterable[Mapping[str, str]] = (),
    **details: object,
) -> Finding:
    """A finding of ours."""
    return Finding(code.value, _SENTENCES[code].format(**details), step, variant, tuple(leads), details)


def in_the_way(findings: Iterable[Finding], accepted: Iterable[str]) -> list[Finding]:
    """Those that keep a campaign from running."""
    named = frozenset(accepted)
    return [
        finding
        for finding in findings
        if finding.weight is Weight.ERROR or (finding.weight is Weight.ACCEPTABLE and finding.code not in named)
    ]


def refuse(code: Code, findings: Iterable[Finding], accepted: Iterable[str] = ()) -> None:
    """Refuse with everything that is wrong, if anything is in the way."""
    found = list(findings)
    if in_the_way(found, accepted):
        raise RapportError(code, details=[finding.shown() for finding in found])
