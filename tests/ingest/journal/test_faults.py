"""The process is killed, the disk fills up: what was appended is there, and what was not is not."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from journals import HOUR, T0, append, numbered, segment_files, stamped, whole

from ingest.errors import JournalError, JournalFullError
from ingest.journal import close, durable, snapshots
from ingest.journal.journal import Journal
from ingest.journal.read import Reader
from ingest.journal.sidecar import Sidecar
from ingest.journal.verify import verify

# Appends for ever, an hour further every few appends so that closing goes on all the time, and says
# after each how many lines have been taken.
APPENDER = """
import sys
from pathlib import Path
from ingest.journal.journal import Journal
T0, HOUR = 1_789_344_000_000_000, 3_600_000_000
journal = Journal.open(Path(sys.argv[1]), sync_s=0.05)
hour, turn = int(sys.argv[2]), 0
while True:
    turn += 1
    hour += turn % 7 == 0
    count = 1 + turn * 7919 % 400
    first = journal.next_line
    data = b"".join(b"line %d %s\\n" % (n, b"x" * (n % 90)) for n in range(first, first + count))
    assert journal.append(data, count, T0 + hour * HOUR) == first
    journal.sync()
    sys.stdout.write(f"{journal.next_line} {hour}\\n")
    sys.stdout.flush()
"""


def line(n: int) -> bytes:
    return b"line %d %s\n" % (n, b"x" * (n % 90))


def killed_again_and_again(folder: Path, times: int, seed: int) -> None:
    dice = random.Random(seed)
    taken = hour = 0
    for _ in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(folder), str(hour)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(dice.randrange(1, 120)):
            process.stdout.readline()
        process.kill()
        said, _ = process.communicate()
        told = [s.split() for s in said.splitlines() if said.endswith(b"\n") or s.count(b" ") == 1]
        taken = max([taken, *(int(n) for n, _ in told[:-1])])
        hour = max([hour, *(int(h) for _, h in told[:-1])])
        read = whole(Reader(folder))  # as it was left, before anything is mended
        assert read.count(b"\n") >= taken
    with Journal.open(folder) as journal:
        assert journal.settle(60)
        assert journal.next_line >= taken
        read = whole(journal.read())
        assert read == b"".join(line(n) for n in range(journal.next_line))
        assert append(journal, line(journal.next_line), T0 + (hour + 9) * HOUR) == read.count(b"\n")
        assert journal.settle(60)
    assert all(v.good for v in verify(folder))
    assert not list(folder.glob(f"**/*{durable.PART}"))
    plain = [name for name in segment_files(folder) if name.endswith(".nmea")]
    assert len(plain) == 1


def test_killed_while_appending_and_closing(tmp_path: Path) -> None:
    killed_again_and_again(tmp_path / "journal", times=4, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_killed_many_times(tmp_path: Path, seed: int) -> None:
    killed_again_and_again(tmp_path / "journal", times=25, seed=seed)


class KilledError(BaseException):
    """Stands for the power going at a certain step."""


@pytest.mark.parametrize("step", range(12))
def test_the_power_goes_at_any_step_of_closing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Each call that changes the disk is in turn the first that does not happen any more."""
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(50))
        journal.sync(now=True)
    plain = tmp_path / "2026-09-14/00.nmea"
    done = 0

    def until_killed(real: object) -> object:
        def call(*args: object, **more: object) -> object:
            nonlocal done
            done += 1
            if done > step:
                raise KilledError
            return real(*args, **more)  # type: ignore[operator]

        return call

    with monkeypatch.context() as patch:
        for name in ("replace", "unlink"):
            patch.setattr(Path, name, until_killed(getattr(Path, name)))
        patch.setattr(os, "fsync", until_killed(os.fsync))
        try:
            close.close_segment(plain)
        except KilledError:
            assert done > step
        else:
            assert done <= step
    assert whole(Reader(tmp_path)) == stamped(50)
    with Journal.open(tmp_path) as journal:
        assert journal.next_line == 50
        append(journal, stamped(50, first=50), T0 + HOUR)
        assert journal.settle(60)
        assert not journal.faults
    assert whole(Reader(tmp_path)) == stamped(50) + stamped(50, first=50)
    assert all(v.good for v in verify(tmp_path))
    assert [n for n in segment_files(tmp_path) if n.endswith(".nmea")] == ["2026-09-14/01.nmea"]


def test_of_two_copies_the_plain_one_goes_only_if_the_other_is_sound(tmp_path: Path) -> None:
    for damaged in (True, False):
        folder = tmp_path / str(damaged)
        with Journal.open(folder) as journal:
            append(journal, stamped(50))
            append(journal, stamped(50, first=50), T0 + HOUR)
            plain = (folder / "2026-09-14/00.nmea").read_bytes()
            assert journal.settle(60)
        (folder / "2026-09-14/00.nmea").write_bytes(plain)
        packed = folder / "2026-09-14/00.nmea.zst"
        written = packed.stat().st_mtime_ns
        if damaged:
            packed.write_bytes(packed.read_bytes()[:-20])
        assert whole(Reader(folder)) == stamped(50) + stamped(50, first=50)
        with Journal.open(folder) as journal:
            assert journal.settle(60)
            assert whole(journal.read()) == stamped(50) + stamped(50, first=50)
        assert not (folder / "2026-09-14/00.nmea").exists()
        assert (packed.stat().st_mtime_ns == written) is not damaged
        assert all(v.good for v in verify(folder))


def test_what_was_not_finished_is_removed(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(5))
    snapshots.save(tmp_path, 5, T0, b"state")
    left = [
        tmp_path / f"{name}{durable.PART}"
        for name in ("2026-09-14/00.nmea.zst", "2026-09-14/00.json", "snapshots/9.state")
    ]
    for path in left:
        path.write_bytes(b"x")
    Journal.open(tmp_path).close()
    assert not [path for path in left if path.exists()]
    assert snapshots.lines(tmp_path) == [5]


