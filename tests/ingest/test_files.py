"""Recordings come out whole however they are packed; damaged ones as far as they can be read."""

import gzip
import hashlib
import io
import os
import struct
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest
import zstandard

from ingest.errors import InputError
from ingest.files import FileRecording, Recording, recordings

LINES = b"".join(b"!AIVDM,1,1,,A,%08x,0*00\r\n" % (i * 2654435761 % 2**32) for i in range(40_000))


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


SKIPPABLE_FRAME = struct.pack("<II", 0x184D2A50, 5) + b"hello"


def read_damaged(recording: Recording, match: str) -> bytes:
    """What comes out of a damaged recording before it says what is wrong with it."""
    held: list[bytes] = []
    with recording, pytest.raises(InputError, match=match) as caught:
        held.extend(recording.chunks(1_000))
    assert caught.value.where == recording.name
    return b"".join(held)


PACKED = {
    "plain": LINES,
    "gzip": gzip.compress(LINES, 1),
    "gzip members": gzip.compress(LINES[:100_000]) + gzip.compress(LINES[100_000:]),
    "gzip padded": gzip.compress(LINES) + bytes(1000),
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress(LINES),
    "zstd frames": zstandard.compress(LINES[:9]) + SKIPPABLE_FRAME + zstandard.compress(LINES[9:]),
    "zip": zipped(("a.nmea", LINES)),
    "zip stored": zipped(("a.nmea", LINES), method=zipfile.ZIP_STORED),
    "gzip in zip": zipped(("a.nmea.gz", gzip.compress(LINES))),
}


def write(folder: Path, data: bytes, name: str = "recording") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED.keys())
@pytest.mark.parametrize("size", [1_000, 65_536, 10_000_000])
def test_reads_whole_in_chunks_of_the_size_asked(tmp_path: Path, packed: bytes, size: int) -> None:
    (recording,) = recordings(write(tmp_path, packed))
    with recording:
        assert recording.kind() == "nmea"
        chunks = list(recording.chunks(size))
        assert b"".join(chunks) == LINES
        assert {len(c) for c in chunks[:-1]} <= {size}
        assert len(chunks[-1]) <= size
        assert recording.size is not None
        assert recording.position == recording.size


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED.keys())
def test_fingerprint_is_that_of_the_lines(tmp_path: Path, packed: bytes) -> None:
    (recording,) = recordings(write(tmp_path, packed))
    with recording:
        expected = hashlib.blake2b(LINES[:65_536], digest_size=16).hexdigest()
        assert recording.fingerprint() == (65_536, expected)
        assert b"".join(recording.chunks()) == LINES


def test_position_grows_with_what_is_read(tmp_path: Path) -> None:
    data = gzip.compress(os.urandom(3_000_000))
    (recording,) = recordings(write(tmp_path, data))
    with recording:
        seen = [recording.position for _ in recording.chunks(100_000)]
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert seen[-1] == len(data)


def test_each_member_of_a_zip_is_a_recording(tmp_path: Path) -> None:
    archive = zipped(("b/2.csv", b"two"), ("a.nmea", b"one"), ("b/", b""), ("__MACOSX/a", b"x"))
    path = write(tmp_path, archive, "days.zip")
    found = recordings(path)
    assert [r.name for r in found] == [f"{path}!a.nmea", f"{path}!b/2.csv"]
    assert [b"".join(r.chunks()) for r in found] == [b"one", b"two"]
    (only,) = recordings(f"{path}!b/2.csv")
    assert b"".join(only.chunks()) == b"two"
    for recording in (*found, only):
        recording.close()
    with pytest.raises(InputError, match=r"no member c\. It holds a\.nmea, b/2\.csv"):
        recordings(f"{path}!c")


def test_reads_standard_input_and_leaves_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BufferedReader(io.BytesIO(PACKED["gzip"]))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    (recording,) = recordings("-")
    with recording:
        assert recording.size is None
        assert recording.head(5) == LINES[:5]
        assert b"".join(recording.chunks()) == LINES
    assert not stream.closed


