"""Which action each effect belongs to, decided without asking the product.

The ledger knows account, person, kind and words; an action knows the same through its lead and account.
Effects and actions of one (account, person, kind) are paired: first where the product noted the request
id, then where the words are equal, then whatever is left. Among several the last one called before the
arrival is taken, because a step that was refused and tried again has several actions with the same words.
What is left over belongs to nobody: it is a second effect, or one that was never intended.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .history import Effect, History, instant

if TYPE_CHECKING:
    from collections.abc import Callable

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Attribution:
    """The pairing. `intended` has every action by (account, person, kind), paired or not."""

    action_of: dict[int, dict[str, object]]
    effect_of: dict[object, Effect]
    intended: dict[Key, list[dict[str, object]]]

    def action(self, effect: Effect) -> dict[str, object] | None:
        return self.action_of.get(effect.n)

    def rivals(self, effect: Effect) -> list[dict[str, object]]:
        """The actions that could have caused an effect."""
        return self.intended.get((effect.account, effect.person, effect.kind), [])


def attribute(history: History) -> Attribution:
    intended: defaultdict[Key, list[dict[str, object]]] = defaultdict(list)
    for action in history.rows("action"):
        intended[_key(history, action)].append(action)
    for actions in intended.values():
        actions.sort(key=_began)
    happened: defaultdict[Key, list[Effect]] = defaultdict(list)
    for effect in history.effects:
        happened[effect.account, effect.person, effect.kind].append(effect)
    action_of: dict[int, dict[str, object]] = {}
    effect_of: dict[object, Effect] = {}
    for key, effects in happened.items():
        for agree in (_same_request, _same_words, _any):
            _pair(effects, intended.get(key, []), agree, action_of, effect_of)
    return Attribution(action_of, effect_of, dict(intended))


def _pair(
    effects: list[Effect],
    actions: list[dict[str, object]],
    agree: Callable[[Effect, dict[str, object]], bool],
    action_of: dict[int, dict[str, object]],
    effect_of: dict[object, Effect],
) -> None:
    for effect in effects:
        if effect.n in action_of:
            continue
        free = [one for one in actions if one["id"] not in effect_of and agree(effect, one)]
        if free:
            called = [one for one in free if _began(one)[0] <= effect.at]
            action = called[-1] if called else free[0]
            action_of[effect.n], effect_of[action["id"]] = action, effect


def _key(history: History, action: dict[str, object]) -> Key:
    account = history.get("account", action["account_id"])
    if action.get("enrollment_id") is not None:
        lead_id = history.get("enrollment", action["enrollment_id"])["lead_id"]
    else:
        lead_id = action["lead_id"]
    person = history.get("lead", lead_id).get("provider_id")
    return str(account["unipile_account_id"]), str(person), str(action["kind"])


def _began(action: dict[str, object]) -> tuple[float, str]:
    """When it was called. One that never was stands last."""
    at = instant(action.get("called_at"))
    return (float("inf") if at is None else at, str(action["id"]))


def _same_request(effect: Effect, action: dict[str, object]) -> bool:
    known = action.get("request_ids") or []
    return effect.request_id is not None and effect.request_id in known


def _same_words(effect: Effect, action: dict[str, object]) -> bool:
    return effect.text == (action.get("text") or "")


def _any(_effect: Effect, _action: dict[str, object]) -> bool:
    return True
