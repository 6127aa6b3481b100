"""What is forgotten, what is kept beside the lines, and what of it survives damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import HOUR, T0, append, segment_files, stamped, whole

from ingest.errors import JournalError
from ingest.journal import blobs, snapshots
from ingest.journal.journal import Journal
from ingest.journal.read import Reader
from ingest.journal.retain import retain
from ingest.journal.verify import verify

LINES = 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five closed hours and an open one, of a hundred lines each."""
    with Journal.open(tmp_path) as journal:
        for n in range(6):
            append(journal, stamped(LINES, T0 + n * HOUR, first=n * LINES), T0 + n * HOUR)
        assert journal.settle(60)
    return tmp_path


def kept(folder: Path) -> list[int]:
    """Hours of the segments that are left."""
    return sorted({int(Path(name).name[:2]) for name in segment_files(folder)})


@pytest.mark.parametrize(("hours", "left"), [(2.5, [3, 4, 5]), (4, [1, 2, 3, 4, 5]), (0, [5])])
def test_old_segments_go(folder: Path, hours: float, left: list[int]) -> None:
    gone = retain(folder, now=T0 + 5 * HOUR, max_age_s=hours * 3600)
    assert kept(folder) == left
    assert [g.first_line for g in gone] == [n * LINES for n in range(6 - len(left))]
    first = left[0] * LINES
    assert whole(Reader(folder, first), first).count(b"\n") == 600 - first
    assert all(v.good for v in verify(folder))
    assert not retain(folder, now=T0 + 5 * HOUR, max_age_s=hours * 3600)


def test_the_oldest_go_while_all_take_too_much_room(folder: Path) -> None:
    size = sum((folder / name).stat().st_size for name in segment_files(folder))
    assert not retain(folder, now=T0, max_bytes=size)
    assert len(retain(folder, now=T0, max_bytes=size - 1)) == 1
    assert kept(folder) == [1, 2, 3, 4, 5]
    assert len(retain(folder, now=T0, max_bytes=0)) == 4
    assert kept(folder) == [5]


@pytest.mark.parametrize(("line", "left"), [(0, [0, 1, 2, 3, 4, 5]), (299, [2, 3, 4, 5]),
                                            (300, [3, 4, 5])])  # fmt: skip
def test_what_a_snapshot_needs_stays(folder: Path, line: int, left: list[int]) -> None:
    retain(folder, now=T0 + 100 * HOUR, max_age_s=0, max_bytes=0, keep_from=line)
    assert kept(folder) == left


def test_a_wrong_clock_keeps_nothing_for_ever_and_costs_nothing(tmp_path: Path) -> None:
    hours = (10, 11, 500_000, 12, -400_000, 13, 14)
    with Journal.open(tmp_path) as journal:
        for n, hour in enumerate(hours):
            append(journal, stamped(1, T0 + hour * HOUR, first=n), T0 + hour * HOUR)
        assert journal.settle(60)
    now = T0 + 14 * HOUR
    assert not retain(tmp_path, now=now, max_age_s=4.5 * 3600)
    # The one from the future is as old as the next; the one from the past waits for its turn.
    assert len(retain(tmp_path, now=now, max_age_s=2.5 * 3600)) == 2
    assert len(retain(tmp_path, now=now, max_age_s=1.5 * 3600)) == 3
    assert len(segment_files(tmp_path)) == 3


def test_a_damaged_segment_is_forgotten_like_others(folder: Path) -> None:
    path = folder / "2026-09-14/00.nmea.zst"
    path.write_bytes(path.read_bytes()[:-1])
    with Journal.open(folder) as journal:
        list(journal.read())
        assert len(journal.faults) == 1
    assert "quarantine/2026-09-14/00.json" in segment_files(folder)
    assert not segment_files(folder)[0].startswith("2026-09-14/00")
    with Journal.open(folder) as journal:
        append(journal, stamped(1), T0)
    retain(folder, now=T0 + 5 * HOUR, max_age_s=4.5 * 3600)
    assert not (folder / "quarantine/2026-09-14").exists()


# Snapshots


