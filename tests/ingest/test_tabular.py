"""CSV files become the columns that sentences become, and every line is accounted for."""

import csv
import gzip
import io
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.batch import Batch
from ingest.columns import Record, columns_of
from ingest.errors import InputError
from ingest.ledger import Ledger
from ingest.records import Copies, Flag, Positions, Statics
from ingest.stations import Stations
from ingest.tabular import CsvReader
from ingest.tabular.cells import numbers, times
from ingest.tabular.lines import MAX_LINE

DMA = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,"
    "IMO,Callsign,Name,Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,"
    "Destination,ETA,Data source type,A,B,C,D"
)
NOAA = (
    "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,"
    "Width,Draft,Cargo,TransceiverClass"
)


def batches(data: bytes, size: int, *, dedup: bool = True) -> Iterator[Batch]:
    reader = CsvReader(Stations(), "test", dedup=dedup)
    for start in range(0, len(data), size):
        batch = reader.feed(data[start : start + size])
        if batch is not None:
            yield batch
    yield reader.finish()


class Read:
    """All that a reader makes of a file."""

    def __init__(self, data: str | bytes, size: int = 262_144, *, dedup: bool = True) -> None:
        raw = data.encode() if isinstance(data, str) else data
        made = list(batches(raw, size, dedup=dedup))
        self.positions = Positions.concat([b.positions for b in made])
        self.statics = Statics.concat([b.statics for b in made])
        self.copies = Copies.concat([b.copies for b in made])
        self.hashes = [
            np.concatenate(h) for h in zip(*(b.hashes for b in made if b.hashes), strict=True)
        ]
        self.ledger = Ledger()
        for batch in made:
            self.ledger.add(batch.ledger)
        self.end_line = made[-1].end_line
        assert self.ledger.balanced
        assert self.end_line == self.ledger.lines


def same(a: Record, b: Record) -> bool:
    return all(
        getattr(a, c.name).tobytes() == getattr(b, c.name).tobytes() for c in columns_of(type(a))
    )


def row(header: str, **cells: object) -> str:
    """One line of a file, its cells given by the names in the header."""
    names = [name.lstrip("# ").replace(" ", "_") for name in header.split(",")]
    assert not set(cells) - set(names)
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cells.get(name, "") for name in names])
    return out.getvalue()


def dma(**cells: object) -> str:
    return row(DMA, **{
        "Timestamp": "13/06/2024 00:00:00", "Type_of_mobile": "Class A", "MMSI": 219000431,
        "Latitude": 55.5, "Longitude": 12.25, "Navigational_status": "Unknown value",
        "IMO": "Unknown", "Callsign": "Unknown", "Ship_type": "Undefined",
        "Type_of_position_fixing_device": "Undefined", "Data_source_type": "AIS", **cells,
    })  # fmt: skip


def noaa(**cells: object) -> str:
    return row(NOAA, **{
        "MMSI": 367702220, "BaseDateTime": "2022-03-31T00:00:01", "LAT": 29.78763,
        "LON": -95.0807, **cells,
    })  # fmt: skip


def read(header: str, *lines: str) -> Read:
    return Read("\n".join((header, *lines)) + "\n")


