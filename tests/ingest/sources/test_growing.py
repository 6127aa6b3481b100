"""Files that grow: each line once, through every kind of rotation."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.framing import MAX_LINE
from ingest.sources import growing
from ingest.sources.growing import GrowingFiles

LINE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"


class Clock:
    time = 1_000.0

    def __call__(self) -> float:
        self.time += 0.1  # a look every tenth of a second
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(growing, "monotonic", made)
    return made


class Reader:
    def __init__(self, path: Path, *, from_start: bool = False) -> None:
        self.files = GrowingFiles(path, from_start=from_start)
        self.open: dict[int, str] = {}
        self.fault = ""

    def __call__(self) -> list[tuple[int, bytes]]:
        """What is new, by link."""
        found, more = [], True
        while more:
            look = self.files.look()
            for link, path in look.links:
                if path:
                    assert link not in self.open
                    self.open[link] = path
                else:
                    del self.open[link]
            found += [(link, lines) for link, lines, _ in look.read if lines]
            more, self.fault = look.more, look.fault
        return found

    @property
    def lines(self) -> bytes:
        return b"".join(lines for _, lines in self())


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> Path:
    return tmp_path / "ais.log"


def add(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_what_is_added_is_read_once(log: Path) -> None:
    log.write_bytes(b"!old\n")
    read = Reader(log)
    assert read() == []
    add(log, b"!a\n!b")
    assert read() == [(1, b"!a\n")]
    assert read() == []
    add(log, b"c\r\n")
    assert read() == [(1, b"!bc\r\n")]
    assert read.open == {1: str(log)}


def test_from_the_start(log: Path) -> None:
    log.write_bytes(b"!old\n")
    assert Reader(log, from_start=True).lines == b"!old\n"


@pytest.mark.parametrize("added", [b"rest\n!a\n", b"rest", b"\n!a\n"])
def test_beginning_within_a_line_skips_its_rest(log: Path, added: bytes) -> None:
    log.write_bytes(b"!old\n!half")
    read = Reader(log)
    assert read() == []
    add(log, added)
    assert read.lines == (b"!a\n" if b"!a" in added else b"")
    add(log, b"\n!b\n")
    assert read.lines.endswith(b"!b\n")


def test_a_file_that_comes_later_is_read_from_its_start(log: Path) -> None:
    read = Reader(log)
    assert read() == []
    assert read.fault == f"{log}: no such file or directory"
    log.write_bytes(b"!a\n")
    assert read() == [(1, b"!a\n")]
    assert read.fault == ""


def test_a_folder_that_is_mounted_later_holds_old_files(tmp_path: Path, clock: Clock) -> None:
    for name in ("ais.log", "*.log"):
        folder = tmp_path / f"mount{len(name)}"
        read = Reader(folder / name)
        assert read() == []
        assert "no such file" in read.fault
        folder.mkdir()
        (folder / "ais.log").write_bytes(b"!old\n")
        clock.time += 2
        assert read() == []
        add(folder / "ais.log", b"!new\n")
        assert read.lines == b"!new\n"


def test_rotation_by_rename(log: Path, clock: Clock) -> None:
    log.write_bytes(b"")
    read = Reader(log)
    read()
    add(log, b"!a\n")
    rotated = log.rename(log.with_name("ais.log.1"))
    add(rotated, b"!b\n!c")  # its writer has not been told yet
    log.write_bytes(b"!d\n")
    assert read() == [(1, b"!a\n!b\n"), (2, b"!d\n")]
    add(rotated, b"c\n!late")
    add(log, b"!e\n")
    assert read() == [(1, b"!cc\n"), (2, b"!e\n")]
    clock.time += 11
    assert read() == [(1, b"!late\n")]  # what is left of the last line, when it is let go
    assert set(read.open) == {2}
    add(rotated, b"!never\n")
    assert read() == []


def test_rotation_by_rename_of_a_file_that_grows_on(log: Path, clock: Clock) -> None:
    log.write_bytes(b"")
    read = Reader(log)
    read()
    rotated = log.rename(log.with_name("ais.log.1"))
    for _ in range(3):
        clock.time += 9
        add(rotated, b"!on\n")
        assert read.lines == b"!on\n"
        assert read.fault == ""


@pytest.mark.parametrize("regrown", [b"", b"!c\n", b"!longer\n"])
def test_rotation_by_emptying(log: Path, regrown: bytes) -> None:
    log.write_bytes(b"")
    read = Reader(log)
    read()
    add(log, b"!a\n!b\n!half")
    assert read.lines == b"!a\n!b\n"
    os.truncate(log, 0)
    add(log, regrown)
    assert read.lines == b"!half\n" + regrown
    assert set(read.open) == {1}


def test_a_file_that_is_emptied_within_the_line_that_is_skipped(log: Path) -> None:
    log.write_bytes(b"!old\n!half")
    read = Reader(log)
    assert read() == []
    os.truncate(log, 0)
    add(log, b"!a\n")
    assert read.lines == b"!a\n"


def test_a_name_that_is_taken_between_finding_and_opening(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_bytes(b"!a\n")
    read = Reader(log, from_start=True)
    real = os.open

    def swap(path: Path, flags: int) -> int:
        log.rename(log.with_name("ais.log.1"))
        log.write_bytes(b"!b\n")
        return real(path, flags)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", swap)
        assert read() == []
    assert read.fault == f"{log}: another file has taken its name"
    assert read.lines == b"!b\n"
    assert read() == []


def test_a_file_deleted_and_made_again(log: Path, clock: Clock) -> None:
    log.write_bytes(b"!old\n")
    read = Reader(log)
    read()
    for number in range(5):
        log.unlink()
        log.write_bytes(b"!%d\n" % number)
        assert read.lines == b"!%d\n" % number
    clock.time += 11
    read()
    assert len(read.open) == 1


def test_a_pattern_finds_new_files_and_leaves_packed_ones(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "ais-01.log").write_bytes(b"!old\n")
    read = Reader(tmp_path / "ais-*")
    assert read() == []
    (tmp_path / "ais-02.log").write_bytes(b"!a\n")
    (tmp_path / "other.log").write_bytes(b"!no\n")
    (tmp_path / "ais-folder").mkdir()
    os.mkfifo(tmp_path / "ais-pipe")
    (tmp_path / "ais-nowhere").symlink_to(tmp_path / "none")
    for suffix in ("gz", "zst", "GZ"):
        (tmp_path / f"ais-01.log.{suffix}").write_bytes(b"\x1f\x8b\n!no\n")
    clock.time += 2
    assert read() == [(2, b"!a\n")]
    add(tmp_path / "ais-01.log", b"!b\n")
    assert read() == [(1, b"!b\n")]
    (tmp_path / "ais-02.log").rename(tmp_path / "ais-02.log.1")  # still of the pattern
    clock.time += 20
    assert read() == []
    assert read.fault == ""


def test_old_files_are_read_the_oldest_first(tmp_path: Path, clock: Clock) -> None:
    for number in (3, 1, 2):
        path = tmp_path / f"{number}.log"
        path.write_bytes(b"!%d\n" % number * 200_000)
        os.utime(path, (number, number))
    read = Reader(tmp_path / "*.log", from_start=True)
    assert read.lines == b"".join(b"!%d\n" % n * 200_000 for n in (1, 2, 3))


def test_few_of_many_files_are_open(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "_OPEN", 4)
    paths = [tmp_path / f"{n:02}.log" for n in range(20)]
    for path in paths:
        path.write_bytes(b"!old\n!half")
    read = Reader(tmp_path / "*.log")
    before = len(os.listdir("/proc/self/fd"))
    assert read() == []
    for turn in range(3):
        for path in paths:
            add(path, b"\n!%d" % turn)
        clock.time += 2
        got = read()
        assert sorted(link for link, _ in got) == (list(range(1, 21)) if turn else [])
        assert {lines for _, lines in got} == ({b"!%d\n" % (turn - 1)} if turn else set())
        assert len(read.open) == 4
        assert len(os.listdir("/proc/self/fd")) == before + 4
    read.files.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_no_file_is_told(tmp_path: Path, clock: Clock) -> None:
    read = Reader(tmp_path)
    assert read() == []
    assert read.fault == f"{tmp_path}: it is no file that grows"


def test_a_file_that_may_not_be_read_is_told_and_read_later(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_bytes(b"!a\n")
    read = Reader(log, from_start=True)

    def refuse(*_: object) -> int:  # the tests may run as root, who may read all
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        assert read() == []
    assert read.fault == f"{log}: permission denied"
    assert read.lines == b"!a\n"
    assert read.fault == ""


def test_a_line_without_end_takes_no_memory(log: Path) -> None:
    log.write_bytes(b"")
    read = Reader(log)
    read()
    with log.open("ab") as file:
        file.truncate(100 << 20)  # a hundred megabytes of NUL that take no room on the disk
    assert read.lines == b""
    add(log, b"\n!a\n")
    assert read.lines == b"\0" * (MAX_LINE + 2) + b"\n!a\n"


def test_closing_while_a_look_is_under_way(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log.write_bytes(b"!a\n")
    before = len(os.listdir("/proc/self/fd"))
    files = GrowingFiles(log, from_start=True)
    real = os.pread

    def pread(*args: int) -> bytes:
        files.close()  # as the event loop does, when the source is closed
        return real(*args)

    monkeypatch.setattr(os, "pread", pread)
    assert files.look().read == [(1, b"!a\n", 3)]
    assert len(os.listdir("/proc/self/fd")) == before


def steps() -> Iterator[st.SearchStrategy[tuple[str, bytes]]]:
    yield st.tuples(st.just("add"), st.binary(max_size=40) | st.sampled_from([LINE, LINE[:20]]))
    for name in ("look", "rename", "empty", "delete"):
        yield st.tuples(st.just(name), st.just(b""))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(*steps()), max_size=30), st.booleans())
def test_every_line_once_however_files_are_rotated(
    todo: list[tuple[str, bytes]], pattern: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        clock = Clock()
        patched.setattr(growing, "monotonic", clock)
        patched.setattr(growing, "_SEARCH_S", 0.0)
        path = Path(folder) / "ais.log"
        path.write_bytes(b"")
        read = Reader(path.with_name("ais.log*") if pattern else path)
        read()
        written, expected, lines, rotated = b"", b"", b"", 0
        for what, data in todo:
            if what == "add":
                add(path, data)
                written += data
                continue
            lines += read.lines
            if what == "look":
                continue
            # The rest of a last line comes when no more of it can.
            goes_on = what == "rename" and pattern
            expected += whole(written, ends=not goes_on)
            written = b""
            if what == "rename":
                rotated += 1
                path.rename(path.with_name(f"ais.log.{rotated}"))
            elif what == "empty":
                os.truncate(path, 0)
                lines += read.lines
            else:
                path.unlink()
            path.touch()
        lines += read.lines
        clock.time += 20
        lines += read.lines
        read.files.close()
    expected += whole(written, ends=False)
    assert sorted(lines.split(b"\n")) == sorted(expected.split(b"\n"))


def whole(data: bytes, *, ends: bool) -> bytes:
    end = data.rfind(b"\n") + 1
    return data + b"\n" if ends and end < len(data) else data[:end]
