"""What is taken out of a journal: of a time, of some vessels, messages of several parts whole."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from journals import HOUR, T0, append, stamped
from pyais.stream import FileReaderStream
from sentences import checksum, make_message, make_sentence, read_bytes

from ingest.journal.export import export
from ingest.journal.journal import Journal
from ingest.journal.read import Reader
from ingest.private import private

SHIPS = (211_000_001, 211_000_002, 219_018_009)
VOYAGE = {"msg_type": 5, "callsign": "ABC", "shipname": "SHIP", "destination": "X"}


def tag(text: str, ms: int, station: str) -> str:
    inside = f"s:{station},c:{ms},t:{ms + 250}"
    return f"\\{inside}*{checksum(inside)}\\{text}\r\n"


def voyage(ship: int, sequence: int) -> list[str]:
    """A message of two parts."""
    fields = [line.split(",") for line in make_message({**VOYAGE, "mmsi": ship})]
    return [
        make_sentence(f[5], fill=int(f[6][0]), parts=2, part=n, sequence=str(sequence))
        for n, f in enumerate(fields, 1)
    ]


@pytest.fixture(scope="module")
def journal(memory: Path) -> Iterator[Path]:
    """Three hours of three ships; parts of their voyages interleaved and across segments."""
    folder = memory / "journal"
    dice = random.Random(1)
    with Journal.open(folder) as made:
        waiting: list[str] = []
        for n in range(3_000):
            ms = T0 // 1000 + n * 3_600
            ship = SHIPS[n % 3]
            text = make_message({"msg_type": 1, "mmsi": ship, "lon": 1.0 + n / 1e4, "lat": 2})[0]
            lines = [tag(text, ms, f"station{n % 2}")]
            if n % 10 == 0:
                one, two = (tag(part, ms, "station0") for part in voyage(ship, n // 10 % 10))
                lines.append(one)
                waiting.append(two)
            if waiting and dice.random() < 0.6:
                lines.append(waiting.pop(0))
            data = "".join(lines).encode()
            append(made, data, ms * 1000)
        data = tag(private("D", b"digitraffic", b"vessels-v2/219018009/location",
                           b'{"lon":1,"lat":2}').decode(), ms, "d").encode()  # fmt: skip
        append(made, data + stamped(1, ms * 1000), ms * 1000)
        assert made.settle(60)
    return folder


def journal_lines(folder: Path) -> list[bytes]:
    return b"".join(export(folder)).splitlines(keepends=True)


def test_everything_comes_out_when_nothing_is_asked(journal: Path) -> None:
    assert b"".join(export(journal)) == b"".join(p.data for p in Reader(journal))


def test_messages_that_were_never_sentences_name_their_vessel(tmp_path: Path) -> None:
    texts = [
        (b"vessels-v2/219018009/location", b'{"lon":1,"lat":211000001}'),
        (b"vessels/metadata", b'{"mmsi": 219018009, "imo":211000001}'),
        (b"x", b'{"MMSI":"211000001"}'),
        (b"x/0211000001", b"{}"),
    ]
    lines = [
        tag(private("D", b"digitraffic", *t).decode(), T0 // 1000, "d").encode() for t in texts
    ]
    with Journal.open(tmp_path) as journal:
        append(journal, b"".join(lines))
    assert b"".join(export(tmp_path, mmsis=[219_018_009])) == b"".join(lines[:2])
    assert b"".join(export(tmp_path, mmsis=[211_000_001])) == b"".join(lines[2:])
    assert not b"".join(export(tmp_path, mmsis=[1]))


@pytest.mark.parametrize("ships", [SHIPS[:1], SHIPS[1:], (), (1,)])
def test_the_messages_of_some_vessels(journal: Path, ships: tuple[int, ...]) -> None:
    everything = read_bytes(b"".join(export(journal)), dedup=False)
    chosen = list(export(journal, mmsis=ships))
    data = b"".join(chosen)
    assert sorted(data.splitlines()) == sorted(set(data.splitlines()))
    lines = journal_lines(journal)
    order = {line: n for n, line in enumerate(lines)}
    places = [order[line] for line in data.splitlines(keepends=True)]
    assert places == sorted(places)
    if not set(ships) & set(SHIPS):
        assert not data
        return
    found = read_bytes(data, dedup=False)
    for name in ("positions", "statics"):
        all_of = getattr(everything, name)
        expected = all_of.mmsi[[m in ships for m in all_of.mmsi.tolist()]]
        assert getattr(found, name).mmsi.tolist() == expected.tolist()
    assert len(found.statics) > 90
    assert not found.ledger.rejected.total()
    assert (b"$PVIG,D" in data) == (219_018_009 in ships)


def test_the_lines_of_a_time(journal: Path) -> None:
    begin, end = T0 + HOUR // 2, T0 + 2 * HOUR + 1_800_000
    data = b"".join(export(journal, since=begin, until=end))
    inside = read_bytes(data, dedup=False)
    everything = read_bytes(b"".join(export(journal)), dedup=False)
    for name in ("positions", "statics"):
        time = getattr(everything, name).time.astype("int64")
        wanted = (time >= begin) & (time < end)
        assert (
            getattr(inside, name).time.tolist() == getattr(everything, name).time[wanted].tolist()
        )
    assert 0 < inside.ledger.rejected.total() < everything.ledger.rejected.total()  # late parts
    assert not list(export(journal, since=end, until=end + 1))


def test_a_time_in_which_nothing_was_received_opens_no_segment(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("ingest.journal.walk._frame", refuse)
    assert not b"".join(export(journal, until=T0 - 3 * HOUR))
    with pytest.raises(AssertionError):
        b"".join(export(journal, until=T0 + 1))


def test_a_part_sent_twice_belongs_to_the_message_that_came_of_it(tmp_path: Path) -> None:
    one, two = voyage(SHIPS[0], 3)
    other, _ = voyage(SHIPS[1], 3)
    lines = [tag(text, T0 // 1000 + n, "s").encode() for n, text in enumerate((other, one, two))]
    with Journal.open(tmp_path) as journal:
        append(journal, b"".join(lines))
    assert b"".join(export(tmp_path, mmsis=[SHIPS[0]])) == b"".join(lines[1:])
    assert b"".join(export(tmp_path, mmsis=[SHIPS[1]])) == b""


def test_a_message_goes_by_the_time_of_its_first_part_wherever_the_others_are(
    tmp_path: Path,
) -> None:
    parts = voyage(SHIPS[0], 3)
    edge = T0 + HOUR  # between the parts, and between the segments
    one, two = (tag(part, edge // 1000 + n, "s").encode() for n, part in enumerate(parts, -1))
    with Journal.open(tmp_path) as journal:
        append(journal, stamped(100) + one, edge - 1000)
        append(journal, two + stamped(100), edge)
        assert journal.settle(60)
    assert b"".join(export(tmp_path, mmsis=[SHIPS[0]])) == one + two
    assert b"".join(export(tmp_path, mmsis=[SHIPS[0]], until=edge)) == one + two
    assert not b"".join(export(tmp_path, mmsis=[SHIPS[0]], since=edge))
    assert b"".join(export(tmp_path, since=edge - 1000, until=edge)) == one + two
    assert not b"".join(export(tmp_path, since=edge, until=edge + 1000))


def test_other_tools_read_what_is_exported(journal: Path, tmp_path: Path) -> None:
    path = tmp_path / "export.nmea"
    path.write_bytes(b"".join(export(journal, mmsis=[SHIPS[0]], until=T0 + HOUR)))
    ours = read_bytes(path.read_bytes(), dedup=False)
    with FileReaderStream(str(path)) as stream:
        theirs = [m.decode() for m in stream]
    assert {m.mmsi for m in theirs} == {SHIPS[0]}
    assert sum(m.msg_type == 1 for m in theirs) == len(ours.positions)
    assert sum(m.msg_type == 5 for m in theirs) == len(ours.statics)


@pytest.mark.skipif(which("gpsdecode") is None, reason="gpsdecode is not installed")
def test_gpsdecode_reads_what_is_exported(journal: Path) -> None:
    data = b"".join(export(journal, mmsis=[SHIPS[0]], until=T0 + HOUR))
    done = subprocess.run(["gpsdecode"], input=data, capture_output=True, check=True)
    assert done.stdout.count(b'"class":"AIS"') == len(read_bytes(data, dedup=False).positions) + (
        len(read_bytes(data, dedup=False).statics)
    )