def test_a_danish_row() -> None:
    got = read(DMA, dma(
        Navigational_status="Engaged in fishing", ROT=-6.7, SOG=8.4, COG=216.9, Heading=217,
        IMO=9686429, Callsign="OWMI2", Name="GUARDVESSEL ADVANCER", Ship_type="Fishing",
        Width=8, Length=23, Type_of_position_fixing_device="GPS", Draught=1.9,
        Destination="GUARD VESSEL FEMARN", ETA="11/03/2023 21:05:00", A=16, B=7, C=5, D=3,
    ))  # fmt: skip
    p, s = got.positions, got.statics
    assert p.time[0] == s.time[0] == np.datetime64("2024-06-13T00:00:00")
    assert np.isnat(p.received[0])
    assert (p.mmsi[0], p.msg_type[0], p.lon[0], p.lat[0]) == (219000431, 1, 12.25, 55.5)
    assert (p.status[0], p.heading[0], p.second[0]) == (7, 217, 60)
    assert np.allclose([p.rot[0], p.sog[0], p.cog[0]], [-6.7, 8.4, 216.9])
    assert (p.line[0], s.line[0], p.flags[0]) == (1, 1, 0)
    assert (s.imo[0], s.callsign[0], s.name[0]) == (9686429, b"OWMI2", b"GUARDVESSEL ADVANCER")
    assert (s.msg_type[0], s.ship_type[0], s.epfd[0]) == (5, 30, 1)
    assert (s.to_bow[0], s.to_stern[0], s.to_port[0], s.to_starboard[0]) == (16, 7, 5, 3)
    assert s.draught[0] == np.float32(1.9)
    assert s.destination[0] == b"GUARD VESSEL FEMARN"
    assert [s.eta_month[0], s.eta_day[0], s.eta_hour[0], s.eta_minute[0]] == [3, 11, 21, 5]


def test_a_noaa_row() -> None:
    got = read(NOAA, noaa(
        SOG=3.2, COG=143.7, Heading=511.0, VesselName="RELIANCE II", IMO="IMO9221322",
        CallSign="5VHS7", VesselType=79, Status=0, Length=52, Width=12, Draft=2.5, Cargo=70,
        TransceiverClass="A",
    ))  # fmt: skip
    p, s = got.positions, got.statics
    assert p.time[0] == np.datetime64("2022-03-31T00:00:01")
    assert (p.lon[0], p.lat[0], p.status[0]) == (-95.0807, 29.78763, 0)
    assert np.isnan(p.heading[0])
    assert np.isnan(p.rot[0])
    assert (s.imo[0], s.ship_type[0], s.name[0]) == (9221322, 79, b"RELIANCE II")
    assert (s.to_bow[0], s.to_stern[0], s.to_port[0], s.to_starboard[0]) == (0, 52, 0, 12)


def test_imo_numbers_in_every_spelling() -> None:
    cells = ["IMO9221322", "9221322", "IMO0000000", "0", "", "x", "I", "IMO", "IMO 9221322", "9.0"]
    got = read(NOAA, *(noaa(IMO=c, SOG=i, VesselName="X") for i, c in enumerate(cells)))
    assert got.statics.imo.tolist() == [9221322, 9221322, 0, 0, 0, 0, 0, 0, 9221322, 9]


def test_columns_are_found_by_name_in_any_order_and_spelling() -> None:
    header = "latitude,base_date_time,longitude,transceiver,mmsi,something,vessel_name,call_sign"
    got = read(header, "1.5,2025-01-02 03:04:05,2.5,B,368000000,x,NAME,CALL")
    assert (got.positions.lat[0], got.positions.lon[0]) == (1.5, 2.5)
    assert got.positions.msg_type[0] == 18
    assert (got.statics.name[0], got.statics.callsign[0]) == (b"NAME", b"CALL")
    assert got.statics.msg_type[0] == 19
    semicolons = "mmsi;lon;lat;date_time_utc;sog;nav_status;message_nr"
    got = read(semicolons, "257000000;5,25;60.5;2020-11-01 00:00:00;7,5;5;3")
    assert (got.positions.lon[0], got.positions.sog[0]) == (5.25, 7.5)
    assert (got.positions.status[0], got.positions.msg_type[0]) == (5, 3)


