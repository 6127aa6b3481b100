"""The same lines give the same rows and counts, however they are cut, and every line is counted."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import assert_same
from sentences import make_message, make_sentence, read_bytes

from ingest.dedup import Dedup
from ingest.framing import MAX_LINE
from ingest.nmea import NmeaReader
from ingest.stations import Stations
from ingest.survey import survey

A = {"type": 1, "lon": 11.5, "lat": 54.25, "speed": 12.3, "course": 45.6}


def traffic(seed: int, messages: int = 400) -> bytes:
    """Traffic with everything in it: stations, groups, copies, orphans, damage, other lines."""
    rng = random.Random(seed)
    lines: list[str] = []
    now = 1_789_444_800
    for _ in range(messages):
        now += rng.choice((0, 0, 1, 3, 30))
        mmsi = 211_000_000 + rng.randrange(12)
        station = rng.choice(("r1", "r2", "long-station-name-of-a-coast"))
        tag = rng.choice(
            (f"s:{station},c:{now}", f"c:{now}", f"s:{station}", "", f"c:{now * 1000}")
        )
        kind = rng.random()
        if kind < 0.55:
            made = make_message({**A, "mmsi": mmsi, "lon": rng.uniform(-180, 180)}, tag=tag)
        elif kind < 0.8:
            fields = {"type": 5, "mmsi": mmsi, "shipname": f"SHIP {rng.randrange(99)}"}
            made = make_message(fields, tag=tag)
            if rng.random() < 0.3:
                made.reverse()
            if rng.random() < 0.2:
                made.pop(rng.randrange(2))
        else:
            made = make_message({"type": 14, "mmsi": mmsi, "text": "SECURITE " * 12}, tag=tag)
        for line in made:
            at = len(lines) if rng.random() < 0.7 else max(0, len(lines) - rng.randrange(4))
            lines.insert(at, line)
            if rng.random() < 0.2:  # heard by another station too
                lines.append(line.replace("r1", "r2"))
        if rng.random() < 0.1:
            lines.append(rng.choice(("", "# note", "$GPZDA,1*00", "noise", "!AIVDM,1,1,,A,,0*26",
                                     "!AIVDM,1,1,,A,1*",
                                     "x" * 2000, "\\s:r9*00\\", "!AIVDM")))  # fmt: skip
        if rng.random() < 0.05 and lines:
            line = list(lines[-1])
            if line:
                line[rng.randrange(len(line))] = chr(rng.randrange(1, 256))
                lines[-1] = "".join(line).replace("\n", " ")
    return "\n".join(lines).encode("latin-1")


def everything(read: Any) -> tuple[Any, ...]:
    return read.positions, read.statics, read.messages, read.copies


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("chunk", [1, 97, 4096])
def test_rows_and_counts_do_not_depend_on_chunks(seed: int, chunk: int) -> None:
    data = traffic(seed)
    whole, cut = read_bytes(data), read_bytes(data, chunk=chunk, batch_rows=50)
    for one, other in zip(everything(whole), everything(cut), strict=True):
        assert_same(one, other)
    assert whole.ledger.as_dict() == cut.ledger.as_dict()
    assert whole.stations == cut.stations
    assert cut.batches > whole.batches


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 3000), min_size=1, max_size=8))
def test_any_cutting_gives_the_same(seed: int, sizes: list[int]) -> None:
    data = traffic(seed, messages=40)
    whole, cut = read_bytes(data), read_bytes(data, chunk=sizes, batch_rows=7)
    for one, other in zip(everything(whole), everything(cut), strict=True):
        assert_same(one, other)
    assert whole.ledger.as_dict() == cut.ledger.as_dict()


def test_one_line_at_a_time_gives_the_same() -> None:
    data = traffic(7)
    lines = [len(line) + 1 for line in data.split(b"\n")]
    whole, cut = read_bytes(data), read_bytes(data, chunk=lines, batch_rows=1)
    for one, other in zip(everything(whole), everything(cut), strict=True):
        assert_same(one, other)


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_any_bytes_are_counted_and_never_raised(noise: bytes, chunk: int) -> None:
    good = make_message({**A, "mmsi": 211_000_001}, tag="c:1789444800")[0].encode()
    data = good + b"\n" + noise + b"\n" + good.replace(b"1789444800", b"1789444801")
    got = read_bytes(data, chunk=chunk)
    assert got.ledger.balanced
    assert got.ledger.lines == data.count(b"\n") + 1
    assert len(got.positions) >= 1


@given(st.binary(min_size=1, max_size=60), st.sampled_from([1, 2, 5, 9, 18, 19, 21, 24, 27, 14]))
def test_any_payload_is_counted_and_never_raised(rubbish: bytes, kind: int) -> None:
    alphabet = "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"
    payload = alphabet[kind] + "".join(alphabet[b & 63] for b in rubbish)
    got = read_bytes(make_sentence(payload, tag="c:1789444800").encode())
    assert got.ledger.balanced
    assert got.ledger.messages == 1


def test_a_hundred_megabytes_without_an_end_cost_no_memory() -> None:
    good = make_message({**A, "mmsi": 211_000_001}, tag="c:1789444800")[0].encode()
    reader = NmeaReader(survey([good], Stations(), name="test"), dedup=Dedup())
    block = b"!AIVDM,1,1,,A," * 4681
    for _ in range(1600):
        assert reader.feed(block) is None
        assert len(reader._tail) <= 2 * MAX_LINE
    reader.feed(b"\n" + good + b"\n")
    last = reader.finish()
    assert last.ledger.as_dict()["rejected"] == {"too_long": 1}
    assert len(last.positions) == 1


@pytest.mark.parametrize(
    ("line", "kind", "reason"),
    [
        ("", "ignored", "blank"), ("  \t ", "ignored", "blank"), ("# note", "ignored", "comment"),
        ("$GPRMC,1*00", "ignored", "other_sentence"),
        ("[12:00:01] $GPGGA", "ignored", "other_sentence"),
        ("!AIVSI,1*00", "ignored", "other_sentence"), ("\\s:r9*00\\", "ignored", "wrapper"),
        ("noise", "rejected", "not_nmea"), ("noise! more", "rejected", "not_nmea"),
        ("!AIVDM,1,1,,A", "rejected", "malformed"), ("!AIVDM", "rejected", "malformed"),
        ("!AIVDX,1,1,,A,1,0*00", "rejected", "malformed"),
        ("!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0", "rejected", "checksum_missing"),
        ("!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,9*23", "rejected", "malformed"),
        ("!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*22", "rejected", "checksum"),
        (make_sentence("", fill=0), "rejected", "empty_payload"),
        (make_sentence("1", parts=0, part=0), "rejected", "part_number"),
        (make_sentence("1", parts=2, part=3), "rejected", "part_number"),
        (make_sentence("5", parts=2, part=1), "rejected", "orphan_part"),
        (make_sentence("5", parts=2, part=2), "rejected", "orphan_part"),
        (make_sentence("13HOI:0P0000VO\x00LCnHQKwvL05Ip"), "rejected", "malformed"),
        ("x" * 2000, "rejected", "too_long"), ("!" + "x" * 2000, "rejected", "too_long"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_each_line_is_counted_under_its_reason(line, kind, reason, end) -> None:
    good = make_message({**A, "mmsi": 211_000_001}, tag="c:1789444800")[0]
    got = read_bytes(f"{good}\n{line}{end}".encode("latin-1"))
    counted = got.ledger.as_dict()
    lines = 1 if not line and not end else 2
    assert counted["lines"] == lines
    assert counted["used"] == 1
    assert counted[kind] == ({reason: 1} if lines == 2 else {})
    assert got.ledger.balanced


def test_a_character_outside_the_alphabet_drops_the_message() -> None:
    good = make_message({**A, "mmsi": 211_000_001}, tag="c:1789444800")[0]
    bad = make_sentence("13HOI:0P0000VOHLCnXQKwvL05Ip", tag="c:1789444800")
    got = read_bytes(f"{good}\n{bad}\n".encode())
    assert got.ledger.as_dict()["dropped"] == {"bad_character": 1}
    assert len(got.positions) == 1


@pytest.mark.parametrize(
    "name",
    [
        "uscg-sar-2007.txt.gz", "gatehouse-2010-06-11.txt.gz",
        "exactearth-satellite-2012-01-31.txt.gz",
    ],
)  # fmt: skip
def test_a_recording_gives_the_same_in_small_chunks(name: str, recordings: Path) -> None:
    data = gzip.decompress((recordings / name).read_bytes())
    whole, cut = read_bytes(data), read_bytes(data, chunk=[3000, 70, 1, 4096], batch_rows=500)
    for one, other in zip(everything(whole), everything(cut), strict=True):
        assert_same(one, other)
    assert whole.ledger.as_dict() == cut.ledger.as_dict()
    assert whole.ledger.balanced