def test_a_copy_that_is_not_what_was_written_does_not_replace_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = close._pack

    def failing(source: BinaryIO, target: BinaryIO, *more: Any) -> Sidecar:
        told = real(source, target, *more)
        target.seek(told.packed_bytes - 9)
        target.write(b"x")
        return told

    with Journal.open(tmp_path) as journal:
        append(journal, stamped(50))
        with monkeypatch.context() as patch:
            patch.setattr(close, "_pack", failing)
            append(journal, stamped(50, first=50), T0 + HOUR)
            assert journal.settle(60)
        (fault,) = journal.faults
        assert "the compressed copy is not what was written: its checksum is wrong" in fault.what
        assert segment_files(tmp_path) == ["2026-09-14/00.nmea", "2026-09-14/01.nmea"]
        assert whole(journal.read()) == stamped(50) + stamped(50, first=50)
        append(journal, stamped(50, first=100), T0 + 2 * HOUR)
        assert journal.settle(60)
    assert "2026-09-14/00.nmea.zst" in segment_files(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_takes_nothing_and_later_takes_again(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(200_000))
    lines = b""
    with Journal.open(small_disk / "journal", sync_s=0) as journal:
        number = 0
        for _ in range(2):
            refusals: list[JournalFullError] = []
            while len(refusals) < 3:
                data = stamped(1 + number % 100, T0 + number // 10 * HOUR, first=number)
                before = journal.next_line
                try:
                    assert append(journal, data, T0 + number // 10 * HOUR) == before
                    lines += data
                except JournalFullError as full:
                    refusals.append(full)
                assert journal.next_line == lines.count(b"\n")
                number += 1
            assert {str(r).partition(": ")[2] for r in refusals} == {
                "there is no room to append to the journal. Make room on its disk."
            }
            assert whole(journal.read()) == lines
            ballast.unlink(missing_ok=True)
    assert whole(Reader(small_disk / "journal")) == lines


def test_segments_that_could_not_be_closed_for_want_of_room_are_closed_later(
    small_disk: Path,
) -> None:
    noise = random.Random(1).randbytes(150_000).hex().encode()
    data = b"".join(b"%b\n" % noise[n : n + 100] for n in range(0, 220_000, 100))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(200_000))
    with Journal.open(small_disk / "journal") as journal:
        append(journal, data)
        append(journal, b"a\n", T0 + HOUR)
        assert journal.settle(60)
        (fault,) = journal.faults
        assert "could not be closed and stays plain: No space left" in fault.what
        assert whole(journal.read()) == data + b"a\n"
        ballast.unlink()
        append(journal, b"b\n", T0 + 2 * HOUR)
        assert journal.settle(60)
        assert whole(journal.read()) == data + b"a\nb\n"
    files = [n for n in segment_files(small_disk / "journal") if "json" not in n]
    assert files == [
        "2026-09-14/00.nmea.zst", "2026-09-14/01.nmea.zst", "2026-09-14/02.nmea",
    ]  # fmt: skip


class Disk:
    """A disk that takes only some of what it is given."""

    def __init__(self, takes: int, code: int, *, stuck: bool = False) -> None:
        self.takes, self.code, self.stuck = takes, code, stuck
        self._write, self._truncate = os.write, os.ftruncate

    def write(self, fd: int, data: bytes) -> int:
        if not self.takes:
            raise OSError(self.code, os.strerror(self.code))
        written = self._write(fd, bytes(data)[: self.takes])
        self.takes -= written
        return written

    def truncate(self, fd: int, size: int) -> None:
        if self.stuck:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._truncate(fd, size)


@pytest.mark.parametrize("stuck", [False, True])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("takes", [0, 1, 100, 250])
@pytest.mark.parametrize("hour", [0, 1])
def test_a_write_that_fails_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes: int, code: int, stuck: bool, hour: int
) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(5))
        disk = Disk(takes, code, stuck=stuck)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", disk.write)
            patch.setattr(os, "ftruncate", disk.truncate)
            kind = JournalError if code == errno.EIO else JournalFullError
            with pytest.raises(kind) as caught:
                append(journal, stamped(5, first=5), T0 + hour * HOUR)
            assert type(caught.value) is kind
        assert journal.next_line == 5
        assert whole(journal.read()) == stamped(5)
        assert append(journal, stamped(5, first=7), T0 + hour * HOUR) == 5
        assert whole(journal.read()) == stamped(5) + stamped(5, first=7)
        assert journal.settle(60)
    assert whole(Reader(tmp_path)) == stamped(5) + stamped(5, first=7)


def test_a_disk_that_does_not_sync_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with Journal.open(tmp_path) as journal:
        append(journal, stamped(1))
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", refuse)
            with pytest.raises(JournalError, match="Input/output error"):
                journal.sync(now=True)
        append(journal, stamped(1, first=1))
        assert journal.sync(now=True)
        assert sorted(numbered(journal.read())) == [0, 1]


def test_sync_is_done_when_it_is_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, synced = 100.0, []
    monkeypatch.setattr("ingest.clock.monotonic", lambda: now)
    monkeypatch.setattr(os, "fsync", synced.append)
    with Journal.open(tmp_path, sync_s=1.0) as journal:
        append(journal, stamped(1))
        synced.clear()
        assert not journal.sync()
        now = 100.9
        assert not journal.sync()
        assert not synced
        now = 101.0
        assert journal.sync()
        assert len(synced) == 1
        assert not journal.sync()
    with Journal.open(tmp_path, sync_s=0) as journal:
        synced.clear()
        append(journal, stamped(1))
        assert len(synced) == 1