@pytest.mark.parametrize(
    ("word", "mmsi", "kind"),
    [
        ("Class A", 219000431, 1), ("Class B", 219000431, 18), ("Base Station", 2190064, 4),
        ("AtoN", 992191234, 21), ("SAR Airborne", 111219501, 9),
        ("Search and Rescue Transponder", 970012345, 1), ("Man Overboard Device", 972012345, 1),
        ("", 219000431, 1), ("", 2190064, 4), ("", 992191234, 21), ("", 111219501, 9),
        ("Something new", 219000431, 1),
    ],
)  # fmt: skip
def test_the_kind_of_mobile_gives_the_message_type(word: str, mmsi: int, kind: int) -> None:
    assert read(DMA, dma(Type_of_mobile=word, MMSI=mmsi)).positions.msg_type[0] == kind


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Under way using engine", 0), ("At anchor", 1), ("Not under command", 2),
        ("Restricted maneuverability", 3), ("Constrained by her draught", 4), ("Moored", 5),
        ("Aground", 6), ("Engaged in fishing", 7), ("Under way sailing", 8),
        ("Reserved for future amendment [HSC]", 9), ("Reserved for future use [11]", 11),
        ("AIS-SART (active)", 14), ("under way using engine", 0), ("0.0", 0), ("12", 12),
        ("15", 15), ("99", 15), ("Unknown value", 15), ("", 15), ("-1", 15),
    ],
)  # fmt: skip
def test_status_words(word: str, status: int) -> None:
    assert read(DMA, dma(Navigational_status=word)).positions.status[0] == status


@pytest.mark.parametrize(
    ("ship", "cargo", "number"),
    [
        ("Cargo", "", 70), ("Tanker", "Category X", 81), ("Tanker", "Category OS", 84),
        ("Passenger", "No additional information", 69), ("Tug", "Category X", 52),
        ("Towing long/wide", "", 32), ("SAR", "", 51), ("HSC", "", 40), ("Undefined", "", 0),
        ("Reserved", "", 0), ("77", "", 77), ("70.0", "", 70), ("1004", "", 0),
    ],
)  # fmt: skip
def test_ship_type_words(ship: str, cargo: str, number: int) -> None:
    got = read(DMA, dma(Ship_type=ship, Cargo_type=cargo, Name="X"))
    assert got.statics.ship_type[0] == number


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("143.7", 143.7), ("0.0", 0.0), ("359.9", 359.9), ("360.0", None), ("409.5", None),
        ("-61.8", 347.8), ("-204.8", 204.8), ("-49.6", None), ("-20", 340), ("-359", 1),
        ("-400", None), ("", None), ("nan", None), ("north", None), ("1e3", None),
    ],
)  # fmt: skip
def test_courses(cell: str, value: float | None) -> None:
    cog = read(NOAA, noaa(COG=cell)).positions.cog[0]
    assert np.isnan(cog) if value is None else cog == np.float32(value)


@pytest.mark.parametrize(
    ("cell", "aircraft", "value", "at_least"),
    [
        ("12.3", False, 12.3, False), ("102.2", False, 102.2, True), ("102.3", False, None, False),
        ("-0.1", False, None, False), ("-51.2", False, 51.2, False), ("-60", False, None, False),
        ("500", False, None, False), ("500", True, 500, False), ("1022", True, 1022, True),
        ("1023", True, None, False),
    ],
)  # fmt: skip
def test_speeds(cell: str, aircraft: bool, value: float | None, at_least: bool) -> None:
    mobile = "SAR Airborne" if aircraft else "Class A"
    p = read(DMA, dma(SOG=cell, Type_of_mobile=mobile)).positions
    assert np.isnan(p.sog[0]) if value is None else p.sog[0] == np.float32(value)
    assert bool(p.flags[0] & Flag.AT_LEAST) is at_least


@pytest.mark.parametrize(
    ("lat", "lon", "known", "outside"),
    [
        (91, 0, False, False), (55, 181, False, False), (-90.5, 10, False, True),
        (10, 200, False, True), (90, -180, True, False), (-90, 180, True, False),
    ],
)  # fmt: skip
def test_positions_not_sent_and_out_of_range(
    lat: float, lon: float, known: bool, outside: bool
) -> None:
    p = read(DMA, dma(Latitude=lat, Longitude=lon)).positions
    assert ([p.lat[0], p.lon[0]] == [lat, lon]) is known
    assert (np.isnan(p.lat[0]) and np.isnan(p.lon[0])) is not known
    assert bool(p.flags[0] & Flag.OUT_OF_RANGE) is outside


