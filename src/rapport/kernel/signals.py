"""Hints inside one process: after a commit, whoever asked to is told that something of a name changed.

A hint may get lost (another process made the change, this one was busy), so everyone who listens also looks
by itself now and then. What must not be lost is an event or a job.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable


class Signals:
    """Who wants to hear of what."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Callable[[], None]]] = defaultdict(list)

    def on(self, name: str, act: Callable[[], None]) -> None:
        self._listeners[name].append(act)

    def announce(self, names: Iterable[str]) -> None:
        for name in names:
            for act in self._listeners.get(name, ()):
                act()
