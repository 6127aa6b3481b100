"""Several recordings as one run: whose message comes first, what is a copy, what is counted."""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from records import assert_same
from sentences import make_message

from ingest.batch import Batch
from ingest.errors import InputError
from ingest.files import recordings
from ingest.ledger import Ledger
from ingest.merge import merge
from ingest.packing import PayloadHash
from ingest.reading import Reading
from ingest.records import Copies, Messages, Positions, Statics
from ingest.stations import Stations

T0 = 1_789_444_800  # 2026-09-15T04:00:00Z
CSV_HEADER = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status"


@dataclass
class Merged:
    """All that came of a run of several recordings."""

    positions: Positions
    statics: Statics
    messages: Messages
    copies: Copies
    ledger: Ledger
    stations: list[bytes]
    damage: InputError | None

    def records(self) -> tuple[Any, ...]:
        return self.positions, self.statics, self.messages, self.copies


def read(*paths: Path, chunk: int = 65_536, batch_rows: int = 32_768) -> Merged:
    stations, hasher = Stations(), PayloadHash()
    readings = [
        Reading(
            recordings(path)[0], Stations(), merging=True, hasher=hasher, chunk=chunk,
            batch_rows=batch_rows,
        )
        for path in paths
    ]  # fmt: skip
    batches: list[Batch] = []
    damage = None
    try:
        batches.extend(merge(readings, stations))
    except InputError as fault:
        damage = fault
    ledger = Ledger()
    for batch in batches:
        ledger.add(batch.ledger)
    ends = [b.end_line for b in batches]
    assert ends == sorted(ends)
    for batch in batches:  # what a batch holds lies before its end, and behind the one before
        for record in (batch.positions, batch.statics, batch.messages, batch.copies):
            assert (np.diff(record.line) >= 0).all()
            assert not len(record) or record.line[-1] < batch.end_line
    return Merged(
        Positions.concat([b.positions for b in batches]),
        Statics.concat([b.statics for b in batches]),
        Messages.concat([b.messages for b in batches]),
        Copies.concat([b.copies for b in batches]),
        ledger, stations.names, damage,
    )  # fmt: skip


def report(mmsi: int, second: float, station: str = "", lon: float = 1.0) -> str:
    tag = f"s:{station},c:{int((T0 + second) * 1000)}" if station else f"c:{T0 + int(second)}"
    return make_message({"type": 1, "mmsi": mmsi, "lon": lon, "lat": 2.0}, tag=tag)[0]


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


def seconds(got: Positions) -> list[float]:
    return (got.time.astype(np.int64) / 1e6 - T0).tolist()


def test_messages_come_by_time_and_are_numbered_as_they_come(file) -> None:
    a = file("a", report(1, 0), report(2, 20), report(3, 40))
    b = file("b", report(4, 10), report(5, 30), report(6, 50))
    got = read(a, b)
    assert got.positions.mmsi.tolist() == [1, 4, 2, 5, 3, 6]
    assert got.positions.line.tolist() == [0, 1, 2, 3, 4, 5]
    assert (got.positions.watermark == got.positions.time).all()


def test_at_one_time_the_recording_named_first_goes_first(file) -> None:
    a, b = file("a", report(1, 5), report(2, 5)), file("b", report(3, 5), report(4, 5))
    assert read(a, b).positions.mmsi.tolist() == [1, 2, 3, 4]
    assert read(b, a).positions.mmsi.tolist() == [3, 4, 1, 2]


def test_lines_of_a_recording_keep_their_order_where_its_times_do_not(file) -> None:
    """A message stands by its recording's clock, which does not go back."""
    a = file("a", report(1, 30), report(2, 10), report(3, 40))
    b = file("b", report(4, 20), report(5, 35))
    got = read(a, b)
    assert got.positions.mmsi.tolist() == [4, 1, 2, 5, 3]
    assert seconds(got.positions) == [20, 30, 10, 35, 40]
    watermark = (got.positions.watermark.astype(np.int64) / 1e6 - T0).tolist()
    assert watermark == [20, 30, 30, 35, 40]


