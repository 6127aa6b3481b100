import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.distress import DistressMemory, distress, text_kind
from ingest.records import Messages, Positions

START = np.datetime64("2026-09-14T04:00:00", "us")
NOWHERE = float("nan")


def positions(rows):
    """Positions from (line, seconds, mmsi, status, lon, lat[, msg_type])."""
    columns = list(zip(*[(*r, 1)[:7] for r in rows], strict=True)) or [()] * 7
    line, seconds, mmsi, status, lon, lat, msg_type = (np.array(c) for c in columns)
    return Positions.absent(
        len(rows), line=line, mmsi=mmsi, status=status, lon=lon, lat=lat, msg_type=msg_type,
        time=START + (seconds * 1e6).astype("timedelta64[us]"),
    )  # fmt: skip


def texts(rows):
    """Messages from (line, seconds, mmsi, text)."""
    columns = list(zip(*rows, strict=True)) or [()] * 4
    line, seconds, mmsi, _ = (np.array(c) for c in columns)
    text = np.empty(len(rows), object)
    text[:] = [r[3] for r in rows]
    return Messages.absent(
        len(rows), line=line, mmsi=mmsi, text=text, msg_type=np.full(len(rows), 14),
        time=START + (seconds * 1e6).astype("timedelta64[us]"),
    )  # fmt: skip


def run(position_rows=(), text_rows=(), memory=None):
    return distress(
        positions(list(position_rows)) if position_rows else Positions.empty(),
        texts(list(text_rows)) if text_rows else Messages.empty(),
        memory or DistressMemory(),
    )


@pytest.mark.parametrize(
    ("mmsi", "status", "kind"),
    [
        (970_227_235, 14, "distress"),
        (972_603_802, 14, "distress"),
        (974_000_001, 14, "distress"),
        (970_227_235, 15, "distress_test"),
        (972_603_802, 15, "distress_test"),
        (970_227_235, 0, "distress"),  # only 15 says test
        (219_000_001, 14, "distress"),
        (219_000_001, 15, None),
        (979_123_456, 15, None),
        (971_000_000, 15, None),
    ],
)
def test_status(mmsi, status, kind):
    events = run([(0, 0, mmsi, status, 45.1, 12.05)])
    assert [e.kind for e in events] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("mmsi", "text", "kind"),
    [
        (970_227_235, b"SART ACTIVE", "distress"),
        (972_603_802, b"MOB  ACTIVE", "distress"),
        (974_000_001, b"EPIRB ACTIVE", "distress"),
        (219_000_001, b"MAYDAY MAYDAY MAYDAY", "distress"),
        (970_227_235, b"SART TEST", "distress_test"),
        (219_000_001, b"TEST ACK.", "distress_test"),
        (2_190_001, b"GUNNERY TEST FIRING 1200Z", "safety_text"),
        (2_190_001, b"CABLE INACTIVE, LATEST CHART", "safety_text"),
        (970_227_235, b"HELP", "distress"),
    ],
)
def test_text(mmsi, text, kind):
    events = run(text_rows=[(0, 0, mmsi, text)])
    assert [e.kind for e in events] == [kind]
    assert text.decode() in events[0].evidence["words"]
    assert np.isnan(events[0].lon)


def test_an_empty_text_is_no_event():
    assert run(text_rows=[(0, 0, 226005680, b"")]) == []


def test_bursts_are_one_event():
    rows = [(i, i * 7.5, 970_000_001, 14, 45.0 + i * 1e-4, 12.0) for i in range(200)]
    (event,) = run(rows)
    assert (event.lon, event.lat, event.time) == (45.0, 12.0, START)
    assert event.evidence["device"] == "AIS-SART"
    assert "12°00.0'N 045°00.0'E" in event.evidence["words"]


def test_silence_begins_a_new_episode():
    def heard_again_after(seconds):
        return run([(0, 0, 972_000_001, 14, 1, 1), (1, seconds, 972_000_001, 14, 1, 1)])

    assert len(heard_again_after(3600)) == 1
    first, second = heard_again_after(3601)
    assert first.id != second.id
    assert (first.revision, second.revision) == (0, 0)


def test_what_comes_late_is_the_same_distress():
    sea = [
        (0, 7200, 970_000_001, 14, 1, 1),
        (1, 0, 970_000_001, 14, 1, 1),  # heard by a satellite two hours before
        (2, 3000, 970_000_001, 14, 1, 1),
        (3, 7260, 970_000_001, 14, 1, 1),
        (4, 13_000, 970_000_002, 14, 1, 1),
        (5, 7000, 970_000_001, 14, 1, 1),
    ]
    assert [(e.mmsi, e.line) for e in run(sea)] == [(970_000_001, 0), (970_000_002, 4)]


def test_what_comes_late_by_more_than_a_pass_is_told():
    sea = [(0, 30_000, 970_000_001, 14, 1, 1), (1, 0, 970_000_001, 14, 1, 1)]
    assert len(run(sea)) == 2


