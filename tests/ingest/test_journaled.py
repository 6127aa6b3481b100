"""A journal's lines: sentences, other forms and changes, read alike however they are cut."""

from __future__ import annotations

import pickle
import random
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import assert_same
from sentences import checksum, make_message

from ingest.batch import Batch
from ingest.control import Control
from ingest.framing import MAX_LINE
from ingest.journaled import JournalReader, is_journal
from ingest.ledger import Ledger
from ingest.private import DATA, ECHO, RAW, private
from ingest.records import Copies, Messages, Positions, Statics
from ingest.stations import Stations

T0 = 1_789_444_800_000  # ms


def stamped(sentence: bytes | str, station: str = "north", at: int = 0, received: int = 0) -> bytes:
    text = sentence if isinstance(sentence, bytes) else sentence.encode()
    tag = f"s:{station},c:{T0 + at},t:{T0 + received}"
    return f"\\{tag}*{checksum(tag)}\\".encode() + text + b"\r\n"


def foreign(mmsi: int, *, lon: float = 20.3, time: int = 0, kind: str = "location") -> bytes:
    fields = {"time": T0 // 1000 + time, "sog": 7.2, "cog": 91.5, "lon": lon, "lat": 60.1}
    if kind == "metadata":
        fields = {"timestamp": T0 + time * 1000, "name": "NYX", "type": 60}  # type: ignore[dict-item]
    topic = f"vessels-v2/{mmsi}/{kind}".encode()
    return private(DATA, b"digitraffic", topic, orjson.dumps(fields))


def change(kind: str = "source", at: int = 0, **body: Any) -> bytes:
    return Control(kind, (T0 + at) * 1000, body).write((T0 + at) * 1000)


def traffic(seed: int, lines: int = 300) -> bytes:
    """A journal with everything in it."""
    rng = random.Random(seed)
    made: list[bytes] = []
    for n in range(lines):
        at = n * 400 - rng.choice((0, 0, 0, 5000, 90_000))
        place = {"station": rng.choice(("north", "south/r1", f"new{n // 40}")), "at": at}
        received = max(n * 400, at) + 100
        mmsi = 230_000_000 + rng.randrange(6)
        kind = rng.random()
        if kind < 0.45:
            fields = {"type": 1, "mmsi": mmsi, "lon": rng.choice((20.3, 20.4)), "lat": 60.1}
            made += [stamped(m, received=received, **place) for m in make_message(fields)]
        elif kind < 0.6:
            fields = {"type": 5, "mmsi": mmsi, "shipname": f"SHIP {n}"}
            made += [stamped(m, received=received, **place) for m in make_message(fields)]
        elif kind < 0.85:
            what = foreign(mmsi, lon=rng.choice((20.3, 20.4)), time=at // 1000,
                           kind=rng.choice(("location", "location", "metadata")))  # fmt: skip
            made.append(stamped(what, received=received, **place))
        else:
            made.append(rng.choice((
                change(state=str(n)), b"noise\r\n", b"\r\n", stamped(private(ECHO, b"x")),
                private(RAW, b"forged", b"x") + b"\n", stamped(private(DATA, b"?", b"x")),
                stamped(private(DATA, b"digitraffic", b"vessels-v2/1/location", b"{")),
                change("zones") + change("rules"), stamped("$PVIG,C,zones*00"),
            )))  # fmt: skip
    return b"".join(made)


class Read:
    def __init__(self, batches: list[Batch], stations: Stations) -> None:
        self.positions = Positions.concat([b.positions for b in batches])
        self.statics = Statics.concat([b.statics for b in batches])
        self.messages = Messages.concat([b.messages for b in batches])
        self.copies = Copies.concat([b.copies for b in batches])
        self.controls = [c for b in batches for c in b.controls]
        self.hashes = [np.concatenate(h) for h in zip(*(b.hashes for b in batches if b.hashes),
                                                      strict=True)]  # fmt: skip
        self.ledger = Ledger()
        for batch in batches:
            self.ledger.add(batch.ledger)
        self.stations = stations.names


def read(data: bytes, cuts: list[int] | None = None, **more: Any) -> Read:
    stations = Stations()
    reader = JournalReader(stations, **more)
    batches = []
    for begin, end in zip([0, *(cuts or [])], [*(cuts or []), len(data)], strict=True):
        batch = reader.feed(data[begin:end])
        if batch is not None:
            batches.append(batch)
    return Read([*batches, reader.finish()], stations)


def assert_equal(one: Read, other: Read) -> None:
    for name in ("positions", "statics", "messages", "copies"):
        assert_same(getattr(one, name), getattr(other, name))
    assert one.controls == other.controls
    assert one.ledger.as_dict() == other.ledger.as_dict()
    assert one.stations == other.stations


@given(st.integers(0, 20), st.data())
@settings(max_examples=40, deadline=None)
def test_a_journal_is_read_alike_however_it_is_cut(seed: int, data: st.DataObject) -> None:
    text = traffic(seed)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    whole = read(text)
    rows = data.draw(st.sampled_from((1, 7, 1 << 20)))
    assert_equal(whole, read(text, cuts, batch_rows=rows))
    assert whole.ledger.balanced
    assert len(whole.positions) > 50
    assert len(whole.copies) > 3
    assert whole.controls
    marks = whole.positions.watermark.astype(np.int64)
    assert (np.diff(marks) >= 0).all()
    assert (np.diff(whole.positions.line) > 0).all()
    assert (marks >= whole.positions.time.astype(np.int64)).all()


def test_line_by_line_and_pickled_in_between() -> None:
    text = traffic(3)
    whole = read(text)
    reader = JournalReader(Stations())
    batches = []
    for line in text.splitlines(keepends=True):
        batches += [b for b in (reader.feed(line), reader.flush()) if b is not None]
        reader = pickle.loads(pickle.dumps(reader))
    assert_equal(whole, Read([*batches, reader.finish()], reader.stations))


def test_sentences_and_other_forms_stand_in_the_order_of_their_lines() -> None:
    first, last = (make_message({"type": 1, "mmsi": 230_000_001 + n, "lon": 20})[0] for n in (0, 2))
    got = read(
        stamped(first, at=1000, received=1500) + stamped(foreign(230_000_002, time=2), "digi")
        + stamped(last, at=500)
    )  # fmt: skip
    assert got.positions.mmsi.tolist() == [230_000_001, 230_000_002, 230_000_003]
    assert got.positions.line.tolist() == [0, 1, 2]
    assert (got.positions.watermark.astype(np.int64) // 1000 - T0).tolist() == [1000, 2000, 2000]
    assert (got.positions.received.astype(np.int64) // 1000 - T0).tolist() == [1500, 0, 0]
    assert got.stations == [b"", b"north", b"digi"]
    assert got.ledger.as_dict() == {
        "lines": 3, "used": 3, "ignored": {}, "rejected": {}, "messages": 3, "stored": 3,
        "duplicates": 0, "dropped": {},
    }  # fmt: skip


def test_the_same_report_of_another_form_again_is_a_copy() -> None:
    line = foreign(230_000_002)
    got = read(stamped(line) + stamped(line, "other", received=50) + stamped(foreign(230_000_003)))
    assert got.positions.mmsi.tolist() == [230_000_002, 230_000_003]
    assert (got.ledger.stored, got.ledger.duplicates) == (2, 1)
    assert got.copies.line.tolist() == [1]
    kept = read(stamped(line) * 2, merging=True)
    assert len(kept.positions) == 2
    assert kept.hashes[0][0] == kept.hashes[0][1]


def test_a_change_stands_at_its_line() -> None:
    got = read(b"noise\n" + change("zones", at=700, hash="abc") + change(state="silent"))
    assert got.controls == [
        Control("zones", (T0 + 700) * 1000, {"hash": "abc"}, 1),
        Control("source", T0 * 1000, {"state": "silent"}, 2),
    ]
    assert +got.ledger.ignored == {"control": 2}


@pytest.mark.parametrize("text", [b"[1]", b"{", b""], ids=["list", "cut", "empty"])
def test_a_change_that_cannot_be_read_changes_nothing(text: bytes) -> None:
    got = read(stamped(private("C", b"zones", text)) + stamped(private("C", b"Zones!", b"{}")))
    assert got.controls == []
    with pytest.raises(ValueError, match="no change"):
        Control("zones", 0, {"a": "x" * 40_000}).write(0)
    with pytest.raises(ValueError, match="no change"):
        Control("more", 0, {}).write(0)


LONG = {"text": "Ça dérive, 漂流中, \u202e*" * 40, "ids": [f"{n:016x}" for n in range(200)]}


def test_a_long_change_stands_on_several_lines() -> None:
    written = Control("act", T0 * 1000, LONG).write(T0 * 1000)
    lines = written.splitlines(keepends=True)
    assert 2 < len(lines) < 20
    assert max(map(len, lines)) <= MAX_LINE + 2
    got = read(b"noise\n" + written + change(state="silent"))
    assert [(c.kind, c.body, c.line) for c in got.controls] == [
        ("act", LONG, len(lines)), ("source", {"state": "silent"}, len(lines) + 1),
    ]  # fmt: skip
    assert +got.ledger.ignored == {"control": len(lines) + 1}


@pytest.mark.parametrize("lost", [0, 1, -1])
def test_of_a_long_change_every_line_is_needed(lost: int) -> None:
    lines = Control("act", T0 * 1000, LONG).write(T0 * 1000).splitlines(keepends=True)
    del lines[lost]
    got = read(b"".join(lines) + change(state="silent"))
    assert [c.kind for c in got.controls] == ["source"]
    endless = lines[0] * 5000 + change(state="silent")
    assert [c.kind for c in read(endless).controls] == ["source"]


def test_lines_go_on_at_any_number() -> None:
    reader = JournalReader(Stations())
    reader.go_on_at(5_000_000_000)
    reader.feed(stamped(foreign(230_000_002)) + stamped(make_message({"type": 1, "mmsi": 5})[0]))
    batch = reader.finish()
    assert batch.positions.line.tolist() == [5_000_000_000, 5_000_000_001]
    assert batch.end_line == reader.next_line == 5_000_000_002


def test_a_journal_is_known_by_its_first_lines() -> None:
    assert is_journal(stamped("!AIVDM"))
    assert is_journal(b"noise\n$PVIG,J,1,aa,0,x*00\n")
    assert not is_journal(b"\\s:x,c:1789444800*00\\!AIVDM")


def test_forged_lines_are_read_among_the_others_in_one_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cut at each of them, a chunk would cost a hundred times as much, and strangers send them."""
    fields = {"type": 1, "mmsi": 230_000_001, "lon": 20.3, "lat": 60.1}
    (good,) = make_message(fields)
    data = (stamped(good) + private(RAW, b"forged", b"$PVIG,C,plan") + b"\r\n") * 200
    reader = JournalReader(Stations(), batch_rows=1 << 62)
    pieces: list[bytes] = []
    feed = reader.sentences.feed
    monkeypatch.setattr(reader.sentences, "feed", lambda chunk: (pieces.append(chunk), feed(chunk)))
    reader.feed(data)
    assert len(pieces) <= 2
    assert reader.finish().ledger.as_dict()["rejected"] == {"forged": 200}
