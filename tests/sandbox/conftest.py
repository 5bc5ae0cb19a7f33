"""The stage most tests stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.sandbox.close()