def test_turns_without_a_sensor_are_a_bound() -> None:
    got = read(DMA, dma(ROT=-720.0), dma(ROT=708.7, SOG=1), dma(ROT="", SOG=2)).positions
    assert got.rot[0] == -10
    assert got.rot[1] == np.float32(708.7)
    assert np.isnan(got.rot[2])
    assert ((got.flags & Flag.ROT_BOUND) > 0).tolist() == [True, False, False]


def test_a_row_is_a_position_a_static_or_both() -> None:
    got = read(
        DMA,
        dma(Name="BOTH", SOG=1),
        dma(SOG=1),
        dma(Name="STATIC", Latitude=91, Longitude=0),
        dma(Latitude=91, Longitude=0),
        dma(Navigational_status="AIS-SART (active)", Latitude=91, Longitude=0, Name="S"),
    )
    assert got.positions.line.tolist() == [1, 2, 4, 5]
    assert got.statics.name.tolist() == [b"BOTH", b"STATIC", b"S"]
    assert got.ledger.messages == got.ledger.stored == 5


def test_names_from_outside_are_plain_and_end_where_ais_ends_them() -> None:
    got = read(NOAA, *(noaa(VesselName=name, SOG=i) for i, name in enumerate([
        "MARIE, OF \"NANTES\"", "TWO, WORDS", "  PADDED  ", "CUT@@@@REST", "\x1b[31mRED", "BJØRN",
        "A" * 50, "UNKNOWN", "A  ", "A B",
    ])))  # fmt: skip
    assert got.statics.name.tolist() == [
        b'MARIE, OF "NANTES"', b"TWO, WORDS", b"PADDED", b"CUT", b"?[31mRED",
        b"BJ??RN", b"A" * 34, b"A", b"A B",
    ]  # fmt: skip


def test_lines_are_accounted_for_by_reason() -> None:
    data = "\r\n".join((
        "# a comment before the header", "", DMA, dma(), "", "   ", "# a comment", DMA,
        dma(SOG=1).replace("13/06/2024", "31/02/2024"), dma(MMSI="x"), dma(MMSI=2**31),
        dma(MMSI=-5), dma(MMSI=1.5), "only,three,cells", dma(SOG=2) + ",more",
        dma(Name="A\rB"), dma(SOG=3).replace("AIS", '"AIS'), dma(Name="L" * 5000),
        dma(Timestamp="01/01/1970 00:00:00"), dma(Timestamp="01/01/2090 00:00:00"), dma(SOG=4),
        dma(), "\0" * 50,
    ))  # fmt: skip
    got = Read(data)
    assert got.ledger.as_dict() == {
        "lines": 23, "used": 5,
        "ignored": {"blank": 3, "comment": 2, "header": 2},
        "rejected": {
            "bad_mmsi": 4, "bad_quotes": 1, "bad_time": 1, "column_count": 2, "malformed": 2,
            "too_long": 1,
        },
        "messages": 5, "stored": 2, "duplicates": 1,
        "dropped": {"time_before_ais": 1, "time_ahead": 1},
    }  # fmt: skip
    assert got.positions.line.tolist() == [3, 20]


def test_doubtful_numbers_are_kept_and_flagged() -> None:
    got = read(NOAA, noaa(MMSI=0), noaa(MMSI=123456789), noaa(MMSI=367702220.0)).positions
    assert got.mmsi.tolist() == [0, 123456789, 367702220]
    assert ((got.flags & Flag.MMSI_DOUBTFUL) > 0).tolist() == [True, True, False]


def test_the_same_row_again_is_a_duplicate() -> None:
    got = read(NOAA, noaa(SOG=1, VesselName="A"), noaa(SOG=1, VesselName="B"),
               noaa(SOG=1, VesselName="A"), noaa(SOG=1, VesselName="A"))  # fmt: skip
    assert got.positions.line.tolist() == [1, 2]
    assert got.copies.line.tolist() == [3, 4]
    assert got.copies.delay.tolist() == [0, 0]
    assert (got.ledger.messages, got.ledger.stored, got.ledger.duplicates) == (4, 2, 2)