def test_a_false_time_does_not_silence_a_beacon():
    events = run([(0, 10 * 86400, 972_000_001, 14, 1, 1), (1, 0, 972_000_001, 14, 1, 1)])
    assert len(events) == 2


def test_the_first_position_revises_once():
    events = run(
        [
            (0, 0, 974_000_001, 14, NOWHERE, NOWHERE),
            (1, 8, 974_000_001, 14, NOWHERE, NOWHERE),
            (2, 60, 974_000_001, 14, -30.0, 5.0),
            (3, 68, 974_000_001, 14, -30.1, 5.0),
        ]
    )
    assert [(e.revision, e.line) for e in events] == [(0, 0), (1, 2)]
    assert len({e.id for e in events}) == 1
    assert "position unknown" in events[0].evidence["words"]
    assert events[0].evidence["fix"] is None
    assert (events[1].lon, events[1].lat, events[1].time) == (-30.0, 5.0, START)
    assert events[1].evidence["fix"]["time"] == "2026-09-14T04:01:00Z"


def test_the_text_of_a_beacon_joins_its_event():
    events = run([(0, 0, 970_000_001, 14, 45, 12)], [(1, 2, 970_000_001, b"SART ACTIVE")])
    assert [e.revision for e in events] == [0, 1]
    assert events[1].evidence["text"] == "SART ACTIVE"
    assert events[1].evidence["status"] == 14


def test_an_ordinary_report_locates_a_vessel_that_sent_mayday():
    events = run(
        [
            (0, 0, 219_000_001, 0, 10.0, 55.0),
            (2, 9, 219_000_002, 0, 11.0, 55.0),
            (3, 10, 219_000_001, 0, 10.1, 55.0),
            (4, 20, 219_000_001, 0, 10.2, 55.0),
        ],
        [(1, 5, 219_000_001, b"MAYDAY")],
    )
    assert [(e.revision, e.line) for e in events] == [(0, 1), (1, 3)]
    assert events[1].lon == 10.1


def test_a_test_that_becomes_real_is_a_distress_at_once():
    events = run([(0, 0, 974_000_001, 15, 1, 1), (1, 60, 974_000_001, 14, 1, 1)])
    assert [e.kind for e in events] == ["distress_test", "distress"]


def test_each_safety_text_once_while_it_is_repeated():
    rows = [(i, i * 600, 2_190_001, b"WIND WARNING") for i in range(20)]
    events = run(text_rows=[*rows, (20, 1, 2_190_001, b"ICE WARNING")])
    assert len(events) == 2


def test_hostile_text_is_harmless():
    (event,) = run(text_rows=[(0, 0, 2_190_001, "\u202eSECURITE\x1b[2J".encode())])
    assert event.evidence["text"] == "\\u202eSECURITE\\x1b[2J"


def test_memory_is_bounded_and_no_beacon_is_lost():
    memory = DistressMemory(capacity=100)
    flood = [(i, i * 0.01, 970_000_000 + i, 14, NOWHERE, NOWHERE) for i in range(1000)]
    events = run(flood, memory=memory)
    assert len(events) == 1000
    assert len(memory.episodes["distress"]) == len(memory.unlocated) == 100
    words = [(2000 + i, 20, 219_000_001, b"NOTE %d" % i) for i in range(500)]
    run(text_rows=words, memory=memory)
    assert len(memory.episodes["distress"]) == 100
    again = run([(3000, 21, 970_000_000, 14, 1, 1)], memory=memory)
    assert [e.revision for e in again] == [0]


def test_mayday_in_any_clothes():
    assert text_kind(b"mayday relay", False) == "distress"
    assert text_kind(b"MAY DAY", False) == "distress"
    assert text_kind(b"LATEST NEWS", False) == "safety_text"


_REPORT = st.tuples(
    st.integers(0, 9000),
    st.sampled_from([970_000_001, 972_000_001, 219_000_001, 0]),
    st.sampled_from([0, 14, 15]),
    st.sampled_from([NOWHERE, 10.0]),
    st.sampled_from([None, b"MAYDAY", b"SART TEST", b"NOTE", b""]),
)


@given(st.lists(_REPORT, max_size=30), st.sets(st.integers(0, 30), max_size=6))
def test_cutting_into_batches_changes_nothing(reports, cuts):
    def events(pieces):
        memory = DistressMemory(capacity=3)
        found = []
        for start, end in pieces:
            rows = list(enumerate(reports))[start:end]
            found += run(
                [(i, s, m, status, lon, lon) for i, (s, m, status, lon, text) in rows if not text],
                [(i, s, m, text) for i, (s, m, _, _, text) in rows if text is not None],
                memory,
            )
            memory = pickle.loads(pickle.dumps(memory))
        return [repr(e) for e in found]

    edges = sorted({0, len(reports), *(c for c in cuts if c < len(reports))})
    whole = events([(0, len(reports))])
    assert events(list(itertools.pairwise(edges))) == whole
    assert events([(i, i + 1) for i in range(len(reports))]) == whole
