"""Which time a sentence gets, and from whom."""

from __future__ import annotations

import numpy as np
import pytest
from pyais.encode import encode_dict
from sentences import Read, checksum, make_message, make_sentence, read_bytes

from ingest.errors import InputError
from ingest.records import Flag

A = {"type": 1, "lon": 11.5, "lat": 54.25, "speed": 12.3, "course": 45.6}
T0 = 1_789_444_800  # 2026-09-15T04:00:00Z


def report(number: int = 1, **more: str) -> str:
    return make_message({**A, "mmsi": 211_000_000 + number}, **more)[0]


def base(clock: str, mmsi: int = 2_111_234, **more: str) -> str:
    date, time = clock.split("T")
    year, month, day = map(int, date.split("-"))
    hour, minute, second = map(int, time.split(":"))
    fields = {"year": year, "month": month, "day": day, "hour": hour, "minute": minute}
    return make_message({"type": 4, "mmsi": mmsi, **fields, "second": second}, **more)[0]


def read(*lines: str, start: str | None = None) -> Read:
    return read_bytes("".join(f"{line}\n" for line in lines).encode(), start=start)


def seconds(got: Read) -> list[float]:
    return (got.positions.time.astype(np.int64) / 1e6 - T0).tolist()


def pghp(second: int, check: str, station: str = "992190934") -> str:
    body = f"PGHP,1,2026,9,15,4,0,{second},250,219,45,{station},1,{check}"
    sum_ = 0
    for char in body.encode():
        sum_ ^= char
    return f"${body}*{sum_:02X}"


@pytest.mark.parametrize(
    ("tag", "offset"),
    [(f"c:{T0 + 5}", 5.0), (f"c:{T0 * 1000 + 5250}", 5.25), (f"s:x,c:{T0 + 5},t:hello", 5.0),
     (f"g:1-1-9,s:x,c:{T0}.5", 0.5)],
)  # fmt: skip
def test_a_tag_block_says_seconds_or_milliseconds(tag: str, offset: float) -> None:
    got = read(report(tag=tag))
    assert seconds(got) == [offset]
    assert got.basis == "tag-block"
    assert not got.positions.flags[0] & Flag.UNTIMED


def test_a_tag_block_with_a_wrong_checksum_is_not_believed() -> None:
    good, bad = report(1, tag=f"c:{T0}"), report(2, tag=f"c:{T0 + 50}")
    got = read(good, bad.replace(f"c:{T0 + 50}*", f"c:{T0 + 60}*"))
    assert seconds(got) == [0, 0]
    assert got.positions.flags[1] & Flag.UNTIMED


def test_a_checksum_of_00_means_not_computed() -> None:
    assert seconds(read(f"\\c:{T0 + 3}*00\\" + report())) == [3]


def test_a_wrapper_speaks_for_the_sentence_behind_it() -> None:
    one, two = report(1), report(2)
    got = read(pghp(7, one[-2:]), one, pghp(9, two[-2:], "2190071"), two)
    assert seconds(got) == [7.25, 9.25]
    assert got.basis == "wrapper"
    stations = [got.stations[n] for n in got.positions.station]
    assert stations == ["992190934", "2190071"]


def test_wrappers_in_a_block_find_their_sentences_by_checksum() -> None:
    one, two, three = (report(n) for n in (1, 2, 3))
    got = read(pghp(1, one[-2:]), pghp(2, two[-2:]), pghp(3, three[-2:]), three, one, two)
    assert got.positions.mmsi.tolist() == [211_000_003, 211_000_001, 211_000_002]
    assert seconds(got) == [3.25, 1.25, 2.25]


def test_a_wrapper_goes_before_a_trailing_epoch_that_contradicts_it() -> None:
    one, two = report(1), report(2)
    late = T0 + 5000
    got = read(pghp(7, one[-2:]), f"{one},{late}", f"{two},{late}")
    assert seconds(got) == [7.25, 7.25]


def test_trailing_fields_name_station_and_epoch() -> None:
    got = read(report(tail=f",s26262,d-110,T38.6,r003669957,{T0 + 4}"))
    assert seconds(got) == [4]
    assert got.stations[got.positions.station[0]] == "003669957"
    assert got.basis == "trailing-epoch"


def test_a_trailing_epoch_in_milliseconds() -> None:
    assert seconds(read(report(tail=f",{T0 * 1000 + 4750}"))) == [4.75]


