"""A host whose clock is set an hour wrong either way, and a journal that rots on its disk.

The watch runs under Debian's `faketime`, whose offset is read from a file: the clock that the whole
process sees, DuckDB and the web server among it, is set while it runs. Spans are of the kernel's
steady clock, as they are where a real clock is set. The hours that pass close segments, and these
are what is damaged afterwards.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from feeding import (
    INSIDE,
    LISTED,
    OUTSIDE,
    Desk,
    Post,
    dated,
    differences,
    fleet,
    journaled,
    plan_files,
    replayed,
    sentences,
)
from program import Program
from watching import Watching

PRELOADED = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


class Clock:
    """The wall clock of one process."""

    def __init__(self, folder: Path) -> None:
        if not PRELOADED:
            pytest.skip("faketime is not installed (Debian package faketime)")
        self._file = folder / "clock"
        self.wrap = (
            "env", f"LD_PRELOAD={PRELOADED[0]}", f"FAKETIME_TIMESTAMP_FILE={self._file}",
            "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_DONT_RESET=1",
            "DONT_FAKE_MONOTONIC=1",
        )  # fmt: skip

    def set(self, hours: float) -> None:
        """An offset against the clock of the machine."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{hours * 3600:+.0f}\n")
        new.rename(self._file)


def posted(watch: Watching, post: Post, lines: list[bytes]) -> None:
    """Post, and wait until it is told what became of it."""
    before = watch.ask("ledger")["messages"]
    post(lines)
    watch.until(lambda: watch.ask("ledger")["messages"] == before + len(lines))


def faults(watch: Watching) -> str:
    return "; ".join(watch.ask("health")["faults"])


def fix(watch: Watching, mmsi: int) -> float:
    return float(watch.ask(f"vessels?mmsi={mmsi}")["vessels"][0]["fix"]["lon"])


def test_a_clock_that_is_set_wrong_and_right_again_and_then_segments_that_rot(
    tmp_path: Path, vigie: Program
) -> None:
    clock, post, first = Clock(tmp_path), Post("post"), 244_000_000
    clock.set(0)
    now = time.time() - 500
    toml = "[journal]\nsnapshot_s = 3600\n" + plan_files(tmp_path) + post.toml
    watch = Watching(tmp_path, toml, wrap=clock.wrap)
    with watch:
        desk = Desk(watch.url, watch.token)
        posted(watch, post, dated(sentences(LISTED, *OUTSIDE), now))
        posted(watch, post, fleet(100))
        clock.set(1)  # what comes without a time is an hour ahead now
        posted(watch, post, fleet(100, turn=1))
        assert fix(watch, first) == pytest.approx(-29.9999)
        clock.set(-1)  # and what comes with the right time is, by our clock
        posted(watch, post, dated(sentences(LISTED, *INSIDE), now + 200))
        watch.until(lambda: "min ahead, by its clock or ours" in faults(watch))
        assert watch.ask("ledger")["dropped"] == {"time_ahead": 1}
        posted(watch, post, fleet(100, turn=2))
        assert fix(watch, first) == pytest.approx(-29.9999)  # no vessel is turned back
        assert desk.of(LISTED) == []
        clock.set(0)
        posted(watch, post, dated(sentences(LISTED, *INSIDE), now + 250))
        watch.until(lambda: desk.of(LISTED) == ["active-unacknowledged"])
        watch.until(lambda: faults(watch) == "")
        code, seconds = watch.stop()
        assert (code, seconds < 5) == (0, True)
    assert vigie("journal", "verify", watch.journal).code == 0
    again = replayed(vigie, watch.journal, tmp_path / "again.duckdb")
    assert differences(again, watch.database) == {}
    whole = journaled(watch.journal)

    damage(watch.journal)
    told = vigie("journal", "verify", watch.journal)
    assert told.code == 1
    with watch:
        desk = Desk(watch.url, watch.token)
        posted(watch, post, dated(sentences(LISTED, *OUTSIDE), now + 450))
        watch.until(lambda: desk.of(LISTED) == ["rectified-unacknowledged"])
        assert len(watch.ask(f"alerts?mmsi={LISTED}")["alerts"]) == 1
        assert watch.stop()[0] == 0
    left = journaled(watch.journal)
    assert 200 <= len(left) < len(whole)  # one of the segments, and the end of another
    assert {line for line in left if b"AIVDM" in line} - set(whole) == {
        sentences(LISTED, *OUTSIDE)[0].strip()
    } - set(whole)


def damage(journal: Path) -> None:
    """Turn one bit in the oldest closed segment, and cut the newest short."""
    closed = sorted(journal.glob("2*/*.zst"))
    assert closed
    data = bytearray(closed[0].read_bytes())
    data[len(data) // 2] ^= 1
    closed[0].write_bytes(data)
    newest = max(journal.glob("2*/*.nmea"), key=lambda p: p.stat().st_mtime)
    newest.write_bytes(newest.read_bytes()[:-30])