def test_values_not_sent_are_the_same_however_they_are_written() -> None:
    got = read(NOAA, noaa(), noaa(SOG="nan"), noaa(SOG="-nan"), noaa(SOG="x"), noaa(COG="-49.6"))
    assert got.ledger.duplicates == 4


def test_a_moored_ship_that_says_the_same_later_is_no_duplicate() -> None:
    got = read(NOAA, *(noaa(BaseDateTime=f"2022-03-31T00:00:0{i}") for i in range(5)))
    assert len(got.positions) == 5


def test_without_deduplication_the_hashes_tell() -> None:
    lines = [noaa(SOG=1, VesselName="A"), noaa(SOG=2), noaa(SOG=1, VesselName="A")]
    got = Read("\n".join((NOAA, *lines)), dedup=False)
    assert len(got.positions) == 3
    position, static, message = got.hashes
    assert position[0] == position[2] != position[1]
    assert static.tolist() == [position[0], position[2]]
    assert len(message) == 0


def test_the_watermark_is_the_greatest_time_so_far() -> None:
    clock = ["00:00:05", "00:00:01", "00:00:09", "00:00:03"]
    lines = [noaa(BaseDateTime=f"2022-03-31T{t}") for t in clock]
    got = Read("\n".join((NOAA, *lines)), size=1).positions
    assert [str(t)[-8:] for t in got.watermark.astype("datetime64[s]")] == [
        "00:00:05", "00:00:05", "00:00:09", "00:00:09",
    ]  # fmt: skip


def test_a_hole_of_days_is_believed_once_it_is_confirmed() -> None:
    lines = [noaa(SOG=1)] + [noaa(BaseDateTime=f"2022-04-09T00:00:0{i}") for i in range(4)]
    got = read(NOAA, *lines)
    assert got.ledger.dropped["time_ahead"] == 2
    assert got.positions.line.tolist() == [1, 4, 5]


def test_a_clock_that_runs_away_now_and_then_is_never_believed() -> None:
    days = ["03-31", "04-09", "03-31", "04-09", "03-31", "04-09", "04-09", "03-31", "04-09"]
    got = read(NOAA, *(noaa(BaseDateTime=f"2022-{d}T00:00:0{i}") for i, d in enumerate(days)))
    assert got.ledger.dropped["time_ahead"] == 5
    assert got.positions.watermark[-1] == np.datetime64("2022-03-31T00:00:07")


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2020-06-30T00:00:00", "2020-06-30T00:00:00"),
        ("2020-06-30 23:59:59", "2020-06-30T23:59:59"),
        ("2020-02-29T12:00:00Z", "2020-02-29T12:00:00"),
        ("2020-06-30T02:00:00+02:00", "2020-06-30T00:00:00"),
        ("2020-06-30T00:00:00.25", "2020-06-30T00:00:00.25"),
        ("13/06/2024 07:08:09", "2024-06-13T07:08:09"),
        ("13/06/2024 07:08", "2024-06-13T07:08:00"),
        ("1593475200", "2020-06-30T00:00:00"),
        ("1593475200250", "2020-06-30T00:00:00.25"),
        *((bad, None) for bad in (
            "", "2021-02-29T00:00:00", "30/02/2024 00:00:00", "00/01/2024 00:00:00",
            "2020-13-01T00:00:00", "2020-06-30T24:00:00", "2020-06-30T00:60:00",
            "20x0-06-30T00:00:00",
            "9999-01-01T00:00:00", "yesterday", "1593475200" * 3, "\0" * 19,
        )),
    ],
)  # fmt: skip
def test_times(cell: str, time: str | None) -> None:
    for cells in ([cell], [cell, "2020-06-30T00:00:00", "x"]):
        got = times(pa.array([c.encode() or None for c in cells], pa.binary()))[0]
        assert np.isnat(got) if time is None else got == np.datetime64(time)


CELL = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.integers(-1000, 1000).map(str),
    st.text(alphabet="0123456789+-.,eEinfa \t\0x", max_size=12),
)


