"""Stories told over HTTP: `POST /sandbox/acts` with the name of a sentence and its words.

    {"act": "replies", "person": "ada-lovelace-1f0a22bc", "in": 3600, "text": "Thanks, not now"}

`at` is an ISO instant, `in` is seconds from now; neither means now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport_sandbox.world.tales import Teller, When


class BadAct(Exception):  # noqa: N818 - the caller's, told as a 400
    """No such sentence, or a word is missing."""


def tell_act(world: Teller, said: dict[str, object], parse: Callable[[str], float]) -> None:
    """Tell the world one sentence."""
    at = _when(said, parse)
    sentence = _SENTENCES.get(str(said.get("act")))
    if sentence is None:
        raise BadAct(f"no act is called {said.get('act')!r}; there are {', '.join(sorted(_SENTENCES))}")
    try:
        sentence(world, said, at)
    except KeyError as missing:
        raise BadAct(f"act {said['act']}: {missing.args[0]}") from missing


def _when(said: dict[str, object], parse: Callable[[str], float]) -> When | None:
    if "at" in said:
        return parse(str(said["at"]))
    if "in" in said:
        return timedelta(seconds=float(str(said["in"])))
    return None


def _account(said: dict[str, object]) -> int | str | None:
    account = said.get("account")
    return account if isinstance(account, int | str) else None


def _text(said: dict[str, object], name: str = "text") -> str:
    if not isinstance(said.get(name), str):
        raise BadAct(f"act {said['act']} needs {name}")
    return str(said[name])


_NOW = timedelta(0)

_SENTENCES: dict[str, Callable[[Teller, dict[str, object], When | None], object]] = {
    "quiet": lambda w, s, _: w.quiet(_text(s, "person")),
    "connects": lambda w, s, at: w.connects(_text(s, "person"), to=_account(s) or 0, at=at),
    "accepts": lambda w, s, at: w.accepts(_text(s, "person"), at or _NOW, account=_account(s)),
    "declines": lambda w, s, at: w.declines(_text(s, "person"), at or _NOW, account=_account(s)),
    "replies": lambda w, s, at: w.replies(_text(s, "person"), at or _NOW, _text(s), account=_account(s)),
    "reads": lambda w, s, at: w.reads(_text(s, "person"), at or _NOW, account=_account(s)),
    "reacts": lambda w, s, at: w.reacts(_text(s, "person"), at or _NOW, account=_account(s)),
    "edits": lambda w, s, at: w.edits(_text(s, "person"), at or _NOW, _text(s), account=_account(s)),
    "deletes": lambda w, s, at: w.deletes(_text(s, "person"), at or _NOW, account=_account(s)),
    "owner_writes": lambda w, s, at: w.owner_writes(_text(s, "person"), at or _NOW, _text(s), account=_account(s) or 0),
    "disconnects": lambda w, s, at: w.disconnects(
        _account(s) or 0, at, word=str(s.get("word", "disconnected_account"))
    ),
    "restricts": lambda w, s, at: w.restricts(_account(s) or 0, at, days=float(str(s.get("days", 7)))),
    "reconnects": lambda w, s, at: w.reconnects(_account(s) or 0, at),
}
