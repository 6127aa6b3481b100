"""Epochs, dates and prefixes around sentences, against Python's own reading of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import Read, checksum, make_message, make_sentence, read_bytes

from ingest.gather import SLACK
from ingest.records import Flag
from ingest.tagblock import MAX_FIELDS, read_epochs
from ingest.wrappers import civil_us

T0 = 1_789_444_800  # 2026-09-15T04:00:00Z
A = {"type": 1, "lon": 11.5, "lat": 54.25}


def read(*lines: str, start: str | None = None) -> Read:
    return read_bytes("".join(f"{line}\n" for line in lines).encode("latin-1"), start=start)


def report(number: int = 1, **more: str) -> str:
    return make_message({**A, "mmsi": 211_000_000 + number}, **more)[0]


def seconds(got: Read) -> list[float]:
    return (got.positions.time.astype(np.int64) / 1e6 - T0).tolist()


def epochs(texts: list[str]) -> list[int]:
    raw = [t.encode("latin-1") for t in texts]
    length = np.array([len(t) for t in raw], np.int64)
    data = b"".join(raw)
    buffer = np.zeros(len(data) + SLACK, np.uint8)
    buffer[: len(data)] = np.frombuffer(data, np.uint8)
    made: list[int] = read_epochs(buffer, np.cumsum(length) - length, length).tolist()
    return made


def epoch(text: str) -> int | None:
    """As it reads; None for a number too great for any clock."""
    whole, _, fraction = text.partition(".")
    if not whole.isdigit() or not (fraction.isdigit() or not fraction) or len(text) > 23:
        return -1
    if len(text) == 13 and "." not in text:
        return int(text) * 1000
    value = int(whole) * 1_000_000 + int(fraction[:6].ljust(6, "0"))
    return value if value < 1 << 60 else None


@given(
    st.lists(
        st.one_of(
            st.text("0123456789.x", max_size=25),
            st.integers(0, 10**23).map(str),
            st.integers(0, 10**13).map(str),
            st.tuples(st.integers(0, 10**10), st.text("0123456789", max_size=10)).map(
                lambda t: f"{t[0]}.{t[1]}"
            ),
        ),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_epochs_are_read_as_they_read(texts: list[str]) -> None:
    for text, got in zip(texts, epochs(texts), strict=True):
        expected = epoch(text)
        assert got == expected if expected is not None else got >= 1 << 59, text


@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 15), st.integers(0, 33),
                  st.integers(-1, 90_000)),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_dates_are_those_of_the_calendar(rows: list[tuple[int, int, int, int]]) -> None:
    for got, (year, month, day, second) in zip(
        civil_us(*np.array(rows).T).tolist(), rows, strict=True
    ):
        try:
            date = datetime(year, month, day, tzinfo=UTC)
            sound = 1970 <= year < 2200 and 0 <= second < 86_400
        except ValueError:
            sound = False
        assert got == ((int(date.timestamp()) + second) * 1_000_000 if sound else -1)


@pytest.mark.parametrize(
    ("prefix", "offset"),
    [
        ("2026-09-15 04:00:09,123 INFO ", 9.123),
        ("2026-09-15 04:00:09.123456 ", 9.123),
        ("2026-09-15T04:00:09.123456789Z ", 9.123),
        ("[2026-09-15 04:00:09] ", 9.0),
        ("[2026-09-15T04:00:09.500Z] ", 9.5),
        ("2026-09-15T06:00:09+02:00 ", 9.0),
        ("2026-09-15T06:00:09.250+0200 ", 9.25),
        ("2026-09-14T23:30:09-04:30,", 9.0),
        ("2026-09-15T18:00:09+14 ", 9.0),
        ("2026-09-15T04:00:09+99:00 ", 9.0),  # no offset
        ("2026-09-15 04:00:09,211000001,", 9.0),  # a column of its own
        (f"{T0 + 9}.250 ", 9.25),
        (f"[{T0 + 9}] ", 9.0),
        (f"[{T0 * 1000 + 9125}] ", 9.125),
    ],
)
def test_what_loggers_write(prefix: str, offset: float) -> None:
    got = read(prefix + report())
    assert seconds(got) == pytest.approx([offset], abs=1e-6)
    assert got.basis == "log-prefix"


@pytest.mark.parametrize(
    "prefix",
    ["20260915040009 ", "12345678901 ", "2026-09-15 24:00:00 ", "2026/09-15 04:00:00 ",
     "2026-09-15_04:00:00 ", "noise in front ", "[12:61:00] ", "123456789 "],
)  # fmt: skip
def test_what_is_no_time_leaves_the_line_untimed(prefix: str) -> None:
    got = read(report(1, tag=f"c:{T0}"), prefix + report(2))
    assert seconds(got) == [0, 0]
    assert got.positions.flags[1] & Flag.UNTIMED


@given(
    st.integers(662_688_000_000_000, 3_786_912_000_000_000),  # 1991 to 2089
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from([("T", ":"), (" ", ":"), ("T", ""), (" ", "")]),
    st.sampled_from(["", ".{:03d}", ".{:03d}000", ",{:03d}"]),
    st.sampled_from(["{} ", "[{}] ", "{},", "{}: "]),
)
def test_any_date_and_offset(
    micros: int, minutes: int, form: tuple[str, str], fraction: str, around: str
) -> None:
    when = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)
    zone = timezone(timedelta(minutes=minutes))
    local = when.astimezone(zone)
    sign, gone = "-" if minutes < 0 else "+", abs(minutes)
    text = local.strftime(f"%Y-%m-%d{form[0]}%H:%M:%S") + fraction.format(when.microsecond // 1000)
    text += f"{sign}{gone // 60:02d}{form[1]}{gone % 60:02d}"
    got = read(around.format(text) + report())
    exact = micros // 1000 * 1000 if fraction else micros // 1_000_000 * 1_000_000
    assert got.positions.time.astype(np.int64).tolist() == [exact]


@pytest.mark.parametrize("prefix", ["2026-09-15 04:00:09.500 ", "[04:00:09] ", "a,b,c "])
def test_a_tag_block_may_stand_behind_a_prefix(prefix: str) -> None:
    got = read(prefix + report(1, tag=f"s:here,c:{T0 + 7}"), report(2, tag=f"s:there,c:{T0 + 8}"))
    assert seconds(got) == [7, 8]
    assert [got.stations[n] for n in got.positions.station] == ["here", "there"]
    assert got.basis == "tag-block"


@pytest.mark.parametrize("before", ["x\\", "\\", "\\s:b*00", "s:b,c:1*00\\", "*00\\"])
def test_what_is_no_tag_block_says_nothing(before: str) -> None:
    got = read(report(1, tag=f"s:a,c:{T0}"), before + report(2))
    assert len(got.positions) == 2
    assert seconds(got) == [0, 0]
    assert got.positions.station[1] != got.positions.station[0]


@pytest.mark.parametrize("fields", [0, 1, MAX_FIELDS - 2, MAX_FIELDS - 1, 100])
def test_fields_of_a_tag_block_stand_in_any_place(fields: int) -> None:
    tag = ",".join([*(f"x:{i}" for i in range(fields)), f"c:{T0 + 5}"])
    got = read(report(1, tag=f"c:{T0}"), report(2, tag=tag))
    assert len(got.positions) == 2
    assert seconds(got)[1] == (5 if fields < MAX_FIELDS else 0)


@pytest.mark.parametrize("name", ["a", "x" * 31, "x" * 32, "x" * 33 + "tail", "a b-c_d:e"])
def test_station_names_of_any_length(name: str) -> None:
    got = read(report(1, tag=f"s:{name},c:{T0}"), report(2, tail=f",r{name},{T0}"))
    assert [got.stations[n] for n in got.positions.station] == [name[:32]] * 2


def test_a_stations_name_cannot_upset_a_terminal() -> None:
    tag = f"s:\x1b[2J\x07,c:{T0}"
    got = read(f"\\{tag}*{checksum(tag)}\\" + report())
    assert got.stations[got.positions.station[0]] == "\\x1b[2J\\x07"


def test_stations_are_numbered_in_order_of_lines_whatever_names_them() -> None:
    wrapper = "PGHP,1,2026,9,15,4,0,3,250,219,45,third,1,"
    sent = report(3)
    wrapper += sent[-2:]
    got = read(
        report(1, tag=f"s:first,c:{T0}"), report(2, tail=f",rsecond,{T0}"),
        f"${wrapper}*{checksum(wrapper)}", sent, report(4, tag=f"s:fourth,c:{T0 + 4}"),
    )  # fmt: skip
    assert got.stations[1:] == ["first", "second", "third", "fourth"]


@pytest.mark.parametrize("big", ["99999999999999999999", "1" * 23, "4102444800", "99999999999"])
def test_a_time_that_no_clock_shows_is_ahead_for_ever(big: str) -> None:
    lines = [report(n, tag=f"c:{T0 + n}") for n in range(3)]
    lines += [report(10 + n, tag=f"c:{big}") for n in range(6)]
    got = read(*lines, report(20, tag=f"c:{T0 + 9}"))
    assert got.ledger.as_dict()["dropped"] == {"time_ahead": 6}
    assert seconds(got) == [0, 1, 2, 9]


def test_a_checksum_in_capital_or_small_letters() -> None:
    payload = "13HOI:0P0000VOHLCnHQKwvL05Ip"
    line = make_sentence(payload, tag=f"c:{T0}")
    assert len(read(line, line[:-2] + line[-2:].lower()).positions) == 1