def test_a_copy_is_found_across_recordings(file) -> None:
    a = file("a", report(1, 0, "west"), report(2, 60, "west"))
    b = file("b", report(1, 2.5, "east"), report(2, 75, "east"))
    got = read(a, b)
    assert seconds(got.positions) == [0, 60, 75]  # the last is no copy after 15 s
    assert got.copies.delay.tolist() == [2500]
    assert got.stations[got.copies.station[0]] == b"east"
    assert got.copies.line.tolist() == [1]
    assert got.ledger.as_dict()["duplicates"] == 1
    assert got.ledger.balanced


def test_the_same_content_twice_is_stored_once(file) -> None:
    lines = [report(i, i, "s", lon=i) for i in range(50)]
    got = read(file("a", *lines), file("b", *lines))
    assert len(got.positions) == 50
    assert got.ledger.as_dict()["duplicates"] == 50
    assert got.ledger.lines == 100
    assert got.ledger.balanced


def test_a_csv_and_sentences(file) -> None:
    a = file("a", report(1, 10), report(2, 30))
    b = file(
        "b.csv", CSV_HEADER,
        "211000003,2026-09-15T04:00:05,1.5,2.5,3,4,5,ANNA,,,70,0",
        "211000004,2026-09-15T04:00:20,1.5,2.5,3,4,5,,,,,0",
        "211000004,2026-09-15T04:00:20,1.5,2.5,3,4,5,,,,,0",
    )  # fmt: skip
    got = read(a, b)
    assert got.positions.mmsi.tolist() == [211_000_003, 1, 211_000_004, 2]
    assert got.statics.line.tolist() == [0]  # one row, one message: it has its position's line
    assert [got.stations[n] for n in got.positions.station] == [b"b.csv", b"a", b"b.csv", b"a"]
    assert got.ledger.as_dict()["messages"] == 5
    assert got.ledger.as_dict()["duplicates"] == 1
    assert got.ledger.balanced


def test_a_position_and_a_static_of_one_message_share_its_line(file) -> None:
    both = make_message(
        {"type": 19, "mmsi": 7, "lon": 1.0, "lat": 2.0, "shipname": "ANNA"}, tag=f"c:{T0 + 1}"
    )
    got = read(file("a", report(1, 0), report(2, 2)), file("b", *both))
    assert got.positions.mmsi.tolist() == [1, 7, 2]
    assert got.statics.line.tolist() == [1]
    assert got.ledger.as_dict()["stored"] == 3


def test_a_recording_without_one_good_line_does_no_harm(file) -> None:
    a = file("a", report(1, 0), report(2, 20))
    b = file("b", report(3, 10)[:-2] + "ZZ", "# nothing", report(4, 10))
    got = read(a, b)
    assert got.positions.mmsi.tolist() == [1, 4, 2]
    assert got.ledger.as_dict()["rejected"] == {"checksum_missing": 1}
    assert got.ledger.balanced


