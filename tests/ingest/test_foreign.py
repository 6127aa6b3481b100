"""Messages that were never sentences become the rows that sentences become."""

import pickle
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import assert_same
from sentences import make_sentence, read_bytes

from ingest.batch import Batch
from ingest.columns import columns_of
from ingest.foreign import ForeignReader
from ingest.private import read_private
from ingest.records import Flag, Positions
from ingest.shapes import digitraffic

T0 = 1_790_467_197
US = 1_000_000
LOCATION = {
    "time": T0, "sog": 7.2, "cog": 91.5, "navStat": 3, "rot": 4, "posAcc": True, "raim": True,
    "heading": 93, "lon": 24.953415, "lat": 60.148283,
}  # fmt: skip
METADATA = {
    "timestamp": T0 * 1000 + 250, "destination": "FI HKO@@", "name": "TEST VESSEL ", "draught": 31,
    "eta": 9 << 16 | 27 << 11 | 14 << 6 | 45, "posType": 3, "refA": 40, "refB": 11, "refC": 5,
    "refD": 6, "callSign": "OJ1234", "imo": 9_074_729, "type": 60,
}  # fmt: skip


def fields(message: Any, kind: str = "location", mmsi: str = "230111222") -> list[bytes]:
    text = message if isinstance(message, bytes) else orjson.dumps(message)
    return [b"digitraffic", f"vessels-v2/{mmsi}/{kind}".encode(), text]


def read(
    *messages: list[bytes], received: int = (T0 + 1) * US, time: int = -1,
    reader: ForeignReader | None = None,
) -> Batch:  # fmt: skip
    n = len(messages)
    batch = (reader or ForeignReader()).read(
        messages, line=np.arange(n) * 3 + 5, station=np.full(n, 4),
        time=np.full(n, time), received=np.full(n, received),
    )  # fmt: skip
    assert batch.ledger.balanced
    assert [len(h) for h in batch.hashes] in ([], [len(batch.positions), len(batch.statics), 0])
    return batch


def test_a_location_is_a_position() -> None:
    p = read(fields(LOCATION)).positions
    assert p.time[0] == np.datetime64(T0, "s")
    assert p.received[0] == np.datetime64(T0 + 1, "s")
    assert (p.mmsi[0], p.msg_type[0], p.status[0], p.second[0]) == (230111222, 1, 3, 60)
    assert (p.line[0], p.station[0], p.heading[0]) == (5, 4, 93)
    assert (p.sog[0], p.cog[0]) == (np.float32(7.2), np.float32(91.5))
    assert p.flags[0] == Flag.ACCURATE | Flag.RAIM
    assert np.isnat(p.watermark[0])


def test_metadata_is_a_static() -> None:
    batch = read(fields(METADATA, "metadata"))
    s = batch.statics
    assert len(batch.positions) == 0
    assert s.time[0] == np.datetime64(T0 * 1000 + 250, "ms")
    assert (s.mmsi[0], s.msg_type[0], s.imo[0], s.ship_type[0]) == (230111222, 5, 9_074_729, 60)
    assert (s.name[0], s.callsign[0], s.destination[0]) == (b"TEST VESSEL", b"OJ1234", b"FI HKO")
    assert (s.to_bow[0], s.to_stern[0], s.to_port[0], s.to_starboard[0]) == (40, 11, 5, 6)
    assert (s.eta_month[0], s.eta_day[0], s.eta_hour[0], s.eta_minute[0]) == (9, 27, 14, 45)
    assert (s.draught[0], s.epfd[0], s.flags[0]) == (np.float32(3.1), 3, 0)


def type_1(*values: tuple[int, int]) -> str:
    """A sentence of a type 1 from (width, value) of its fields."""
    bits = "".join(format(value & ((1 << width) - 1), f"0{width}b") for width, value in values)
    sixes = [int(bits[i : i + 6], 2) for i in range(0, len(bits), 6)]
    return make_sentence("".join(chr(48 + v if v < 40 else 56 + v) for v in sixes), tag=f"c:{T0}")


