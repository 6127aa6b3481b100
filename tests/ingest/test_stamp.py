"""Received lines into lines of the journal: nothing lost, nothing believed, nothing forged."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import checksum, make_message, make_sentence

from ingest.echo import Echo
from ingest.framing import MAX_LINE
from ingest.journaled import JournalReader
from ingest.private import read_private
from ingest.sources.received import Received
from ingest.stamp import Stamped, Stamper
from ingest.stations import Stations

AT = 1_789_444_800_123_456  # 2026-09-15T04:00:00.123456Z
A = {"type": 1, "mmsi": 211_000_001, "lon": 11.5, "lat": 54.25}
STAMP = re.compile(rb"\\s:([^,]+),c:(\d{13}),t:(\d{13})\*([0-9A-F]{2})\\(.*)", re.DOTALL)


def report(number: int = 1, **more: str) -> str:
    return make_message({**A, "mmsi": 211_000_000 + number}, **more)[0]


def came(data: bytes, *, at: int = AT, link: int = 1, station: str = "") -> Received:
    return Received("north", link, at, data, station=station)


def stamp(*lines: str | bytes, stamper: Stamper | None = None, link: int = 1) -> Stamped:
    raw = [line.encode() if isinstance(line, str) else line for line in lines]
    return (stamper or Stamper("north"))([came(line + b"\r\n", link=link) for line in raw])


def fields(data: bytes) -> list[tuple[str, float, float, bytes]]:
    """Station, event and receive time relative to AT, and sentence of each stamped line."""
    found = []
    for line in data.splitlines():
        match = STAMP.fullmatch(line)
        assert match is not None, line
        inside = line[1 : line.index(b"*")].decode()
        assert match[4].decode() == checksum(inside)
        base = AT // 1000
        found.append((match[1].decode(), int(match[2]) - base, int(match[3]) - base, match[5]))
    return found


def test_a_sentence_without_anything_has_its_source_and_its_receive_time() -> None:
    assert fields(stamp(report()).data) == [("north", 0, 0, report().encode())]


def test_what_a_line_says_of_itself_stands_in_its_stamp() -> None:
    said = AT // 1_000_000 - 5
    got = fields(stamp(report(tag=f"s:r7,c:{said}"), report(tail=f",r003669987,{said}")).data)
    assert [(name, time) for name, time, *_ in got] == [
        ("north/r7", said * 1000 - AT // 1000), ("north/003669987", said * 1000 - AT // 1000),
    ]  # fmt: skip
    assert got[0][3] == report().encode()


def test_a_clock_never_set_is_none_and_a_clock_ahead_is_written_down_as_it_is() -> None:
    ahead = AT // 1_000_000 + 7200
    got = fields(stamp(report(tag="c:0"), report(tag="s:x,c:5"), report(tag=f"c:{ahead}")).data)
    assert [time for _, time, *_ in got] == [0, 0, ahead * 1000 - AT // 1000]


def test_log_prefixes_are_not_believed() -> None:
    got = fields(stamp("2020-01-01 00:00:00.000," + report()).data)
    assert got == [("north", 0, 0, report().encode())]


def test_every_piece_has_its_own_receive_time() -> None:
    pieces = [
        came(f"{report(n)}\n".encode() * (n + 1), at=AT + n * 1_000_000, link=n) for n in range(3)
    ]
    got = fields(Stamper("north")(pieces).data)
    assert [received for _, _, received, _ in got] == [0, 1000, 1000, 2000, 2000, 2000]


def test_a_station_may_be_given_for_a_source_or_a_link() -> None:
    line = f"{report()}\n".encode()
    got = Stamper("north", "cape")([
        came(line), came(line, link=2, station="hill"), came(line, link=3, station="north/::1"),
        came(f"{report(tag='s:r7,c:5')}\n".encode(), link=2, station="hill"),
    ])  # fmt: skip
    assert [f[0] for f in fields(got.data)] == ["cape", "north/hill", "north/::1", "north/r7"]


@pytest.mark.parametrize("name", ["a\\b", "x*00", "\x00\x1b[2J", "n" * 40, "é", "a b"])
def test_names_of_strangers_do_no_harm(name: str) -> None:
    stamped = stamp(report(tag=f"s:{name},c:5"))
    (found,) = fields(stamped.data)
    assert found[0] == "north" or re.fullmatch(r"north/[\w.+:@-]{1,26}", found[0])


def test_other_lines_are_kept_whole_and_counted() -> None:
    lines = ["", "# note", "$GPZDA,1*00", "noise", "!AIVDM,1,1,,A,,0*26", "\\s:x*00\\$GPRMC,1*00"]
    got = stamp(*lines)
    assert got.lines == 6
    assert (got.accepted, got.ignored) == (0, {"blank": 1, "comment": 1, "other_sentence": 2})
    assert got.rejected == {"not_nmea": 1, "empty_payload": 1}
    kept = [
        match[5] if (match := STAMP.fullmatch(line)) else line for line in got.data.split(b"\r\n")
    ]
    assert kept == [*(line.encode() for line in lines), b""]


@pytest.mark.parametrize("before", ["", "\\s:vigie,c:1789444800000,t:1789444800000*5C\\", "x"])
@pytest.mark.parametrize("kind", ["C,zones", "J,1", "E", "R,forged", "X"])
def test_nobody_outside_writes_what_only_vigie_writes(before: str, kind: str) -> None:
    body = f"PVIG,{kind},{{}}"
    line = f"{before}${body}*{checksum(body)}"
    got = stamp(report(1), line, report(2)).data.split(b"\r\n")
    assert read_private(got[1].rpartition(b"\\")[2]) is not None
    (kind_read, found) = read_private(got[1].rpartition(b"\\")[2]) or ("", [])
    assert (kind_read, found) == ("R", [b"forged", line.encode()])
    reader = JournalReader(Stations())
    reader.feed(b"\n".join(got))
    batch = reader.finish()
    assert not batch.controls
    assert batch.ledger.rejected["forged"] == 1
    assert batch.ledger.used == 2


def test_what_was_never_nmea_may_come_from_anywhere() -> None:
    body = "PVIG,D,digitraffic,t,x"
    ((_, _, _, kept),) = fields(stamp(f"${body}*{checksum(body)}").data)
    assert kept == f"${body}*{checksum(body)}".encode()


def test_a_sentence_too_long_for_its_stamp_is_text() -> None:
    long = make_sentence("0" * (MAX_LINE - 30))
    got = stamp(long, report())
    reader = JournalReader(Stations())
    reader.feed(got.data)
    ledger = reader.finish().ledger
    assert (ledger.rejected["too_long"], ledger.used) == (1, 1)
    assert all(len(line) <= MAX_LINE for line in got.data.split(b"\r\n"))


def test_a_wrapper_reaches_over_the_pieces_of_its_link_only() -> None:
    line = report()
    body = f"PGHP,1,2026,9,15,3,59,58,250,219,45,992190934,1,{line[-2:]}"
    wrapper = f"${body}*{checksum(body)}"
    stamper = Stamper("north")
    first = stamp(wrapper, stamper=stamper)
    other = stamp(line, stamper=stamper, link=2)
    mine = stamp(line, stamper=stamper)
    assert first.ignored == {"other_sentence": 1}
    assert fields(other.data)[0][1] == 0
    assert fields(mine.data)[0][:2] == ("north/992190934", -1873)
    both = stamper([came(f"{wrapper}\n{line}\n".encode(), link=n) for n in (3, 4)])
    assert [f[1] for f in fields(both.data) if f[3].startswith(b"!")] == [-1873, -1873]


def test_a_line_that_comes_back_to_us_is_no_news() -> None:
    echo = Echo(["centre", "north", "south"])
    north, south = Stamper("north", echo=echo), Stamper("south", echo=echo)
    assert stamp(report(1), report(2), stamper=north).echoes == 0
    # Another centre's "north" hears another ship; ours heard this one, and so did a neighbour.
    got = stamp(
        report(3, tag="s:north"), report(1, tag="s:north"), report(2, tag="s:hill"),
        report(2, tag="s:centre/r7"), stamper=south,
    )  # fmt: skip
    assert (got.echoes, got.accepted) == (2, 2)
    reader = JournalReader(Stations())
    reader.feed(got.data)
    ledger = reader.finish().ledger
    assert (ledger.used, ledger.ignored["echo"]) == (2, 2)
    # A source that names itself brings its own lines.
    assert stamp(report(1, tag="s:north"), stamper=north).echoes == 0
    assert stamp(report(1, tag="s:north/r7"), stamper=north).echoes == 0


@pytest.mark.parametrize("station", ["north/192.0.2.7", "south"])
def test_what_a_link_says_again_of_its_own_station_is_no_echo(station: str) -> None:
    """A vessel at anchor repeats itself, and the second halves of many voyage reports are alike."""
    north = Stamper("north", echo=Echo(["centre", "north", "south"]))
    for _ in range(2):
        got = north([came(f"{report(1)}\r\n".encode(), station=station)])
        assert (got.echoes, got.accepted) == (0, 1)


LINES = st.sampled_from(
    [report(n) for n in range(4)]
    + [report(5, tag="s:r1,c:1789444700"), report(6, tail=",r1,1789444799"), "", "# x", "noise"]
    + [*make_message({"type": 5, "mmsi": 211_000_009, "shipname": "NYX"}), "$GPZDA,1*00"]
    + ["!AIVDM,1,1,,A,14eG,0*00", "\\s:a*00\\", "\\s:x*99\\" + report(7), "x" * 1200, "!AIVDM\x00,"]
    + ["2026-09-15 04:00:00.000," + report(8), "!AIVDM," + report(9), "$PVIG,C,zones,{}*00"]
)


@given(st.lists(LINES, max_size=40), st.data())
@settings(max_examples=150, deadline=None)
def test_every_line_is_the_same_to_the_reader_of_the_journal(
    lines: list[str], data: st.DataObject
) -> None:
    """Counts by reason, but for forgeries, and any cutting of the lines into pieces."""
    raw = [f"{line}\r\n".encode() for line in lines]
    whole = Stamper("north")([came(b"".join(raw))])
    cut = data.draw(st.lists(st.integers(0, len(raw)), max_size=4).map(sorted))
    pieces = [b"".join(raw[a:b]) for a, b in zip([0, *cut], [*cut, len(raw)], strict=True)]
    stamper = Stamper("north")
    parts = [stamper([came(piece)]) for piece in pieces]
    assert b"".join(part.data for part in parts) == whole.data
    assert whole.lines == len(lines)
    reader = JournalReader(Stations())
    reader.feed(whole.data)
    ledger = reader.finish().ledger
    rejected = Counter(ledger.rejected)
    forged = rejected.pop("forged", 0)
    orphans = rejected.pop("orphan_part", 0)
    assert ledger.lines == len(lines)
    assert forged == sum("$PVIG" in line for line in lines)
    assert ledger.used + orphans == whole.accepted
    assert +rejected == whole.rejected
    assert +ledger.ignored == whole.ignored - Counter(other_sentence=forged)
    assert ledger.balanced


def test_lines_of_a_group_are_its_first_lines_on_each_link_by_itself() -> None:
    one, two = make_message({"type": 5, "mmsi": 211_000_009, "shipname": "NYX"})

    def tagged(tag: str, line: str) -> bytes:
        return f"\\{tag}*{checksum(tag)}\\{line}\r\n".encode()

    firsts = [
        came(tagged(f"g:1-2-7,s:r{n},c:{1789444000 + n}", one), link=n, station=f"h{n}")
        for n in (1, 2)
    ]
    seconds = [came(tagged("g:2-2-7", two), link=n, station=f"h{n}") for n in (1, 2)]
    stamper = Stamper("north")
    got = fields(stamper(firsts).data + stamper(seconds).data)
    assert [name for name, *_ in got] == ["north/r1", "north/r2"] * 2
    assert got[0][1] == got[2][1] != got[1][1] == got[3][1]


def test_many_links_are_stamped_together() -> None:
    """Two hundred stations that push a line each cost little more than one that pushes them all."""
    stamper, calls = Stamper("north"), []
    stamper._stamp = lambda clock, pieces: calls.append(len(pieces)) or Stamped()  # type: ignore
    stamper([came(b"!AIVDM,1,1,,A,1g:,0*00\n", link=n, station=f"s{n}") for n in range(200)])
    assert calls == [200]
