"""The first look at a recording: its clock, its beginning, and what is asked for without one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sentences import Read, checksum, make_message, read_bytes

from ingest.errors import InputError
from ingest.stations import Stations
from ingest.survey import LOOK_BYTES, basis_name, survey
from ingest.timing import Basis, Timing

T0 = 1_789_444_800  # 2026-09-15T04:00:00Z
A = {"type": 1, "lon": 11.5, "lat": 54.25}


def report(number: int = 1, **more: str) -> str:
    return make_message({**A, "mmsi": 211_000_000 + number}, **more)[0]


def base(clock: str, mmsi: int = 2_111_234) -> str:
    date, time = clock.split("T")
    names = ("year", "month", "day", "hour", "minute", "second")
    numbers = map(int, date.split("-") + time.split(":"))
    return make_message({"type": 4, "mmsi": mmsi, **dict(zip(names, numbers, strict=True))})[0]


def looked(*lines: str, start: str | None = None) -> Timing:
    data = "".join(f"{line}\n" for line in lines).encode()
    begin = None if start is None else np.datetime64(start)
    return survey([data], Stations(), name="here.nmea", start=begin)


def at(timing: Timing) -> np.datetime64:
    assert timing.last is not None
    return np.datetime64(timing.last, "us")


def read(*lines: str, start: str | None = None) -> Read:
    return read_bytes("".join(f"{line}\n" for line in lines).encode(), start=start)


def times(got: Read) -> list[str]:
    return [str(t) for t in got.positions.time.astype("datetime64[s]")]


def test_it_begins_with_the_first_time_that_is_near_most() -> None:
    lines = [report(n, tag=f"c:{T0 + n}") for n in range(1, 9)]
    for wrong in ("0", str(T0 + 400 * 86_400), "9" * 20):
        assert at(looked(report(), report(tag=f"c:{wrong}"), *lines)) == np.datetime64(T0 + 1, "s")
    early = at(looked(report(), report(tag=f"c:{T0 - 3 * 86_400}"), *lines))
    assert early == np.datetime64(T0 + 3, "s")  # two lines ahead of it are not believed either


@pytest.mark.parametrize(
    ("line", "basis"),
    [
        (report(tag=f"c:{T0}"), Basis.TAG_BLOCK),
        (report(tail=f",{T0}"), Basis.TRAILING),
        ("2026-09-15 04:00:00 " + report(), Basis.PREFIX),
        (base("2026-09-15T04:00:00"), Basis.OWN_CLOCK),
    ],
)
def test_it_says_which_clock_there_is(line: str, basis: Basis) -> None:
    timing = looked(report(), line, report())
    assert timing.best == basis
    assert at(timing) == np.datetime64(T0, "s")


def test_a_base_station_that_is_wrong_is_not_the_first_clock() -> None:
    wrong = base("1997-01-01T15:00:00", mmsi=2_111_333)
    good = [base(f"2026-09-15T04:00:{n:02d}") for n in range(5)]
    assert at(looked(wrong, *good, wrong)) == np.datetime64(T0, "s")
    got = read(report(1), wrong, report(2), *good, report(3))
    assert set(times(got)) <= {f"2026-09-15T04:00:0{n}" for n in range(5)}


@pytest.mark.parametrize("year", [0, 1989, 2100, 9999, 16383])
def test_a_base_station_of_no_year_is_no_clock(year: int) -> None:
    lost = base(f"{year}-01-01T15:00:00")
    with pytest.raises(InputError, match="no base station was heard"):
        looked(report(), lost)
    assert at(looked(lost, base("2026-09-15T04:00:00"))) == np.datetime64(T0, "s")


def test_an_epoch_that_contradicts_a_wrapper_anywhere_is_not_believed_from_the_first_line() -> None:
    sent = report(2)
    body = f"PGHP,1,2026,9,15,4,0,9,0,219,45,,1,{sent[-2:]}"
    late = T0 + 5000
    got = read(report(1, tail=f",{late}"), f"${body}*{checksum(body)}", f"{sent},{late}")
    assert times(got) == ["2026-09-15T04:00:09"] * 2
    assert got.basis == "wrapper"


def test_the_day_of_a_prefix_is_the_one_its_own_lines_base_station_says() -> None:
    """Though that is another than the prefix's: the network is seconds behind, over midnight."""
    got = read(
        "[23:59:50] " + report(1), "[23:59:58] " + base("2026-09-15T00:00:01"),
        "[00:00:07] " + report(2), "[00:00:08] " + base("2026-09-15T00:00:11"),
    )  # fmt: skip
    assert times(got)[0] == "2026-09-14T23:59:50"
    assert times(got)[2] == "2026-09-15T00:00:07"


