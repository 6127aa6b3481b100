"""Bits flip and files end early: what is left is read under its numbers, the rest is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import HOUR, T0, append, faults_of, numbered, segment_files, stamped

import ingest.journal.close
from ingest.journal import segment, walk
from ingest.journal.fault import DAMAGED, Fault
from ingest.journal.journal import Journal
from ingest.journal.read import Reader
from ingest.journal.segment import read_header
from ingest.journal.verify import verify

COUNT = 300  # lines of a segment; its frames hold some thirty each
CLOSED = "2026-09-14/01"


@pytest.fixture(scope="module")
def original(memory: Path) -> Iterator[Path]:
    """A journal of two closed segments and an open one."""
    folder = memory / "original"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest.journal.close, "FRAME", 3_000)
        with Journal.open(folder) as journal:
            for n in range(3):
                append(journal, stamped(COUNT, T0 + n * HOUR, first=n * COUNT), T0 + n * HOUR)
            assert journal.settle(60)
        yield folder


@pytest.fixture(scope="module")
def lines(original: Path) -> dict[int, bytes]:
    found = numbered(Reader(original))
    assert sorted(found) == list(range(3 * COUNT))
    return found


@pytest.fixture(scope="module")
def copy(original: Path, memory: Path) -> Callable[[], Path]:
    """A fresh copy of it."""
    folder = memory / "copy"

    def make() -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(original, folder)
        return folder

    return make


def read(folder: Path) -> tuple[dict[int, bytes], set[int]]:
    """Lines that can be read, and those that are told to be lost."""
    faults: list[Fault] = []
    found = numbered(Reader(folder, tell=faults.append))
    return found, {n for f in faults for n in range(f.first_line, f.end_line)}


def check(folder: Path, lines: dict[int, bytes]) -> int:
    """That what is read is as it was, and that what is not read is told; how much is lost."""
    found, lost = read(folder)
    assert found.items() <= lines.items()
    assert set(lines) - set(found) == lost
    assert lost <= set(range(COUNT, 2 * COUNT))
    return len(lost)


@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_byte_of_a_closed_segment_changed(
    copy: Callable[[], Path], lines: dict[int, bytes], place: int, flip: int
) -> None:
    folder = copy()
    path = folder / f"{CLOSED}.nmea.zst"
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= flip
    path.write_bytes(data)
    lost = check(folder, lines)
    assert lost < 50
    assert [v.segment for v in verify(folder) if not v.good] == [CLOSED]
    with Journal.open(folder) as journal:
        assert journal.next_line == 3 * COUNT
        first = numbered(journal.read())
        assert len(journal.faults) == (lost > 0)
        assert (folder / "quarantine" / f"{CLOSED}.nmea.zst").exists() == (lost > 0)
        assert numbered(journal.read()) == first
        assert append(journal, stamped(1), T0 + 2 * HOUR) == 3 * COUNT


@given(size=st.integers(0, 10_000))
def test_a_closed_segment_that_ends_too_early(
    copy: Callable[[], Path], lines: dict[int, bytes], size: int
) -> None:
    folder = copy()
    path = folder / f"{CLOSED}.nmea.zst"
    path.write_bytes(path.read_bytes()[: size % path.stat().st_size])
    assert check(folder, lines) > 0
    (verdict,) = (v for v in verify(folder) if not v.good)
    assert "bytes, not" in verdict.what


@pytest.mark.parametrize("damage", ["missing", "empty", "a digit"])
def test_a_sidecar_that_is_lost_costs_nothing(
    copy: Callable[[], Path], lines: dict[int, bytes], damage: str
) -> None:
    folder = copy()
    path = folder / f"{CLOSED}.json"
    if damage == "missing":
        path.unlink()
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        path.write_bytes(path.read_bytes().replace(b'"first_line":300', b'"first_line":301'))
    assert check(folder, lines) == 0
    (fault,) = faults_of(folder)
    assert (
        str(fault) == f"{CLOSED}: its sidecar is {'missing' if damage == 'missing' else 'damaged'}"
    )
    with Journal.open(folder) as journal:
        assert numbered(journal.read()) == lines
        assert numbered(journal.read(450)) == {n: t for n, t in lines.items() if n >= 450}
    assert f"quarantine/{CLOSED}.nmea.zst" in segment_files(folder)
    states = {v.segment: (v.state, v.what) for v in verify(folder) if not v.good}
    assert list(states) == [CLOSED]


@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_closed_segment_damaged_and_its_sidecar_lost(
    copy: Callable[[], Path], lines: dict[int, bytes], place: int, flip: int
) -> None:
    folder = copy()
    (folder / f"{CLOSED}.json").unlink()
    path = folder / f"{CLOSED}.nmea.zst"
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= flip
    path.write_bytes(data)
    check(folder, lines)


def test_a_closed_segment_that_is_gone(copy: Callable[[], Path], lines: dict[int, bytes]) -> None:
    folder = copy()
    (folder / f"{CLOSED}.nmea.zst").unlink()
    assert check(folder, lines) == COUNT
    (folder / f"{CLOSED}.json").unlink()
    assert check(folder, lines) == COUNT


@given(place=st.integers(0, 100_000), flip=st.integers(1, 255))
def test_a_byte_of_the_open_segment_changed(
    copy: Callable[[], Path], lines: dict[int, bytes], place: int, flip: int
) -> None:
    folder = copy()
    path = folder / "2026-09-14/02.nmea"
    data = bytearray(path.read_bytes())
    place %= len(data)
    if 10 in (data[place], data[place] ^ flip):
        flip ^= 64  # another number of lines is another test
        if 10 in (data[place], data[place] ^ flip):
            return
    data[place] ^= flip
    path.write_bytes(data)
    found, lost = read(folder)
    assert not lost
    changed = [n for n in lines if found[n] != lines[n]]
    header = data.find(b"\n")
    assert len(changed) == (place > header)
    in_tag = place > header and place < data.find(b"!", data.rfind(b"\n", 0, place))
    if place <= header:
        assert read_header(bytes(data[: header + 1])) is None
        (fault,) = faults_of(folder)
        assert (fault.kind, fault.what) == (DAMAGED, "its header is damaged")
    bad = [v.what for v in verify(folder) if not v.good]
    if place <= header:
        assert bad == ["its header is damaged"]
    elif in_tag and data[data.rfind(b"\n", 0, place) + 1] == ord("\\"):
        assert bad == ["the TAG blocks of 1 lines are damaged"]
    with Journal.open(folder) as journal:
        assert append(journal, stamped(1), T0 + 2 * HOUR) == 3 * COUNT
        assert numbered(journal.read(3 * COUNT)) == {3 * COUNT: stamped(1)}


def test_a_line_in_a_closed_segment_costs_its_frame_only(
    original: Path, lines: dict[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = []

    def counted(packed: bytes, size: int) -> bytes | None:
        unpacked.append(size)
        return real(packed, size)

    real = walk._frame
    monkeypatch.setattr(walk, "_frame", counted)
    for line in (COUNT, 450, 2 * COUNT - 1):
        unpacked.clear()
        assert numbered(Reader(original, line, line + 1)) == {line: lines[line]}
        assert len(unpacked) == 1


@pytest.mark.parametrize("suffixes", [{".nmea"}, {".nmea.zst"}, {".nmea.zst", ".json"}])
def test_a_segment_that_is_removed_while_one_looks_is_none(
    original: Path, lines: dict[int, bytes], suffixes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = segment.segment_names
    gone = {"2026-09-14/00-2": suffixes}
    monkeypatch.setattr(segment, "segment_names", lambda folder: {**gone, **real(folder)})
    assert numbered(Reader(original)) == lines
    assert not faults_of(original)


def test_a_segment_that_is_closed_while_one_looks_is_read(
    original: Path, lines: dict[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was seen plain, and is no more when it is opened."""
    real = segment.segment_names
    monkeypatch.setattr(
        segment, "segment_names", lambda folder: {name: {".nmea"} for name in real(folder)}
    )
    assert numbered(Reader(original)) == lines
    assert not faults_of(original)