@given(
    lon=st.integers(-180 * 600_000, 180 * 600_000) | st.just(181 * 600_000),
    lat=st.integers(-90 * 600_000, 90 * 600_000), sog=st.integers(0, 1023),
    cog=st.integers(0, 3600), heading=st.integers(0, 511), rot=st.integers(-128, 127),
    status=st.integers(0, 15), accurate=st.booleans(), raim=st.booleans(),
)  # fmt: skip
def test_a_report_is_the_row_that_its_sentence_is(
    lon: int, lat: int, sog: int, cog: int, heading: int, rot: int, status: int, *,
    accurate: bool, raim: bool,
) -> None:  # fmt: skip
    line = type_1(
        (6, 1), (2, 0), (30, 230111222), (4, status), (8, rot), (10, sog), (1, accurate), (28, lon),
        (27, lat), (12, cog), (9, heading), (6, 60), (5, 0), (1, raim), (19, 0),
    )  # fmt: skip
    sent = read_bytes(f"{line}\n".encode()).positions
    heard = read(fields({
        "time": T0, "sog": sog / 10, "cog": cog / 10, "navStat": status, "rot": rot,
        "posAcc": accurate, "raim": raim, "heading": heading, "lon": round(lon / 600_000, 6),
        "lat": round(lat / 600_000, 6),
    })).positions  # fmt: skip
    place = {n: getattr(heard, n) for n in ("received", "station", "line", "watermark")}
    assert_same(replace(sent, **place), heard)


PLACE = {
    "time": np.zeros(1, "M8[us]"), "received": np.zeros(1, "M8[us]"), "line": np.zeros(1, np.int64),
    "station": np.zeros(1, np.uint16),
}  # fmt: skip


@pytest.mark.parametrize(
    "unsent",
    [
        {"sog": 102.3, "cog": 360, "heading": 511, "rot": -128, "navStat": 15, "lon": 181,
         "lat": 91},
        {"sog": -1, "cog": -400, "heading": 400, "rot": 200, "navStat": 16, "lon": None},
        {"sog": None, "cog": "x", "heading": [1], "rot": 0.5, "navStat": {}, "lat": "north"},
        {},
    ],
)  # fmt: skip
def test_what_was_not_sent_is_absent(unsent: dict[str, Any]) -> None:
    batch = read(fields({"time": T0, **unsent}))
    assert_same(
        replace(batch.positions, mmsi=np.zeros(1, np.uint32), **PLACE),
        replace(Positions.absent(1, msg_type=np.ones(1)), **PLACE),
    )
    assert batch.ledger.stored == 1


def test_a_place_that_is_none_is_told_apart_from_one_not_sent() -> None:
    p = read(
        fields({**LOCATION, "lon": 181, "lat": 91}), fields({**LOCATION, "lat": 1e9})
    ).positions
    assert np.isnan([p.lon, p.lat]).all()
    assert ((p.flags & Flag.OUT_OF_RANGE) > 0).tolist() == [False, True]


@pytest.mark.parametrize(
    "unsent",
    [
        {"draught": 0, "imo": 0, "eta": 24 << 6 | 60},
        {"draught": -5, "imo": -1, "eta": -1, "name": "", "type": 300, "posType": 16, "refA": -1},
        {"draught": "x", "imo": 1 << 40, "eta": 1 << 20, "name": 7.5, "refA": 1e300, "refC": 64},
        {"eta": True, "callSign": None, "destination": ["a"]},
    ],
)
def test_statics_not_sent_are_absent(unsent: dict[str, Any]) -> None:
    s = read(fields({"timestamp": T0 * 1000, **unsent}, "metadata")).statics
    assert np.isnan(s.draught[0])
    assert (s.imo[0], s.ship_type[0], s.epfd[0], s.to_bow[0], s.to_port[0]) == (0, 0, 0, 0, 0)
    assert (s.eta_month[0], s.eta_day[0], s.eta_hour[0], s.eta_minute[0]) == (0, 0, 24, 60)
    assert (s.callsign[0], s.destination[0]) == (b"", b"")


def test_names_are_bounded_and_of_ascii() -> None:
    s = read(fields({**METADATA, "name": "Å\u202e" + "x" * 999, "callSign": "\x1b[2J"}, "metadata"))
    assert s.statics.name[0] == b"??" + b"x" * 32
    assert s.statics.callsign[0] == b"?[2J"


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([b"other", b"t", b"{}"], "unknown_form"),
        ([b"digitraffic", b"t"], "unknown_form"),
        ([], "unknown_form"),
        ([b"digitraffic", b"vessels-v2/1/else", b"{}"], "other_topic"),
        (fields(b"{"), "not_json"),
        (fields(b"[]"), "not_json"),
        (fields(LOCATION, mmsi="1073741824"), "bad_mmsi"),
        (fields({**LOCATION, "time": "soon"}), "bad_time"),
        (fields({**LOCATION, "time": 12}), "bad_time"),
    ],
)
def test_what_cannot_be_read_is_counted_and_harms_no_other(parts: list[bytes], reason: str) -> None:
    batch = read(fields(LOCATION), parts, fields(METADATA, "metadata"))
    assert +batch.ledger.rejected == {reason: 1}
    assert (batch.positions.line.tolist(), batch.statics.line.tolist()) == ([5], [11])
    assert batch.ledger.lines == 3
    assert batch.end_line == 12