@given(st.lists(CELL, min_size=1, max_size=8))
def test_a_cell_means_the_same_whatever_stands_beside_it(cells: list[str]) -> None:
    def column(values: list[str]) -> pa.Array:
        return pa.array([v.encode() for v in values], pa.binary())

    together = numbers(column(cells))
    for value, cell in zip(together, cells, strict=True):
        alone = numbers(column([cell]))[0]
        assert value == alone or (math.isnan(value) and math.isnan(alone))
        assert not math.isinf(value)


LINE = st.one_of(
    st.builds(
        noaa,
        SOG=st.integers(0, 3), COG=st.sampled_from(["", "-61.8", "12.5", "x"]),
        VesselName=st.sampled_from(["", "A", 'B"C', "D,E", "F@", " G", "\xe9", '"']),
        BaseDateTime=st.sampled_from(
            ["2022-03-31T00:00:01", "2022-03-31T00:00:02", "2022-03-31 00:00:03.5", "2099-01-01"]
        ),
    ).map(str.encode),
    st.binary(max_size=40),
    st.sampled_from([
        b"", b"#", NOAA.encode(), b'"', b'a,"b', b"\r", b" " * 5000 + b"x", b"x" * (MAX_LINE + 1),
        b"," * 16, b'"",' * 16 + b'""', b'"' + b"," * 16, b"\0", b"y" * (MAX_LINE - 1) + b"\r",
    ]),
)  # fmt: skip
END = st.sampled_from([b"\n", b"\r\n"])


@given(st.lists(st.tuples(LINE, END), max_size=30), st.integers(1, 9_000), st.booleans())
def test_the_same_rows_at_any_chunk_size(
    lines: list[tuple[bytes, bytes]], size: int, ended: bool
) -> None:
    data = NOAA.encode() + b"\n" + b"".join(line + end for line, end in lines)
    if not ended:
        data = data.rstrip(b"\r\n")
    once, cut = Read(data), Read(data, size)
    assert once.ledger == cut.ledger
    assert once.ledger.lines == data.count(b"\n") + (not data.endswith(b"\n"))
    assert same(once.positions, cut.positions)
    assert same(once.statics, cut.statics)
    assert same(once.copies, cut.copies)


NASTY = [
    b'open,"quote' + b"," * 15, b'mid"dle,"open' + b"," * 15,
    b'mid"dle,"open' + b"," * 16, b'"a"b"c"' + b"," * 16,
    b'""""' + b"," * 16, b'"' + b"," * 16 + b'"', b" " * (MAX_LINE + 9) + b"x", b" " * 9_000,
    b"#" * 9_000, b"x" * MAX_LINE, b"x" * MAX_LINE + b"\r", b"x" * (MAX_LINE + 1), b"\r\r", b"a\rb",
    b"\xff\xfe", b"\0\0", NOAA.encode(), b"# c", b"",
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 97, 4_096])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_nasty_line_hurts_no_other_and_is_cut_alike(size: int, end: bytes) -> None:
    sound = noaa(SOG=1).encode()
    lines = [NOAA.encode()]
    for i, nasty in enumerate(NASTY):
        lines += [nasty, sound.replace(b"00:00:01", b"00:00:%02d" % i)]
    data = end.join(lines)
    once, cut = Read(data), Read(data, size)
    assert once.ledger == cut.ledger
    good = np.arange(2, len(lines), 2)
    assert np.isin(good, once.positions.line).all()
    assert same(once.positions, cut.positions)