def test_lines_that_a_plain_segment_has_lost_are_missing(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(10))
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(10, first=10), T0 + HOUR)
        assert journal.settle(60)
        append(journal, stamped(10, first=20), T0 + 2 * HOUR)
        journal._closer.stop()
    for name in ("01.json", "01.nmea.zst"):
        (tmp_path / "2026-09-14" / name).unlink(missing_ok=True)
    header = b"$PVIG,J,1,%b,10,2026-09-14T01:00:00.000000Z,0*00\r\n" % journal.id.encode()
    (tmp_path / "2026-09-14" / "01.nmea").write_bytes(header + stamped(10, first=10)[:-300])
    found, lost = read(tmp_path)
    assert set(found) | lost == set(range(30))
    assert 1 < len(lost) < 6


def test_what_a_failing_disk_gave_back_is_cut_by_the_next_segment(tmp_path: Path) -> None:
    """Lines that were refused but could not be taken back have no numbers."""
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(10))
        with (tmp_path / "2026-09-14/00.nmea").open("ab") as file:
            file.write(stamped(3, first=100) + b"!AIV")
        journal._leave()
        assert append(journal, stamped(5, first=10), T0) == 10
        assert journal.settle(60)
        found = numbered(journal.read())
    assert b"".join(found[n] for n in range(15)) == stamped(10) + stamped(5, first=10)
    assert b"".join(numbered(Reader(tmp_path)).values()) == stamped(10) + stamped(5, first=10)
