"""Where a past stretch of a journal begins, over closed and open segments."""

from __future__ import annotations

from pathlib import Path

import pytest
from journals import HOUR, T0, append, stamped

from ingest.journal.journal import Journal
from vigie.live.past import line_at
from vigie.live.refill import warm_up_line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten lines an hour for ten hours, two minutes apart; the last segment is open."""
    folder = tmp_path_factory.mktemp("journal")
    with Journal.open(folder) as journal:
        for n in range(100):
            at = T0 + n // 10 * HOUR + n % 10 * 120_000_000
            append(journal, stamped(1, at), at)
        journal.settle(20)
    return folder


@pytest.mark.parametrize(
    ("at", "line"),
    [(0, 0), (T0, 0), (T0 + 1, 1), (T0 + HOUR, 10), (T0 + HOUR // 2, 10),
     (T0 + 9 * HOUR + 1, 91), (T0 + 9 * HOUR + 9 * 120_000_000, 99), (T0 + 10 * HOUR, None)],
)  # fmt: skip
def test_the_first_line_of_a_time(folder: Path, at: int, line: int | None) -> None:
    assert line_at(folder, at) == line


@pytest.mark.parametrize(("wanted", "line"), [(0, 0), (9, 0), (65, 0), (75, 10), (99, 30)])
def test_without_a_state_some_hours_before_are_judged(folder: Path, wanted: int, line: int) -> None:
    assert warm_up_line(folder, wanted) == line
