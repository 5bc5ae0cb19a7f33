"""Several acts at the same moment, each in a thread of its own; the first failure of any is raised."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_PATIENCE = 60


def together(*acts: Callable[[], T]) -> list[T]:
    """Begin all acts at once; answers what each answered, in their order."""
    start = threading.Barrier(len(acts))

    def begin(act: Callable[[], T]) -> T:
        start.wait(_PATIENCE)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [begun.result(_PATIENCE) for begun in [pool.submit(begin, act) for act in acts]]