def test_a_message_without_a_time_takes_its_lines() -> None:
    batch = read(fields({**LOCATION, "time": None}), fields(LOCATION), time=(T0 - 7) * US)
    assert batch.positions.time.tolist() == [
        np.datetime64(T0 - 7, "s").item(), np.datetime64(T0, "s").item(),
    ]  # fmt: skip
    assert ((batch.positions.flags & Flag.UNTIMED) > 0).tolist() == [True, False]


def test_no_message_tells_of_what_had_not_happened_when_it_was_received() -> None:
    messages = [fields({**LOCATION, "time": T0 + ahead}) for ahead in (0, 61, 62, 3600)]
    batch = read(*messages)
    assert batch.positions.line.tolist() == [5, 8]
    assert +batch.ledger.dropped == {"time_ahead": 2}


def test_without_a_receive_time_a_runaway_clock_is_held_against_the_others() -> None:
    far = fields({**LOCATION, "time": T0 + 10 * 86_400})
    batch = read(fields(LOCATION), far, fields(LOCATION), received=-1)
    assert batch.positions.line.tolist() == [5, 11]
    assert np.isnat(batch.positions.received).all()
    assert +batch.ledger.dropped == {"time_ahead": 1}


def test_a_time_before_ais_is_dropped() -> None:
    batch = read(fields(LOCATION), fields(b'{"time": 1000000, "lon": 1, "lat": 1}'), time=5 * US)
    assert +batch.ledger.dropped == {"time_before_ais": 1}


def test_the_same_report_has_the_same_hash_wherever_it_was_heard() -> None:
    one, two = (
        read(fields(LOCATION), fields(METADATA, "metadata")),
        read(
            fields({}),
            fields(dict(reversed(METADATA.items())), "metadata"),
            fields(dict(reversed(LOCATION.items()))),
            received=(T0 + 9) * US,
            time=T0 * US,
        ),
    )
    assert one.hashes[0][0] == two.hashes[0][1]
    assert one.hashes[1][0] == two.hashes[1][0]
    later = read(fields({**LOCATION, "time": T0 + 1}))
    assert later.hashes[0][0] != one.hashes[0][0]


def test_how_messages_are_cut_into_batches_changes_nothing() -> None:
    messages = [fields({**LOCATION, "time": T0 + i % 7}) for i in range(20)]
    whole = read(*messages, received=-1)
    reader, parts = ForeignReader(), []
    for message in messages:
        parts.append(read(message, received=-1, reader=reader))
        reader = pickle.loads(pickle.dumps(reader))
    joined = Positions.concat([p.positions for p in parts])
    assert_same(replace(joined, line=whole.positions.line), whole.positions)
    assert np.concatenate([p.hashes[0] for p in parts]).tolist() == whole.hashes[0].tolist()


def test_what_the_shape_writes_is_what_is_read() -> None:
    line = digitraffic("vessels-v2/230111222/location", orjson.dumps(LOCATION), Counter())
    sentence = read_private(line)
    assert sentence is not None
    assert_same(read(sentence[1]).positions, read(fields(LOCATION)).positions)


def test_nothing_comes_of_nothing() -> None:
    batch = read()
    assert (len(batch.positions), len(batch.statics), batch.ledger.lines) == (0, 0, 0)


VALUES = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.text(max_size=70)
    | (st.integers(-(2**63), 2**64 - 1))
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["location", "metadata"]),
            st.dictionaries(st.sampled_from([*LOCATION, *METADATA]), VALUES),
        ),
        max_size=5,
    )
)
def test_any_values_make_rows_that_can_be_stored(messages: list[tuple[str, Any]]) -> None:
    batch = read(*(fields(m, kind) for kind, m in messages), time=T0 * US)
    assert batch.ledger.used == len(messages)
    for record in (batch.positions, batch.statics):
        for column in columns_of(type(record)):
            column.to_native(getattr(record, column.name))