@given(st.binary(max_size=200), st.integers(0, 1 << 60), st.integers(0, 1 << 50))
def test_a_snapshot_comes_back(memory: Path, state: bytes, line: int, at: int) -> None:
    folder = memory / "snapshots"
    for old in snapshots.lines(folder):
        (folder / f"snapshots/{old}.state").unlink()
    assert snapshots.newest(folder) is None
    snapshots.save(folder, line, at, state)
    assert snapshots.newest(folder) == snapshots.Snapshot(line, at, state)


def test_the_newest_snapshot_that_fits_is_taken(tmp_path: Path) -> None:
    for n in range(5):
        snapshots.save(tmp_path, n * 1000, T0 + n, b"%d" % n)
    assert snapshots.lines(tmp_path) == [4000, 3000, 2000, 1000, 0]

    def state(**limits: int) -> bytes | None:
        found = snapshots.newest(tmp_path, **limits)
        return None if found is None else found.state

    assert state() == b"4"
    assert state(upto_line=3999) == b"3"
    assert state(upto_line=3000) == b"3"
    assert state(until=T0 + 2) == b"2"
    assert state(until=T0 + 2, upto_line=1500) == b"1"
    assert state(until=T0 - 1) is None
    snapshots.save(tmp_path, 4000, T0 + 9, b"again")
    assert state() == b"again"


@given(place=st.integers(0, 10_000), flip=st.integers(0, 255))
def test_a_damaged_snapshot_is_set_aside(memory: Path, place: int, flip: int) -> None:
    folder = memory / "damaged"
    snapshots.save(folder, 5, T0, b"before")
    path = snapshots.save(folder, 70, T0 + 1, b"state" * 20)
    data = bytearray(path.read_bytes())
    if flip:
        data[place % len(data)] ^= flip
    else:
        del data[place % len(data) :]
    path.write_bytes(data)
    found = snapshots.newest(folder)
    assert found is not None
    assert found.state == b"before"
    assert not path.exists()
    assert path.with_name("70.state.damaged").read_bytes() == data


def test_snapshots_are_thinned(tmp_path: Path) -> None:
    for n in range(60):  # one every ten minutes
        snapshots.save(tmp_path, n, T0 + n * HOUR // 6, b"")
    now = T0 + 10 * HOUR
    assert snapshots.thin(tmp_path, now=now, all_of_s=2 * 3600) > 0
    lines = snapshots.lines(tmp_path)
    assert lines[:12] == list(range(59, 47, -1))
    assert lines[12:] == [n * 6 + 5 for n in range(7, -1, -1)]
    assert snapshots.thin(tmp_path, now=now, all_of_s=2 * 3600) == 0
    assert snapshots.thin(tmp_path, now=now, max_age_s=4 * 3600) == 6
    assert snapshots.thin(tmp_path, now=now, first_line=42) == 1
    assert snapshots.lines(tmp_path)[-2:] == [48, 47]
    assert snapshots.thin(tmp_path, now=now + 99 * HOUR, max_age_s=0) == 12
    assert snapshots.lines(tmp_path) == [59]


# Blobs


def test_a_blob_is_kept_once_and_comes_back(tmp_path: Path) -> None:
    name = blobs.put(tmp_path, b"zones")
    assert blobs.put(tmp_path, b"zones") == name
    assert blobs.put(tmp_path, b"rules") != name
    assert blobs.get(tmp_path, name) == b"zones"
    assert len(list((tmp_path / "blobs").iterdir())) == 2


def test_a_blob_that_is_damaged_or_missing_is_refused(tmp_path: Path) -> None:
    name = blobs.put(tmp_path, b"zones")
    (tmp_path / "blobs" / name).write_bytes(b"zonez")
    with pytest.raises(JournalError, match="it is damaged"):
        blobs.get(tmp_path, name)
    blobs.put(tmp_path, b"zones")
    assert blobs.get(tmp_path, name) == b"zones"
    with pytest.raises(JournalError, match="it is missing"):
        blobs.get(tmp_path, "0" * 32)
    for bad in ("../journal.json", "", name.upper(), f"{name}/"):
        with pytest.raises(JournalError, match="is no hash"):
            blobs.get(tmp_path, bad)