def test_the_day_of_a_prefix_is_found_long_before_the_first_base_station() -> None:
    """Over a midnight that lies between."""
    got = read("[22:00:00] " + report(1), "[00:30:00] " + base("2026-09-15T00:30:01"))
    assert times(got) == ["2026-09-14T22:00:00", "2026-09-15T00:30:00"]


def test_the_day_of_a_prefix_is_that_of_most_base_stations() -> None:
    wrong = "[04:00:00] " + base("1997-01-01T15:00:00", mmsi=2_111_333)
    right = [f"[04:00:0{n}] " + base(f"2026-09-15T04:00:0{n}") for n in range(1, 4)]
    assert times(read(wrong, *right))[0] == "2026-09-15T04:00:00"


@pytest.mark.parametrize(
    ("start", "day"),
    [
        ("2026-09-15T04:00:00", "2026-09-15"), ("2026-09-14T23:59:30", "2026-09-15"),
        ("2026-09-15T13:00:00", "2026-09-16"),
    ],
)  # fmt: skip
def test_the_day_of_a_prefix_is_that_which_brings_it_nearest_to_the_start(
    start: str, day: str
) -> None:
    got = read("[00:00:10] " + report(1), "[00:00:12] " + report(2), start=start)
    assert times(got) == [f"{day}T00:00:10", f"{day}T00:00:12"]
    assert got.basis == "log-prefix"


def test_the_day_of_a_prefix_is_that_of_the_other_lines() -> None:
    got = read("[03:59:00] " + report(1), report(2, tag=f"c:{T0}"), "[04:00:05] " + report(3))
    assert times(got) == [f"2026-09-15T{t}" for t in ("03:59:00", "04:00:00", "04:00:05")]


@pytest.mark.parametrize("lines", [(report(),), ("# only this",), ("", "")])
def test_without_a_clock_it_asks_for_the_start(lines: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"^here\.nmea: no line says when .* --start 2"):
        looked(*lines)


def test_without_a_date_it_asks_for_the_start() -> None:
    with pytest.raises(InputError, match=r"time of day but not the date.* --start 2"):
        looked("[04:00:00] " + report())


def test_a_last_line_without_an_end_is_looked_at() -> None:
    timing = survey([report(tag=f"c:{T0}").encode()], Stations(), name="x")
    assert at(timing) == np.datetime64(T0, "s")


def test_lines_are_put_together_over_chunks() -> None:
    data = f"{report()}\n{report(tag=f's:a,c:{T0}')}\n{report()}".encode()
    for size in (1, 7, 50):
        chunks = [data[i : i + size] for i in range(0, len(data), size)]
        assert at(survey(chunks, Stations(), name="x")) == np.datetime64(T0, "s")


def test_no_more_is_looked_at_than_is_needed() -> None:
    asked = 0

    def chunks(line: str) -> Iterator[bytes]:
        nonlocal asked
        block = f"{line}\n".encode() * (LOOK_BYTES // (len(line) + 1) + 1)
        for asked in range(1, 9):
            yield block if asked > 1 else block[: LOOK_BYTES // 2]

    survey(chunks(report(tag=f"c:{T0}")), Stations(), name="x")
    assert asked == 1  # the times of a thousand lines decide
    survey(chunks(f"{report()},{T0}"), Stations(), name="x")
    assert asked == 2  # trailing epochs may turn out to be those of a download
    survey(chunks(report()), Stations(), name="x", start=np.datetime64("2026-09-15"))
    assert asked == 8


def test_an_endless_line_costs_no_memory() -> None:
    noise = [b"!AIVDM,1,1,,A,"] * 100_000
    with pytest.raises(InputError):
        survey(iter(noise), Stations(), name="x")


def test_names_of_time_bases() -> None:
    timing = looked(report(), start="2026-09-15T04:00:00")
    assert basis_name(timing) == "start"
    assert basis_name(looked(report(tag=f"c:{T0}"))) == "tag-block"  # nothing counted yet
