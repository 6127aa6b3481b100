"""The form that stands in the documents is the form that is written."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path
from shutil import which

import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from journals import HOUR, T0, append, stamped
from sentences import read_bytes

from ingest.journal.journal import Journal
from ingest.journal.segment import Header, name_order, read_header
from ingest.journal.sidecar import read_sidecar
from ingest.journal.times import day_and_hour, from_iso, to_iso
from ingest.private import private

DOC = Path(__file__).resolve().parents[3] / "docs" / "journal.md"


def test_the_line_in_the_documents_is_sound() -> None:
    (line,) = re.findall(r"^ {4}(\\s:.*)$", DOC.read_text(encoding="utf-8"), re.M)
    found = read_bytes(f"{line}\r\n".encode())
    assert len(found.positions) == 1
    assert found.stations[int(found.positions.station[0])] == "kystverket"
    assert str(found.positions.time[0]) == "2026-09-14T04:00:00.123000"
    assert str(found.positions.received[0]) == "2026-09-14T04:00:00.456000"


def test_every_key_of_a_sidecar_is_in_the_documents(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(30_000))
        append(journal, stamped(1), T0 + HOUR)
        assert journal.settle(60)
        name = journal.id
    path = tmp_path / "2026-09-14" / "00.json"
    told = json.loads(path.read_bytes())
    text = DOC.read_text(encoding="utf-8")
    assert {key for key in told if f"`{key}`" not in text} == {"format"}
    # What a stranger would do with what the page says.
    packed = (tmp_path / "2026-09-14/00.nmea.zst").read_bytes()
    assert told["packed_sha256"] == hashlib.sha256(packed).hexdigest()
    assert told["packed_bytes"] == len(packed)
    unpacker = zstandard.ZstdDecompressor().decompressobj(read_across_frames=True)
    plain = unpacker.decompress(packed)
    assert told["sha256"] == hashlib.sha256(plain).hexdigest()
    assert told["bytes"] == len(plain)
    header, _, body = plain.partition(b"\n")
    assert header.startswith(b"$PVIG,J,1,%b,0,2026-09-14T00:00:00.000000Z,0*" % name.encode())
    assert body == stamped(30_000)
    assert told["lines"] == 30_000
    assert told["sources"] == ["station"]
    assert told["since"] == told["until"] == "2026-09-14T00:00:00.000000Z"
    assert told["first_event"] == "2026-09-13T23:59:59.000000Z"
    assert told["last_event"] == "2026-09-13T23:59:59.999000Z"
    assert len(told["frames"]) > 1
    for at, begin, line in told["frames"]:
        assert zstandard.ZstdDecompressor().decompress(packed[at:]) in plain[begin:]
        assert plain[:begin].count(b"\n") == line + (line > 0)
    check = told.pop("check")
    assert check == hashlib.blake2b(orjson.dumps(told), digest_size=8).hexdigest()


@pytest.mark.skipif(which("zstd") is None, reason="zstd is not installed")
def test_zstd_unpacks_a_closed_segment(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(30_000))
        append(journal, stamped(1), T0 + HOUR)
        assert journal.settle(60)
    done = subprocess.run(
        ["zstd", "-dc", tmp_path / "2026-09-14/00.nmea.zst"], capture_output=True, check=True
    )
    assert done.stdout.partition(b"\n")[2] == stamped(30_000)


@given(st.integers(0, 1 << 60), st.integers(0, 250_000_000_000_000_000), st.integers(0, 1 << 40))
def test_a_header_comes_back(line: int, since: int, skipped: int) -> None:
    header = Header("0123456789abcdef", line, since, skipped)
    assert read_header(header.line()) == header
    assert from_iso(to_iso(since)) == since


@pytest.mark.parametrize(
    "fields",
    [("2", "a", "0", "2026-09-14T00:00:00Z", "0"), ("1", "a", "-1", "2026-09-14T00:00:00Z", "0"),
     ("1", "a", "0", "2026-09-14T00:00:00", "0"), ("1", "a", "0", "soon", "0"),
     ("1", "a", "0", "2026-09-14T00:00:00Z"), ("1", "a", "x", "2026-09-14T00:00:00Z", "0"),
     ("1", "\udcff", "0", "2026-09-14T00:00:00Z", "0")],
)  # fmt: skip
def test_what_is_no_header_is_none(fields: tuple[str, ...]) -> None:
    assert (
        read_header(private("J", *(f.encode("utf-8", "surrogateescape") for f in fields))) is None
    )
    assert read_header(private("D", b"1", b"a", b"0", b"2026-09-14T00:00:00Z", b"0")) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"check":1}', '{"check":"","format":1}'])
def test_what_is_no_sidecar_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "04.json"
    assert read_sidecar(path) is None
    path.write_text(text)
    assert read_sidecar(path) is None


def test_names_follow_each_other_in_time() -> None:
    names = ["2026-09-14/04", "2026-09-14/04-2", "2026-09-14/04-10", "2026-09-14/05",
             "2026-10-01/00", "9999-12-31/23"]  # fmt: skip
    assert sorted(names, key=name_order) == names
    assert day_and_hour(T0 + 5 * HOUR - 1) == ("2026-09-14", "04")


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(3))
    for name in ("notes.txt", "2026-09-14/notes.txt", "2026-09-14/4.nmea", "2026-09-14/old.nmea",
                 "backup/04.nmea", "2026-99-99/04.nmea", "20260914/04.nmea",
                 "2026-09-14/24.nmea"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    with Journal.open(tmp_path) as journal:
        assert journal.next_line == 3
        assert not journal.faults
    assert (tmp_path / "2026-09-14/old.nmea").read_text() == "x"
