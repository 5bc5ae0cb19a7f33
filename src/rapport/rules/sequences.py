"""What a campaign does with a lead, step by step.

A sequence is a graph of steps that begins with its first. A step that acts leads on to `then`. A step that
waits for a condition leads to `then` as soon as the condition holds, and to `otherwise` when it did not come in
time; with no time given to wait it is a plain branch.
Example: invite → wait up to 7 days for `connected` → then a message, otherwise a visit and an InMail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from rapport.rules.delays import AT_ONCE, Delay


class StepKind(StrEnum):
    INVITE = "invite"
    MESSAGE = "message"
    INMAIL = "inmail"
    VISIT = "visit"
    FOLLOW = "follow"
    REACT = "react"
    EMAIL = "email"
    WITHDRAW = "withdraw"
    WAIT_FOR = "wait_for"

    @property
    def acts(self) -> bool:
        """Whether the step sends something, or only waits."""
        return self is not StepKind.WAIT_FOR

    @property
    def speaks(self) -> bool:
        """Whether the step carries words to the person."""
        return self in _SPEAKING


NEEDS_RECOGNISING = frozenset({StepKind.INVITE, StepKind.MESSAGE, StepKind.INMAIL, StepKind.FOLLOW})
"""What the provider does only for a person whose own id it is told."""
_SPEAKING = frozenset({StepKind.INVITE, StepKind.MESSAGE, StepKind.INMAIL, StepKind.EMAIL})


class Asked(StrEnum):
    """What a condition asks of the lead."""

    CONNECTED = "connected"
    REPLIED = "replied"
    HAS_EMAIL = "has_email"
    OPEN_INMAIL = "open_inmail"
    TAG = "tag"
    MESSAGE_SEEN = "message_seen"


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about a lead; `tag` names the tag when that is what is asked."""

    asked: Asked
    tag: str | None = None

    def __str__(self) -> str:
        return f"tag {self.tag}" if self.asked is Asked.TAG else self.asked.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording of a step, drawn as often as its weight says."""

    key: str
    weight: int
    body: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the sequence does. `key` stays the same through every version of the sequence."""

    key: str
    kind: StepKind
    then: str | None
    """The step after it; None is the end."""
    delay: Delay = AT_ONCE
    condition: Condition | None = None
    """What a waiting step waits for."""
    within: Delay | None = None
    """How long it waits; None is for ever."""
    otherwise: str | None = None
    """Where it leads when the condition did not come in time; None is the end."""
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True)
class Sequence:
    """One version of a campaign's steps; never changed once used."""

    id: str
    version: int
    steps: tuple[Step, ...] = field(default=())

    @property
    def start(self) -> str | None:
        """The key of the first step."""
        return self.steps[0].key if self.steps else None

    def step(self, key: str | None) -> Step | None:
        """The step of a key, if this version has it."""
        return None if key is None else self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[str, Step]:
        return {step.key: step for step in reversed(self.steps)}