@pytest.mark.parametrize(
    ("prefix", "offset"),
    [("2026-09-15 04:00:09.500,", 9.5), ("2026-09-15T04:00:09Z ", 9.0), (f"{T0 + 8} ", 8.0),
     (f"{T0 * 1000 + 8125}: ", 8.125)],
)  # fmt: skip
def test_log_prefixes(prefix: str, offset: float) -> None:
    got = read(prefix + report())
    assert seconds(got) == [offset]
    assert got.basis == "log-prefix"


def test_a_prefix_without_a_date_takes_it_from_a_base_station_and_passes_midnight() -> None:
    got = read(
        "[23:59:58] " + report(1), "[23:59:59] " + base("2026-09-14T23:59:59"),
        "[00:00:03] " + report(2),
    )  # fmt: skip
    assert seconds(got) == [-4 * 3600 - 2, -4 * 3600 - 1, -4 * 3600 + 3]


def test_untimed_lines_take_the_last_time_and_the_first_ones_are_filled_back() -> None:
    got = read(report(1), report(2, tag=f"c:{T0 + 30}"), report(3), report(4, tag=f"c:{T0 + 60}"))
    assert seconds(got) == [30, 30, 30, 60]
    untimed = (got.positions.flags & Flag.UNTIMED) != 0
    assert untimed.tolist() == [True, False, True, False]


def test_base_stations_are_the_clock_where_nothing_else_is() -> None:
    got = read(report(1), base("2026-09-15T04:00:10"), report(2), base("2026-09-15T04:00:20"))
    assert seconds(got) == [10, 10, 10, 20]
    assert got.basis == "base-stations"


def test_a_base_station_that_is_wrong_does_not_move_the_clock() -> None:
    lines = []
    for i in range(30):
        lines.append(base(f"2026-09-15T04:00:{i:02d}", mmsi=2_111_111))
        lines.append(base(f"2026-09-15T04:02:{i:02d}", mmsi=2_111_222) if i % 3 == 0 else report(i))
        lines.append(base("1997-01-01T15:00:00", mmsi=2_111_333) if i % 5 == 0 else report(i + 50))
    got = read(*lines)
    assert max(seconds(got)) == 29
    assert min(seconds(got)) == 0


def test_a_wrong_base_station_among_the_first_does_not_move_the_clock() -> None:
    wrong = [base(f"1997-01-01T15:00:0{i}", mmsi=2_111_333) for i in range(3)]
    right = [base(f"2026-09-15T04:00:1{i}") for i in range(4)]
    assert seconds(read(right[0], report(1), *wrong, *right[1:])) == [10] * 5 + [11, 12, 13]


def test_the_clock_of_base_stations_passes_a_hole_in_the_recording() -> None:
    before = [base(f"2026-09-15T04:00:{i:02d}") for i in range(20)]
    after = [base(f"2026-09-15T06:00:{i:02d}") for i in range(20)]
    got = read(*before, *after, report(9))
    assert seconds(got)[-1] == 2 * 3600 + 19


def test_a_recording_without_a_clock_asks_for_its_start() -> None:
    with pytest.raises(InputError, match="--start"):
        read(report(1), report(2))


def test_the_start_is_used_only_where_there_is_no_clock() -> None:
    assert read(report(1), start="2026-09-15T04:00:00").basis == "start"
    assert seconds(read(report(1), start="2026-09-15T04:00:01")) == [1]
    assert seconds(read(report(1, tag=f"c:{T0 + 9}"), start="2020-01-01T00:00:00")) == [9]


@pytest.mark.parametrize("zero", ["0", "1", "631151999"])
def test_a_time_before_ais_drops_the_message(zero: str) -> None:
    got = read(report(1, tag=f"c:{T0}"), report(2, tag=f"c:{zero}"), report(3, tag=f"c:{T0 + 1}"))
    assert got.positions.mmsi.tolist() == [211_000_001, 211_000_003]
    assert got.ledger.as_dict()["dropped"] == {"time_before_ais": 1}
    assert got.ledger.balanced


def test_a_time_far_ahead_drops_the_message_and_moves_nothing() -> None:
    ahead = T0 + 40 * 86400
    got = read(
        report(1, tag=f"c:{T0}"), report(2, tag=f"c:{ahead}"), report(3), report(4, tag=f"c:{T0}")
    )
    assert got.positions.mmsi.tolist() == [211_000_001, 211_000_003, 211_000_004]
    assert got.ledger.as_dict()["dropped"] == {"time_ahead": 1}
    assert got.positions.watermark.max() == np.datetime64(T0, "s")


