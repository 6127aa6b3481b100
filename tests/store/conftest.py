from __future__ import annotations

import pytest

from store.database import Database


@pytest.fixture
def database(tmp_path):
    with Database.open(tmp_path / "watch.db") as opened:
        yield opened
