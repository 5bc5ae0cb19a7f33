"""A stage that tests share when they only look, or when their rows cannot meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import KINDS, fresh_database
from tests.stage import Stage


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for all tests of a module, on each kind of database."""
    with fresh_database(request.param, tmp_path_factory.mktemp("shared")) as database:
        stage = Stage(database)
        yield stage
        stage.close()
