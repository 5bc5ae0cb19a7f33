"""Faults to order: which call goes wrong, how, how often, and whether its effect happens all the same.

    faults.arm(Fault("timeout", on="invite", effect=True))              # sent, but nobody hears of it
    faults.arm(Fault("status", on="message", status=500, count=3))      # three errors, nothing sent
    faults.arm(Fault("reset", probability=0.05, count=None))            # five in a hundred, for good

The first armed fault that fits a call strikes it. A probability is a seeded draw.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from threading import Lock
from typing import TYPE_CHECKING, get_args

import orjson

from rapport_sandbox.misbehaviour import What, misbehave

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport_sandbox.chance import Chance
    from rapport_sandbox.wire import Answer, Request

WHATS: tuple[str, ...] = get_args(What)
_BEFORE: frozenset[str] = frozenset({"status", "timeout", "reset", "redirect"})
"""Faults that prevent the effect unless told otherwise; the rest spoil the answer to a call that worked."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One armed fault."""

    what: What
    on: str = "*"
    """A kind of call (`invite`, `message`, `profile` …), `METHOD /path` as a prefix, or `*`."""
    service: str = "unipile"
    account: str | None = None
    person: str | None = None
    count: int | None = 1
    """How many calls it strikes before it is spent; `None` is without end."""
    skip: int = 0
    """How many fitting calls it lets pass first."""
    probability: float = 1.0
    effect: bool | None = None
    """Whether the call takes effect. `None`: as the fault implies."""
    status: int | None = None
    type: str | None = None
    """Unipile's error word for `status`: `too_many_requests`, or any that is not in the table."""
    detail: str | None = None
    retry_after: str | None = None
    """Sent as it is: seconds, a date, nonsense."""
    seconds: float = 60.0
    """Real seconds of a time-out or a drip."""
    field: str | None = None
    """Which field `missing_field` leaves out; everywhere in the answer."""
    location: str = "http://127.0.0.1:9/elsewhere"
    body: str | None = None
    """What is said instead of the fault's own body."""

    def __post_init__(self) -> None:
        if self.what not in WHATS:
            raise ValueError(f"no fault is called {self.what!r}; there are {', '.join(WHATS)}")
        if self.what == "missing_field" and not self.field:
            raise ValueError("missing_field needs the name of a field")
        if not 0 <= self.probability <= 1:
            raise ValueError("probability lies between 0 and 1")

    @classmethod
    def from_json(cls, body: dict[str, object]) -> Fault:
        """A fault as a control call gives it; a `ValueError` for a field that does not exist."""
        unknown = set(body) - {entry.name for entry in fields(cls)}
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        return cls(**body)  # type: ignore[arg-type]

    @property
    def takes_effect(self) -> bool:
        return self.what not in _BEFORE if self.effect is None else self.effect


@dataclass(slots=True)
class _Armed:
    id: int
    fault: Fault
    skip: int
    left: int | None
    looks: int = 0
    struck: int = 0


@dataclass(slots=True)
class Faults:
    """All faults of one sandbox."""

    chance: Chance
    _armed: list[_Armed] = field(default_factory=list)
    _ids: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def any_armed(self) -> bool:
        return bool(self._armed)

    def arm(self, fault: Fault, **changes: object) -> int:
        """Arm one; its number is for `disarm`."""
        fault = replace(fault, **changes) if changes else fault
        with self._lock:
            self._ids += 1
            self._armed.append(_Armed(self._ids, fault, fault.skip, fault.count))
            return self._ids

    def disarm(self, number: int | None = None) -> None:
        """Disarm one, or all."""
        with self._lock:
            self._armed = [one for one in self._armed if number not in (None, one.id)]

    def armed(self) -> list[dict[str, object]]:
        with self._lock:
            return [{"id": one.id, "struck": one.struck, "left": one.left, **asdict(one.fault)} for one in self._armed]

    def take(self, service: str, request: Request, facts: dict[str, object]) -> Fault | None:
        """The fault that strikes this call, if any; it is one nearer to being spent."""
        with self._lock:
            for one in self._armed:
                if not _fits(one.fault, service, request, facts):
                    continue
                if one.skip > 0:
                    one.skip -= 1
                    continue
                one.looks += 1
                if not self.chance.happens(one.fault.probability, "fault", one.id, one.looks):
                    continue
                one.struck += 1
                if one.left is not None:
                    one.left -= 1
                    if one.left <= 0:
                        self._armed.remove(one)
                return one.fault
        return None


def strike(fault: Fault, request: Request, facts: dict[str, object], perform: Callable[[], Answer]) -> Answer:
    """The spoiled answer. The call is performed only if the fault lets it take effect."""
    real = perform() if fault.takes_effect else None
    answer = misbehave(fault, request.path, real)
    known = real.facts if real is not None else facts
    return replace(
        answer,
        effect=real.effect if real is not None else False,
        facts={**known, "fault": fault.what, **_would_have_said(request, real)},
    )


def _would_have_said(request: Request, real: Answer | None) -> dict[str, object]:
    """What the caller did not hear: the judge needs the id of what was made."""
    if real is None or request.method == "GET" or real.headers.get("content-type") != "application/json":
        return {}
    return {"done": orjson.Fragment(real.body)}


def _fits(fault: Fault, service: str, request: Request, facts: dict[str, object]) -> bool:
    if fault.service != service:
        return False
    if fault.account is not None and facts.get("account") != fault.account:
        return False
    if fault.person is not None and facts.get("person") != fault.person:
        return False
    if " " in fault.on:
        return f"{request.method} {request.path}".startswith(fault.on)
    return fault.on in ("*", facts.get("kind"))