@pytest.mark.parametrize("size", [997, 4_096, 262_144])
def test_blocks_leave_no_trace(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many blocks against one, so that what is carried between them matters."""
    rng = np.random.default_rng(7)
    lines = [
        noaa(
            MMSI=367000000 + int(rng.integers(20)), SOG=int(rng.integers(3)),
            BaseDateTime=f"2022-03-31T00:{i // 100:02d}:{int(rng.integers(60)):02d}",
            VesselName=f'V"{i % 5}' if i % 3 else "",
        )
        for i in range(6_000)
    ]  # fmt: skip
    data = "\n".join((NOAA, *lines)).encode()
    once = Read(data, len(data))
    monkeypatch.setattr("ingest.tabular.reader.BLOCK", 5_000)
    cut = Read(data, size)
    assert once.ledger == cut.ledger
    assert once.ledger.duplicates > 10
    assert same(once.positions, cut.positions)
    assert same(once.statics, cut.statics)
    assert same(once.copies, cut.copies)


@given(st.binary(max_size=2_000))
def test_nothing_in_a_file_raises(body: bytes) -> None:
    Read(NOAA.encode() + b"\n" + body)


def test_a_line_without_end_does_not_pile_up() -> None:
    reader = CsvReader(Stations(), "test")
    assert reader.feed(NOAA.encode() + b"\n") is None
    for _ in range(1_000):
        assert reader.feed(b"x" * 100_000) is None
        assert len(reader._tail) <= MAX_LINE + 2
    reader.feed(b"\n" + noaa().encode())
    last = reader.finish()
    assert last.ledger.rejected["too_long"] == 1
    assert last.positions.line.tolist() == [2]


def test_a_file_without_a_header_is_refused() -> None:
    with pytest.raises(InputError, match="its first line names no columns: “367702220,2022"):
        Read(noaa() + "\n")


def test_a_file_of_comments_only_is_accounted_for() -> None:
    assert Read("# one\n\n# two").ledger.as_dict()["ignored"] == {"blank": 1, "comment": 2}


def test_the_station_is_the_source() -> None:
    stations = Stations()
    stations.number(b"another")
    reader = CsvReader(stations, "days/2024.zip!aisdk-2024-06-13.csv")
    reader.feed(f"{NOAA}\n{noaa()}\n".encode())
    assert (
        stations.name(int(reader.finish().positions.station[0])) == "2024.zip!aisdk-2024-06-13.csv"
    )


@pytest.mark.parametrize(
    "name", ["noaa-nyharbor-2020-06-30-first-hour", "noaa-marinecadastre-2022-sample"]
)
def test_real_files_equal_a_plain_reading(recordings: Path, name: str) -> None:
    data = gzip.decompress((recordings / f"{name}.csv.gz").read_bytes())
    got = Read(data, 100_000)
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    p = got.positions
    assert got.ledger.stored == len(rows) == len(p)
    assert got.ledger.lines == len(rows) + 1
    classes = Counter(r.get("TransceiverClass") or r.get("TranscieverClass") for r in rows)
    assert (p.msg_type == 1).sum() == classes["A"]
    assert (p.msg_type == 18).sum() == classes["B"]
    for i, line in enumerate(rows):
        assert p.mmsi[i] == int(line["MMSI"])
        assert p.time[i] == np.datetime64(line["BaseDateTime"])
        assert (p.lon[i], p.lat[i]) == (float(line["LON"]), float(line["LAT"]))
        assert p.sog[i] == np.float32(line["SOG"])
        status = line["Status"]
        assert p.status[i] == (int(float(status)) if status else 15)
    by_line = dict(zip(got.statics.line.tolist(), range(len(got.statics)), strict=True))
    for i, line in enumerate(rows, 1):
        said = line["VesselName"] or line["IMO"].removeprefix("IMO").strip("0")
        if said:
            static = by_line[i]
            assert got.statics.name[static] == line["VesselName"].strip().encode()
            assert got.statics.imo[static] == int(line["IMO"].removeprefix("IMO") or 0)


def test_negative_courses_of_a_real_file_follow_the_heading(recordings: Path) -> None:
    path = recordings / "noaa-nyharbor-2020-06-30-first-hour.csv.gz"
    data = gzip.decompress(path.read_bytes())
    p = Read(data).positions
    negative = np.array([float(r["COG"]) < 0 for r in csv.DictReader(io.StringIO(data.decode()))])
    moving = negative & (p.sog > 5) & ~np.isnan(p.heading) & ~np.isnan(p.cog)
    assert moving.sum() > 200
    off = np.abs((p.cog - p.heading + 180) % 360 - 180)[moving]
    assert np.median(off) < 5
