"""Every line that was appended comes back, once, under its number, whatever happens between."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import HOUR, T0, append, faults_of, numbered, segment_files, stamped, whole

from ingest.errors import JournalError
from ingest.journal.fault import DAMAGED, MISSING, SKIPPED
from ingest.journal.journal import Journal
from ingest.journal.read import Reader
from ingest.journal.verify import verify
from ingest.recording import CHUNK


@contextmanager
def folder(memory: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(dir=memory))
    try:
        yield path / "journal"
    finally:
        shutil.rmtree(path)


MINUTES = st.integers(-130, 130)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 40), MINUTES),
        st.sampled_from([("reopen", 0, 0), ("settle", 0, 0), ("sync", 0, 0)]),
    ),
    max_size=12,
)


@given(steps=STEPS, from_line=st.integers(0, 300))
@settings(max_examples=60)
def test_what_was_appended_is_read_in_order(
    memory: Path, steps: list[tuple[str, int, int]], from_line: int
) -> None:
    with folder(memory) as path:
        journal, at, lines = Journal.open(path), T0 + 12 * HOUR, b""
        for step, count, minutes in steps:
            if step == "append":
                at += minutes * 60_000_000
                first = lines.count(b"\n")
                data = stamped(count, at, first=first)
                assert append(journal, data, at) == first
                lines += data
            elif step == "reopen":
                journal.close()
                journal = Journal.open(path)
            elif step == "settle":
                assert journal.settle(60)
            else:
                journal.sync(now=True)
        assert journal.next_line == lines.count(b"\n")
        assert whole(journal.read()) == lines
        begin = min(from_line, journal.next_line)
        rest = b"".join(lines.splitlines(keepends=True)[begin:])
        assert whole(journal.read(begin), begin) == rest
        assert whole(Reader(path)) == lines
        assert journal.settle(60)
        journal.close()
        assert whole(Reader(path)) == lines
        assert all(v.good for v in verify(path))
        assert not journal.faults


@given(counts=st.lists(st.integers(1, 30), min_size=1, max_size=5), data=st.data())
@settings(max_examples=60)
def test_the_last_segment_cut_at_any_byte(
    memory: Path, counts: list[int], data: st.DataObject
) -> None:
    with folder(memory) as path:
        given_lines = b""
        with Journal.open(path) as journal:
            for hour, count in enumerate(counts):
                at = T0 + hour * HOUR
                lines = stamped(count, at, first=journal.next_line)
                append(journal, lines, at)
                given_lines += lines
            assert journal.settle(60)
            (last,) = path.glob("*/*.nmea")
        size = last.stat().st_size
        cut = data.draw(st.integers(0, size))
        left = last.read_bytes()[:cut]
        last.write_bytes(left)
        kept = max(left.count(b"\n") - 1, 0) + sum(counts[:-1])
        expected = b"".join(given_lines.splitlines(keepends=True)[:kept])
        assert whole(Reader(path)) == expected
        with Journal.open(path) as journal:
            assert journal.next_line == kept
            torn = cut - (left.rfind(b"\n") + 1)
            assert len(journal.faults) == (torn > 0)
            aside = list(path.glob("quarantine/*/*.torn-*"))
            assert [p.read_bytes() for p in aside] == ([left[-torn:]] if torn else [])
            more = stamped(3, T0 + len(counts) * HOUR, first=500)
            assert append(journal, more, T0 + len(counts) * HOUR) == kept
            assert whole(journal.read()) == expected + more


def test_segments_are_of_hours_and_the_open_one_is_plain(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        for minutes in (0, 59, 60, 61, 24 * 60):
            append(journal, stamped(2, T0 + minutes * 60_000_000), T0 + minutes * 60_000_000)
        assert journal.settle(60)
    assert segment_files(tmp_path) == [
        "2026-09-14/00.json", "2026-09-14/00.nmea.zst",
        "2026-09-14/01.json", "2026-09-14/01.nmea.zst", "2026-09-15/00.nmea",
    ]  # fmt: skip


def test_an_hour_has_a_further_part_where_the_clock_went_back(tmp_path: Path) -> None:
    lines = b""
    with Journal.open(tmp_path) as journal:
        for n, hours in enumerate((5, 6, 5, 4, 6, 5)):
            data = stamped(3, T0 + hours * HOUR, first=3 * n)
            append(journal, data, T0 + hours * HOUR)
            lines += data
        assert journal.settle(60)
        assert whole(journal.read()) == lines
    names = [Path(name).name for name in segment_files(tmp_path) if "json" not in name]
    assert names == ["04.nmea.zst", "05-2.nmea.zst", "05-3.nmea", "05.nmea.zst",
                     "06-2.nmea.zst", "06.nmea.zst"]  # fmt: skip


def test_lines_a_little_out_of_order_stay_in_their_segment(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        for seconds in (-1, 0, -1, 1, -200):
            append(journal, stamped(1), T0 + seconds * 1_000_000)
        assert journal.settle(60)
    assert [n for n in segment_files(tmp_path) if "json" not in n] == [
        "2026-09-13/23.nmea.zst",
        "2026-09-14/00.nmea",
    ]


def test_a_restart_within_the_hour_goes_on_in_the_open_segment(tmp_path: Path) -> None:
    for n in range(3):
        with Journal.open(tmp_path) as journal:
            append(journal, stamped(2, first=2 * n), T0 + n)
    assert segment_files(tmp_path) == ["2026-09-14/00.nmea"]
    assert whole(Reader(tmp_path)) == stamped(6)


def test_a_segment_left_open_is_closed_at_the_next_opening(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(2))
    with Journal.open(tmp_path, at_least=2) as journal:
        append(journal, stamped(2, first=2), T0 + HOUR)
        assert journal.settle(60)
    assert "2026-09-14/00.nmea.zst" in segment_files(tmp_path)
    assert whole(Reader(tmp_path)) == stamped(4)[: len(stamped(2))] + stamped(2, first=2)


def test_numbers_that_somebody_has_heard_of_are_not_given_out_again(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(5))
    with Journal.open(tmp_path, at_least=9) as journal:
        assert journal.next_line == 9
        assert append(journal, stamped(2), T0) == 9
        assert journal.settle(60)
        assert sorted(numbered(journal.read(tell=lambda fault: None))) == [0, 1, 2, 3, 4, 9, 10]
    (fault,) = faults_of(tmp_path)
    assert (fault.kind, fault.first_line, fault.end_line) == (SKIPPED, 5, 9)
    assert [v.state for v in verify(tmp_path)] == ["ok", "skipped", "open"]
    with Journal.open(tmp_path, at_least=3) as journal:
        assert journal.next_line == 11


def test_a_journal_is_written_by_one_process(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(1))
        with pytest.raises(JournalError, match="another process is writing to this journal"):
            Journal.open(tmp_path)
        code = "import sys; from pathlib import Path; from ingest.journal.journal import Journal;"
        code += "Journal.open(Path(sys.argv[1]))"
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert "another process is writing to this journal" in done.stderr
        append(journal, stamped(1, first=1))
        assert whole(journal.read()) == stamped(2)
    Journal.open(tmp_path).close()


def test_only_whole_lines_are_taken(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        for data, lines in ((b"", 0), (b"a", 1), (b"a\n", 2), (b"a\nb", 1), (b"a\nb\n", 1)):
            with pytest.raises(ValueError, match="whole lines"):
                journal.append(data, lines, T0)
        assert journal.next_line == 0
        assert not whole(journal.read())


def test_pieces_are_of_bounded_size_and_lines_of_any(tmp_path: Path) -> None:
    data = stamped(30_000) + b"x" * 3_000_000 + b"\n" + stamped(10)
    with Journal.open(tmp_path) as journal:
        append(journal, data)
        for _ in range(2):
            pieces = list(journal.read())
            assert whole(pieces) == data
            assert all(len(p.data) <= CHUNK or p.lines == 1 for p in pieces)
            append(journal, b"\n", T0 + HOUR)
            data += b"\n"
            assert journal.settle(60)


def test_reading_while_another_thread_appends(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        lines = stamped(4_000)
        pieces = [b"".join(lines.splitlines(True)[n : n + 10]) for n in range(0, 4_000, 10)]
        done = threading.Event()

        def write() -> None:
            for n, piece in enumerate(pieces):
                append(journal, piece, T0 + n // 40 * HOUR)
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        read, line = b"", 0
        while not done.is_set() or line < journal.next_line:
            part = whole(journal.read(line), line)
            read += part
            line += part.count(b"\n")
        writer.join()
        assert read == lines
        assert not journal.faults


def test_reading_a_range(tmp_path: Path) -> None:
    lines = stamped(3_000)
    with Journal.open(tmp_path) as journal:
        for n in range(3):
            append(journal, b"".join(lines.splitlines(True)[n * 1000 : n * 1000 + 1000]),
                   T0 + n * HOUR)  # fmt: skip
        assert journal.settle(60)
        for begin, end in ((0, 0), (0, 1), (999, 1001), (1000, 2000), (1500, 2999), (2999, 9999)):
            expected = b"".join(lines.splitlines(True)[begin:end])
            assert whole(journal.read(begin, end), begin) == expected
        assert not list(journal.read(3_000))
        assert not list(journal.read(5_000, 6_000))
        assert not journal.faults


def test_opening_what_is_no_folder_for_a_journal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be opened"):
        Journal.open(tmp_path / "file")
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "journal.json").write_text('{"format":7,"journal":"a","made":"b"}')
    with pytest.raises(JournalError, match="format 7, and this program knows format 1"):
        Journal.open(tmp_path / "journal")


@pytest.mark.parametrize("damage", [None, b"", b"{", b"[]", b'{"format":1}'])
def test_a_lost_identity_is_found_in_the_segments(tmp_path: Path, damage: bytes | None) -> None:
    with Journal.open(tmp_path) as journal:
        name = journal.id
        append(journal, stamped(1))
    path = tmp_path / "journal.json"
    path.unlink() if damage is None else path.write_bytes(damage)
    with Journal.open(tmp_path) as journal:
        assert journal.id == name
    with Journal.open(tmp_path / "other") as journal:
        assert journal.id != name


def test_what_was_removed_is_told_as_missing(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        for n in range(4):
            append(journal, stamped(10, first=10 * n), T0 + n * HOUR)
        assert journal.settle(60)
    for name in ("01.nmea.zst", "01.json"):
        (tmp_path / "2026-09-14" / name).unlink()
    (fault,) = faults_of(tmp_path)
    assert (fault.kind, fault.first_line, fault.end_line) == (MISSING, 10, 20)
    assert str(fault) == (
        "2026-09-14/02: no segment holds what came before; lines 10 to 19 are lost"
    )
    assert faults_of(tmp_path, from_line=15)[0].first_line == 15
    assert not faults_of(tmp_path, from_line=20)
    assert [v.state for v in verify(tmp_path)] == ["ok", "missing", "ok", "open"]
    (tmp_path / "2026-09-14" / "02.nmea.zst").unlink()
    told = faults_of(tmp_path, from_line=20)
    assert [(f.kind, f.first_line, f.end_line) for f in told] == [(DAMAGED, 20, 30)]
