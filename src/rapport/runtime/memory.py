"""What a process does about its memory once it is put together."""

from __future__ import annotations

import gc


def keep_what_is_loaded() -> None:
    """It stays as long as the process, so the collector need not go through it again: that halts every thread.

    Without this somebody's request waits a quarter of a second each time.
    """
    gc.collect()
    gc.freeze()
