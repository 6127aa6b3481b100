"""Gatehouse wrappers meet their sentences as a loop over the lines would have them meet."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import checksum, make_sentence

from ingest.framing import Sentences, find_sentences
from ingest.pghp import WAITS_LINES, Wrappers, pghp_lines

T0 = 1_789_444_800_000_000  # 2026-09-15T04:00:00Z
# A few payloads, so that checksums meet again.
ONE = [make_sentence(p) for p in ("1", "15", "155")]
PARTS = [make_sentence(p, parts=2, part=n) for p in ("5", "55") for n in (1, 2)]
CHECKS = sorted({line[-2:] for line in (*ONE, *PARTS)})


def wrapper(number: int, check: str, station: str = "7", seconds: str = "0") -> str:
    """One that says `number` ms after 04:00."""
    body = f"PGHP,1,2026,9,15,4,0,{seconds},{number},219,45,{station},1,{check}"
    return f"${body}*{checksum(body)}"


def framed(lines: list[str]) -> Sentences:
    return find_sentences("".join(f"{line}\n" for line in lines).encode())


def met(lines: list[str], sizes: list[int]) -> dict[int, int]:
    """Line of each wrapped sentence → ms that its wrapper says, stretches of `sizes` lines."""
    wrappers, result, at, turn = Wrappers(), {}, 0, 0
    while at < len(lines):
        size = sizes[turn % len(sizes)]
        found = framed(lines[at : at + size])
        told = pghp_lines(found)
        rows, time, station = wrappers(found, told, np.arange(len(told.rows)) + 1)
        for row, when, name in zip(rows.tolist(), time.tolist(), station.tolist(), strict=True):
            assert name > 0
            line = at + int(found.line[row])
            assert line not in result
            result[line] = (when - T0) // 1000
        at, turn = at + size, turn + 1
    return result


def met_one_by_one(lines: list[str]) -> dict[int, int]:
    """The rule as it reads."""
    waiting: dict[str, tuple[int, int]] = {}
    before: tuple[str, int, int] | None = None  # what stands on the line before
    result: dict[int, int] = {}
    for number, line in enumerate(lines):
        now = None
        if line.startswith("$PGHP"):
            quoted, ms = line.split(",")[-1][:2], int(line.split(",")[8])
            if before and before[0] in CHECKS:
                waiting[before[0]] = before[1:]
            before = (quoted, number, ms)
            continue
        if line.startswith("!"):
            several, check = line[7] == "2", line[-2:]
            direct = before and before[0] in CHECKS and (several or before[0] == check)
            if direct or (before and before[0] == "part" and several):
                assert before is not None
                result[number] = before[2]
            elif before and before[0] in CHECKS:
                waiting[before[0]] = before[1:]
            if number in result:
                now = ("part", number, result[number]) if several else None
            else:
                line_then, ms = waiting.pop(check, (-1000, 0))
                if number - line_then <= WAITS_LINES:
                    result[number] = ms
        elif before and before[0] in CHECKS:
            waiting[before[0]] = before[1:]
        before = now
    return result


@st.composite
def traffic(draw: st.DrawFn) -> list[str]:
    kinds = draw(st.lists(st.sampled_from("wwww1112225 "), max_size=40))
    lines = []
    for n, kind in enumerate(kinds):
        if kind == "w":
            lines.append(wrapper(n, draw(st.sampled_from(CHECKS))))
        elif kind == " ":
            lines += ["# nothing"] * draw(st.sampled_from([1, 60, 64]))
        else:
            lines.append(draw(st.sampled_from(ONE if kind == "1" else PARTS)))
    return lines


@given(traffic(), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_wrappers_meet_as_one_by_one(lines: list[str], sizes: list[int]) -> None:
    expected = met_one_by_one(lines)
    assert met(lines, sizes) == expected
    assert met(lines, [len(lines) or 1]) == expected


def test_a_wrapper_waits_64_lines() -> None:
    for between, found in ((WAITS_LINES - 1, {64: 5}), (WAITS_LINES, {})):
        lines = [wrapper(5, ONE[0][-2:]), *["# nothing"] * between, ONE[0]]
        for sizes in ([100], [1], [3]):
            assert met(lines, sizes) == found


def test_a_line_that_holds_a_sentence_is_no_wrapper() -> None:
    both = wrapper(5, ONE[0][-2:]) + " " + ONE[0]
    for lines, found in (
        ([both, ONE[0], "# nothing", ONE[0]], {}),
        ([wrapper(7, ONE[0][-2:]), "# nothing", both, ONE[0]], {2: 7}),
        ([wrapper(7, ONE[0][-2:]), both, "# nothing"], {1: 7}),
    ):
        for sizes in ([100], [1], [2]):
            assert met(lines, sizes) == found


@pytest.mark.parametrize(
    "body",
    [
        "PGHP,1,2026,13,15,4,0,0,0,219,45,7,1,00", "PGHP,1,2026,9,31,4,0,0,0,219,45,7,1,00",
        "PGHP,1,2026,9,15,24,0,0,0,219,45,7,1,00", "PGHP,1,2026,9,15,4,60,0,0,219,45,7,1,00",
        "PGHP,1,2026,9,15,4,0,60,0,219,45,7,1,00", "PGHP,1,2026,9,15,4,0,0,1000,219,45,7,1,00",
        "PGHP,1,,9,15,4,0,0,0,219,45,7,1,00", "PGHP,1,2026,9,15,4,0,x,0,219,45,7,1,00",
        "PGHP,1,123456789,9,15,4,0,0,0,219,45,7,1,00", "PGHP,1,0,0,0,0,0,0,0,219,45,7,1,00",
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_is_none(body: str) -> None:
    told = pghp_lines(framed([f"${body}*{checksum(body)}"]))
    assert told.time.tolist() == [-1]


def field(*numbers: int) -> st.SearchStrategy[str]:
    """A number as it is written, with zeros before it, or something that is none."""
    plain = st.sampled_from([str(n) for n in numbers])
    odd = st.sampled_from(["", "x", "-1", "1 ", "000", "99999999", "123456789"])
    return st.one_of(plain, plain, plain, plain, plain, st.sampled_from([f"{numbers[0]:08d}"]), odd)


MINUTE = st.tuples(
    field(2026, 2027, 1969, 2200), field(9, 12, 0, 13), field(15, 31, 0, 32),
    field(4, 23, 24), field(0, 59, 60),
)  # fmt: skip
SECOND = st.tuples(field(0, 7, 59, 60), field(0, 5, 42, 999, 1000))


def time_of(fields: tuple[str, ...]) -> int:
    """µs since 1970 of year to millisecond, -1 where that is no time."""
    if not all(f.isascii() and f.isdigit() and len(f) <= 8 for f in fields):
        return -1
    *whole, ms = map(int, fields)
    if ms >= 1000 or not 1970 <= whole[0] < 2200:
        return -1
    try:
        when = datetime.datetime(*whole, tzinfo=datetime.UTC)  # type: ignore[misc]
    except ValueError:
        return -1
    return int(when.timestamp()) * 1_000_000 + ms * 1000


@given(st.lists(st.tuples(MINUTE, st.lists(SECOND, min_size=1, max_size=4)), max_size=8))
def test_times_are_read_as_one_by_one(
    minutes: list[tuple[tuple[str, ...], list[tuple[str, ...]]]],
) -> None:
    times = [minute + second for minute, seconds in minutes for second in seconds]
    lines = []
    for fields in times:
        body = f"PGHP,1,{','.join(fields)},219,45,7,1,00"
        lines.append(f"${body}*{checksum(body)}")
    told = pghp_lines(framed([*lines, "# end"]))
    assert told.time.tolist() == [time_of(fields) for fields in times]


@pytest.mark.parametrize(
    "line",
    [
        wrapper(0, "00")[:-1] + "G", wrapper(0, "00")[:-5], "$PGHP,1," + "," * 12,
        "$PGHP,2,2026,9,15,4,0,0,0,219,45,7,1,00*00", "$PGHP,1,2026",
        " " + wrapper(0, "00"), wrapper(0, "00", station="x" * 200),
    ],
)  # fmt: skip
def test_what_is_no_wrapper_is_passed_over(line: str) -> None:
    assert not len(pghp_lines(framed([line, "# next"])).rows)


def test_a_wrapper_names_its_station_or_else_its_country() -> None:
    lines = [wrapper(0, "00", "992190934"), wrapper(0, "00", "")]
    found = framed(lines)
    told = pghp_lines(found)
    names = [
        found.buffer[a : a + n].tobytes()
        for a, n in zip(told.name_start.tolist(), told.name_length.tolist(), strict=True)
    ]
    assert names == [b"992190934", b"219"]