def test_a_wrong_first_time_is_not_the_beginning() -> None:
    lines = [report(n, tag=f"c:{T0 + n}") for n in range(1, 9)]
    got = read(report(0, tag=f"c:{T0 + 90 * 86400}"), *lines)
    assert got.ledger.as_dict()["dropped"] == {"time_ahead": 1}
    assert seconds(got) == [float(n) for n in range(1, 9)]


def test_a_hole_of_days_is_passed_once_three_lines_agree() -> None:
    after = T0 + 5 * 86400
    got = read(*(report(n, tag=f"c:{T0 + n}") for n in range(6)),
               *(report(n + 10, tag=f"c:{after + n}") for n in range(5)))  # fmt: skip
    assert got.ledger.as_dict()["dropped"] == {"time_ahead": 2}
    assert seconds(got)[-1] == 5 * 86400 + 4


def test_the_second_line_of_a_group_is_its_first_lines_station_and_time() -> None:
    parts = [line.split(",") for line in encode_dict({"type": 5, "mmsi": 211_000_001})]
    tags = (f"g:1-2-77,s:here,c:{T0 + 5}", "g:2-2-77")
    made = [
        make_sentence(p[5], fill=int(p[6][0]), parts=2, part=n, sequence="3", tag=tag)
        for n, p, tag in zip((1, 2), parts, tags, strict=True)
    ]  # fmt: skip
    got = read(made[0], make_message({**A, "mmsi": 5}, tag=f"s:there,c:{T0 + 6}")[0], made[1])
    assert got.statics.time[0] == np.datetime64(T0 + 5, "s")
    assert got.stations[got.statics.station[0]] == "here"


def received(got: Read) -> list[float | None]:
    return [
        None if np.isnat(t) else float(t.astype(np.int64) / 1e6 - T0)
        for t in got.positions.received
    ]


def test_a_tag_block_says_when_a_line_was_received() -> None:
    tags = f"s:x,c:{T0},t:{T0 * 1000 + 1500}", f"s:x,c:{T0 + 1},t:hello", f"c:{T0 + 2},t:{T0}"
    got = read(*(report(i, tag=tag) for i, tag in enumerate(tags)))
    assert received(got) == [1.5, None, None]
    assert seconds(got) == [0, 1, 2]


def test_every_message_of_a_line_that_says_so_has_its_receive_time() -> None:
    static = make_message({"type": 24, "partno": 0, "mmsi": 211_000_009, "shipname": "NYX"})
    noise = make_message({"type": 8, "mmsi": 211_000_009, "dac": 1, "fid": 1, "data": b"abc"})
    tag = f"c:{T0},t:{T0 * 1000 + 250}"
    body = "".join(f"\\{tag}*{checksum(tag)}\\{line}\n" for line in [*static, *noise])
    got = read_bytes((body + report(tag=f"c:{T0 + 1}") + "\n").encode())
    assert got.statics.received.astype(np.int64).tolist() == [T0 * 1_000_000 + 250_000]
    assert got.messages.received.astype(np.int64).tolist() == [T0 * 1_000_000 + 250_000]
    assert received(got) == [None]


def test_no_line_tells_of_what_had_not_happened_when_it_was_received() -> None:
    tags = [(0, 0), (60, 0), (61, 0), (3600, 1), (2, 2)]
    lines = [report(i, tag=f"c:{T0 + c},t:{(T0 + t) * 1000}") for i, (c, t) in enumerate(tags)]
    got = read(*lines)
    assert seconds(got) == [0, 60, 2]
    assert got.ledger.dropped["time_ahead"] == 2
    assert int(got.positions.watermark[-1].astype(np.int64)) == (T0 + 60) * 1_000_000


def test_a_hole_of_days_needs_no_second_line_where_receive_times_are_known() -> None:
    later = T0 + 5 * 86_400
    tags = [(T0, T0), (later, later + 1), (later + 1, later + 2)]
    got = read(*(report(i, tag=f"c:{c},t:{t * 1000}") for i, (c, t) in enumerate(tags)))
    assert seconds(got) == [0, 5 * 86_400, 5 * 86_400 + 1]