@pytest.mark.parametrize("first", [True, False])
def test_a_damaged_recording_costs_nothing_but_its_own_rest(file, first: bool) -> None:
    whole = file("whole", *(report(1, i, lon=i / 100) for i in range(0, 4000, 2)))
    packed = gzip.compress(b"".join(f"{report(2, i)}\n".encode() for i in range(1, 4000, 2)))
    cut = whole.with_name("cut.gz")
    cut.write_bytes(packed[: len(packed) // 2])
    got = read(cut, whole) if first else read(whole, cut)
    assert got.damage is not None
    assert "cut.gz" in str(got.damage)
    mmsi = got.positions.mmsi
    assert (mmsi == 1).sum() == 2000
    assert 0 < (mmsi == 2).sum() < 2000
    assert (np.diff(got.positions.time.astype(np.int64)) >= 0).all()
    assert got.ledger.balanced


def traffic(seed: int, name: str) -> list[str]:
    """Traffic of one recording: stations, copies of the other's messages, statics, safety texts."""
    rng = random.Random(seed)
    now, lines = rng.randrange(60), []
    for _ in range(300):
        now += rng.choice((0, 0, 1, 2, 7))
        ship, station = rng.randrange(6), f"{name}{rng.randrange(4)}"
        tag = f"s:{station},c:{T0 + now - rng.choice((0, 0, 0, 4))}"
        kind = rng.random()
        if kind < 0.7:
            fields: dict[str, object] = {"type": 1, "mmsi": 200 + ship, "lon": now // 20, "lat": 1}
        elif kind < 0.85:
            fields = {"type": 5, "mmsi": 200 + ship, "shipname": f"SHIP {ship}"}
        elif kind < 0.95:
            fields = {"type": 14, "mmsi": 200 + ship, "text": "SECURITE"}
        else:
            lines.append(rng.choice(("", "noise", "$GPZDA,1*00")))
            continue
        lines += make_message(fields, tag=tag)
    return lines


@pytest.mark.parametrize(("chunk", "batch_rows"), [(1, 1), (97, 3), (4096, 50), (700, 32_768)])
def test_nothing_depends_on_chunks(file, chunk: int, batch_rows: int) -> None:
    paths = [file(n, *traffic(seed, n)) for seed, n in enumerate(("a", "b", "c"))]
    whole, cut = read(*paths), read(*paths, chunk=chunk, batch_rows=batch_rows)
    assert whole.ledger.as_dict() == cut.ledger.as_dict()
    assert whole.ledger.as_dict()["duplicates"] > 50
    assert whole.ledger.balanced
    assert whole.stations == cut.stations
    assert len(whole.stations) == 13
    for one, other in zip(whole.records(), cut.records(), strict=True):
        assert_same(one, other)


def test_equal_to_sorting_all_messages_and_asking_one_by_one(file) -> None:
    """The run, by the rule as it reads: each recording's messages, sorted, copies looked up."""
    paths = [file(n, *traffic(seed, n)) for seed, n in ((5, "a"), (6, "b"))]
    messages = []
    for source, path in enumerate(paths):
        clock = 0
        reading = Reading(recordings(path)[0], stations := Stations(), merging=True)
        rows = [r for b in reading.batches() for r in (b.positions, b.statics, b.messages)]
        found = [
            (int(line), int(time), (int(mmsi), int(kind), repr(key)), stations.names[station])
            for r in rows
            for line, time, mmsi, kind, station, key in zip(
                r.line, r.time.astype(np.int64), r.mmsi, r.msg_type, r.station,
                r.lon if isinstance(r, Positions) else r.mmsi, strict=True,
            )
        ]  # fmt: skip
        for line, time, key, station in sorted(found):
            clock = max(clock, time)
            messages.append((clock, source, line, time, key, station))
    kept: dict[Any, int] = {}
    expected, copies = [], []
    for number, (_, _, _, time, key, station) in enumerate(sorted(messages)):
        if key in kept and abs(time - kept[key]) <= 10_000_000:
            copies.append((number, kept[key], station))
        else:
            kept[key] = time
            expected.append((number, time, key[:2], station))
    got = read(*paths)
    mine = sorted(
        (int(line), int(time), (int(mmsi), int(kind)), got.stations[station])
        for r in (got.positions, got.statics, got.messages)
        for line, time, mmsi, kind, station in zip(
            r.line, r.time.astype(np.int64), r.mmsi, r.msg_type, r.station, strict=True
        )
    )
    assert mine == expected
    again = [
        (int(line), int(time), got.stations[station])
        for line, time, station in zip(
            got.copies.line, got.copies.time.astype(np.int64), got.copies.station, strict=True
        )
    ]
    assert again == copies
    assert len(copies) > 50
