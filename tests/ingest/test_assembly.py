"""Parts of messages: who belongs together, and what becomes of the others."""

from __future__ import annotations

import numpy as np
import pytest
from pyais.encode import encode_dict
from sentences import Read, make_message, make_sentence, read_bytes

from ingest.assembly import ORPHAN_AFTER_ALL_LINES
from ingest.nmea import NmeaReader
from ingest.stations import Stations
from ingest.survey import survey

T0 = 1_789_444_800
FILLER = {"type": 1, "lon": 1.0, "lat": 1.0}


def parts_of(mmsi: int, *, sequence: str = "1", channel: str = "A", tags: list[str]) -> list[str]:
    """A type 5 as two sentences."""
    halves = [line.split(",") for line in encode_dict({"type": 5, "mmsi": mmsi, "callsign": "AB"})]
    return [
        make_sentence(
            p[5], fill=int(p[6][0]), parts=2, part=n, sequence=sequence, channel=channel, tag=tag
        )
        for n, p, tag in zip((1, 2), halves, tags, strict=True)
    ]


def filler(count: int, tag: str) -> list[str]:
    return [make_message({**FILLER, "mmsi": 300 + i}, tag=tag)[0] for i in range(count)]


def read(*lines: str) -> Read:
    return read_bytes("".join(f"{line}\n" for line in lines).encode(), dedup=False)


def at(seconds: float, station: str = "a") -> str:
    return f"s:{station},c:{int((T0 + seconds) * 1000)}"


def test_a_message_stands_at_its_last_line_with_the_time_of_its_first_part() -> None:
    one, two = parts_of(7, tags=[at(1), at(4)])
    got = read(one, *filler(2, at(2)), two)
    assert got.statics.line.tolist() == [3]
    assert got.statics.time[0] == np.datetime64(T0 + 1, "s")


def test_interleaved_groups_of_one_station_are_told_apart_by_sequence_and_channel() -> None:
    a = parts_of(7, sequence="1", channel="A", tags=[at(1), at(1)])
    b = parts_of(8, sequence="1", channel="B", tags=[at(1), at(1)])
    c = parts_of(9, sequence="2", channel="A", tags=[at(1), at(1)])
    got = read(a[0], b[0], c[0], b[1], c[1], a[1])
    assert got.statics.mmsi.tolist() == [8, 9, 7]
    assert set(got.statics.callsign) == {b"AB"}


def test_groups_of_two_stations_are_never_joined() -> None:
    one, two = parts_of(7, tags=[at(1, "here"), at(1, "there")])
    got = read(one, two)
    assert len(got.statics) == 0
    assert got.ledger.as_dict()["rejected"] == {"orphan_part": 2}


def test_a_second_part_just_before_its_first_is_taken() -> None:
    one, two = parts_of(7, tags=[at(1), at(1)])
    assert len(read(two, *filler(2, at(1)), one).statics) == 1


def test_a_second_part_long_before_a_first_is_another_message() -> None:
    """Else one lost first part would shift every later pair."""
    lost, a, b = (parts_of(m, tags=[at(1), at(1)]) for m in (6, 7, 8))
    got = read(lost[1], *filler(4, at(1)), a[0], a[1], b[0], b[1])
    assert got.statics.mmsi.tolist() == [7, 8]
    assert got.statics.line.tolist() == [6, 8]
    assert got.ledger.as_dict()["rejected"] == {"orphan_part": 1}


def test_parts_wait_ten_seconds_of_event_time() -> None:
    one, two = parts_of(7, tags=[at(0), at(10)])
    assert len(read(one, two).statics) == 1
    one, two = parts_of(7, tags=[at(0), at(10.001)])
    got = read(one, two)
    assert got.ledger.as_dict()["rejected"] == {"orphan_part": 2}


def test_parts_wait_64_lines_of_their_station() -> None:
    one, two = parts_of(7, tags=[at(0), at(0)])
    assert len(read(one, *filler(63, at(0)), two).statics) == 1
    assert len(read(one, *filler(64, at(0)), two).statics) == 0
    assert len(read(one, *filler(200, at(0, "another")), two).statics) == 1


@pytest.mark.parametrize("chunk", [262_144, 1000])
def test_parts_wait_65536_lines_of_all_stations(chunk: int) -> None:
    one, two = parts_of(7, tags=[at(0), at(0)])
    for between, found in ((65_535, 1), (65_536, 0)):
        data = f"{one}\n{chr(10) * between}{two}\n".encode()
        got = read_bytes(data, chunk=chunk, dedup=False)
        assert len(got.statics) == found
        assert got.ledger.rejected["orphan_part"] == 2 * (1 - found)


def test_a_flood_of_first_parts_does_not_fill_the_memory() -> None:
    """From thousands of invented stations, so that none of them sends many lines."""
    lines = [
        make_sentence("5" * 56, parts=2, sequence=chr(48 + i % 40), tag=f"s:{i // 40},c:{T0}")
        for i in range(140_000)
    ]
    data = "".join(f"{line}\n" for line in lines).encode()
    reader = NmeaReader(survey([data], Stations(), name="test"))
    most = 0
    for i in range(0, len(data), 1 << 20):
        reader.feed(data[i : i + (1 << 20)])
        most = max(most, reader._assembly.waiting)
    assert 40_000 < most <= ORPHAN_AFTER_ALL_LINES + 1
    assert reader.finish().ledger.balanced


def test_the_same_part_again_begins_anew() -> None:
    old, new = (parts_of(m, tags=[at(0), at(0)]) for m in (6, 7))
    got = read(old[0], new[0], new[1])
    assert got.statics.mmsi.tolist() == [7]
    assert got.ledger.as_dict()["rejected"] == {"orphan_part": 1}


def test_three_parts_in_any_near_order() -> None:
    lines = make_message({"type": 14, "mmsi": 5, "text": "A" * 150}, tag=at(0))
    assert len(lines) == 3
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        got = read(*(lines[i] for i in order))
        assert got.messages.text[0] == b"A" * 150


def test_the_last_line_is_enough_to_balance() -> None:
    one, _ = parts_of(7, tags=[at(0), at(0)])
    got = read(one)
    assert got.ledger.balanced
    assert got.ledger.as_dict()["rejected"] == {"orphan_part": 1}