def test_reads_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(PACKED["zstd"],))
    writer.start()
    (recording,) = recordings(pipe)
    with recording:
        assert recording.size is None
        assert b"".join(recording.chunks()) == LINES
    writer.join()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("gzip", "the gzip data ends too early"),
        ("zstd", "the Zstandard data ends too early"),
    ],
)
def test_a_cut_file_gives_what_it_holds_and_then_says_so(
    tmp_path: Path, name: str, fault: str
) -> None:
    (recording,) = recordings(write(tmp_path, PACKED[name][: len(PACKED[name]) * 2 // 3]))
    held = read_damaged(recording, fault)
    assert len(held) > len(LINES) / 2
    assert LINES.startswith(held)


@pytest.mark.parametrize("name", ["gzip", "zstd", "zip"])
def test_a_corrupt_file_gives_what_comes_before_the_fault(tmp_path: Path, name: str) -> None:
    damaged = bytearray(PACKED[name])
    middle = len(damaged) // 2
    damaged[middle : middle + 200] = bytes(b ^ 0xA5 for b in damaged[middle : middle + 200])
    (recording,) = recordings(write(tmp_path, bytes(damaged)))
    held = read_damaged(recording, r"corrupt|checksum")
    assert held[:100_000] == LINES[:100_000]


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_what_follows_a_packed_file_is_a_fault(tmp_path: Path, name: str) -> None:
    (recording,) = recordings(write(tmp_path, PACKED[name] + b"something else, much longer"))
    assert read_damaged(recording, "corrupt") == LINES


def test_a_wrong_checksum_in_a_zip_is_a_fault(tmp_path: Path) -> None:
    data = PACKED["zip stored"].replace(LINES[:25], LINES[25:50], 1)
    (recording,) = recordings(write(tmp_path, data))
    with recording, pytest.raises(InputError, match="checksum"):
        list(recording.chunks())


def test_a_stream_that_swells_is_given_out_in_bounded_pieces(tmp_path: Path) -> None:
    for packed in (gzip.compress(bytes(50_000_000)), zstandard.compress(bytes(50_000_000))):
        (recording,) = recordings(write(tmp_path, packed))
        with recording:
            assert max(map(len, recording.chunks(4_096))) == 4_096


def test_what_cannot_be_opened_is_named_with_its_mend(tmp_path: Path) -> None:
    plain = write(tmp_path, b"x", "plain")
    for path, what in (
        (tmp_path / "missing.nmea", r"missing\.nmea: there is no such file\. Check the path\."),
        (tmp_path, r"it is a directory\. Name the files in it\."),
        (tmp_path / "missing.zip!a", r"missing\.zip: there is no such file"),
        (f"{plain}!a", r"it is no zip archive\. Drop !a\."),
        ("nul\0byte", "this is no path"),
    ):
        with pytest.raises(InputError, match=what):
            recordings(path)


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, who may read all
    with pytest.raises(InputError, match="it may not be read"):
        recordings(tmp_path / "locked")


def test_zip_archives_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not complete"):
        recordings(write(tmp_path, PACKED["zip"][:-30]))
    with pytest.raises(InputError, match="zip archive is empty"):
        recordings(write(tmp_path, zipped()))
    (recording,) = recordings(
        write(tmp_path, zipped(("a", LINES), method=zipfile.ZIP_BZIP2))
    )  # fmt: skip
    with recording, pytest.raises(InputError, match="zip method 12, not deflate"):
        recording.kind()
    secret = bytearray(PACKED["zip"])
    secret[6] |= 1
    secret[secret.rfind(b"PK\x01\x02") + 8] |= 1
    (recording,) = recordings(write(tmp_path, bytes(secret)))
    with recording, pytest.raises(InputError, match="encrypted"):
        recording.kind()


def test_what_is_no_recording_is_named(tmp_path: Path) -> None:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    for data, what in (
        (b"", "it is empty"),
        (gzip.compress(b"", mtime=0), "it is empty"),
        (b"\r\n \n\xef\xbb\xbf\n", "it is "),
        (tar.getvalue(), "it is a tar archive"),
        (b"BZh91AY", "it is packed with bzip2. Unpack it with bunzip2"),
        (gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "it is packed twice"),
        (b"PAR1", "it is a Parquet file"),
        ("MMSI,BaseDateTime,LAT,LON\n".encode("utf-16"), "UTF-16"),
        (b"Dear Sir,\x1b[2J\nplease find", r"it begins with “Dear Sir,\\x1b\[2J”"),
    ):
        (recording,) = recordings(write(tmp_path, data))
        with recording, pytest.raises(InputError, match=what):
            recording.kind()


def test_a_read_error_comes_after_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            if not data:
                raise OSError(5, "Input/output error")
            return data

    recording = FileRecording(write(tmp_path, b""))
    recording.close()
    monkeypatch.setattr(recording, "_file", Failing(LINES))
    assert read_damaged(recording, "cannot be read on: Input/output error") == LINES
