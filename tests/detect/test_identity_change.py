"""Identities: changes are told once, noise and typing errors are not, and cuts change nothing."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.identity_change import IdentityConfig, IdentityMemory
from ingest.errors import ConfigError
from ingest.records import Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
SHIP, OTHER = 636_012_345, 219_000_001
FIRST, SECOND = 9_074_729, 9_319_466
SIX_MINUTES = 360


def said(*rows):
    """Static reports from (line, seconds, {column: value}); type 5 of SHIP unless it says."""
    columns = {"mmsi": SHIP, "msg_type": 5}
    names = {name for _, _, given in rows for name in given}
    blank = Statics.absent(1)
    values = {
        name: np.array(
            [g.get(name, columns.get(name, getattr(blank, name)[0])) for _, _, g in rows]
        )
        for name in names | set(columns)
    }
    return Statics.absent(
        len(rows), line=np.array([row[0] for row in rows]),
        time=START + np.array([round(row[1] * 1e6) for row in rows]).astype("timedelta64[us]"),
        **values,
    )  # fmt: skip


def every(seconds, *reports, begin=0, **common):
    """One report after the other, so far apart."""
    return [(i, begin + i * seconds, {**common, **r}) for i, r in enumerate(reports)]


def places(*rows):
    """Positions from (line, seconds, mmsi, lon, lat)."""
    columns = list(zip(*rows, strict=True)) or [()] * 5
    line, seconds, mmsi, lon, lat = (np.array(c) for c in columns)
    return Positions.absent(
        len(rows), line=line, mmsi=mmsi, lon=lon, lat=lat, sog=np.full(len(rows), 7.5),
        time=START + (seconds * 1e6).astype("timedelta64[us]"),
    )  # fmt: skip


def tell(statics, positions=None, memory=None, config=None):
    positions = Positions.empty() if positions is None else positions
    memory = memory or IdentityMemory()
    return memory.step(statics, positions, config or IdentityConfig())


def named(*names):
    return [{"name": name} for name in names]


def what(rows, **more):
    return [e.evidence["what"] for e in tell(said(*rows), **more)]


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ({"name": b"SEA STAR"}, {"name": b"BLUE MOON"}, "name"),
        ({"callsign": b"9HA2345"}, {"callsign": b"3FGT9"}, "callsign"),
        ({"imo": FIRST}, {"imo": SECOND}, "imo"),
        ({"ship_type": 70}, {"ship_type": 30}, "type"),
        ({"to_bow": 150, "to_stern": 30}, {"to_bow": 40, "to_stern": 12}, "size"),
    ],
)
def test_a_change_is_told_once_when_it_is_said_twice(before, after, field):
    rows = every(SIX_MINUTES, before, before, after, after, after, after)
    (event,) = tell(said(*rows))
    assert event.evidence["what"] == [field]
    assert (event.mmsi, event.subjects, event.line, event.revision) == (SHIP, (SHIP,), 3, 0)
    assert event.time == START + np.timedelta64(3 * SIX_MINUTES, "s")
    assert event.episode == START + np.timedelta64(2 * SIX_MINUTES, "s")
    assert event.evidence["measured"] == {"changes": 1, "reports": 2, "over_s": SIX_MINUTES}
    assert "in 2 reports over 6 min (limit 2 over 1 min)" in event.evidence["words"]


def test_words_say_from_what_to_what():
    rows = every(
        SIX_MINUTES, *[{"name": b"SEA STAR", "imo": FIRST, "ship_type": 70, "to_bow": 180}] * 2,
        *[{"name": b"BLUE\x1b MOON", "imo": SECOND, "ship_type": 30, "to_bow": 52}] * 2,
    )  # fmt: skip
    (event,) = tell(said(*rows))
    assert event.evidence["words"].startswith(
        "name changed from “SEA STAR” to “BLUE\\x1b MOON”; IMO number changed from 9074729 to "
        "9319466; type changed from cargo (70) to fishing (30); length changed from 180 m to 52 m"
    )
    assert [change["what"] for change in event.evidence["changes"]] == [
        "name", "imo", "type", "size",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "reports",
    [
        named(b"SEA STAR", b"SEA STRA", b"SEA STRA", b"SEA STAR"),
        named(b"GOLDEN VENTURE", b"GOLDEN VEN", b"GOLDEN VEN"),
        named(b"SEA STAR", b"BLUE MOON", b"SEA STAR", b"SEA STAR"),  # noise
        named(b"SEA STAR", b"", b""),
        named(b"SEA STAR", b"....", b"...."),
        named(b"....", b"SEA STAR", b"SEA STAR"),
        [{"ship_type": n} for n in (70, 71, 79, 0, 90, 99, 70)],
        [{"ship_type": n} for n in (52, 31, 32, 52)],
        [{"to_bow": n, "ship_type": 52} for n in (30, 300, 300, 30, 30)],  # with her tow
        [{"to_bow": n} for n in (100, 105, 105, 1022, 1022)],
        [{"imo": n} for n in (FIRST, 0, 0, 123, 123, 20_000_001, 20_000_001, 1_234_567, FIRST)],
        [{"msg_type": 5, "mmsi": 970_000_001, "name": n} for n in (b"SEA STAR", b"X", b"X")],
        [{"msg_type": 21, "mmsi": 992_190_001, "name": n} for n in (b"SEA STAR", b"X", b"X")],
    ],
)
def test_typing_errors_noise_and_silence_are_no_changes(reports):
    assert tell(said(*every(SIX_MINUTES, *reports))) == []


def test_a_burst_of_noise_is_one_report():
    rows = every(SIX_MINUTES, *named(b"SEA STAR", b"SEA STAR"))
    rows += [(5 + i, 900 + i * 5, {"name": b"BLUE MOON"}) for i in range(9)]
    assert tell(said(*rows)) == []
    assert what([*rows, (20, 1260, {"name": b"BLUE MOON"})]) == [["name"]]


def test_parts_of_class_b_and_type_19_go_together():
    a = {"msg_type": 24, "part": 0, "name": b"SEA STAR"}
    b = {"msg_type": 24, "part": 1, "callsign": b"9HA2345", "ship_type": 37, "to_bow": 12}
    whole = {"msg_type": 19, "name": b"SEA STAR", "ship_type": 37, "to_bow": 12}
    rows = every(60, a, b, whole, a, b, whole, a, b)
    assert tell(said(*rows)) == []
    other = {**b, "callsign": b"3FGT9"}
    assert what(
        [*rows, *[(10 + i, 900 + i * 90, r) for i, r in enumerate((a, other, a, other))]]
    ) == [["callsign"]]


def test_what_was_true_before_and_comes_late_is_no_change_back():
    rows = every(SIX_MINUTES, *named(*[b"SEA STAR"] * 2, *[b"BLUE MOON"] * 3))
    late = [(10 + i, 400 + i * 100, {"name": b"SEA STAR"}) for i in range(3)]
    assert what([*rows, *late]) == [["name"]]


def test_a_flood_of_changes_is_one_event_that_is_seldom_revised():
    names = [b"%c%c%c SHIP %d" % (65 + i % 26, 66 + i % 25, 90 - i % 24, i) for i in range(100)]
    reports = [{"name": name} for name in names for _ in range(2)]
    events = tell(said(*every(120, *reports)))
    assert len({event.id for event in events}) == 1
    assert [event.revision for event in events] == list(range(len(events)))
    assert len(events) == 8  # at 1 2 3 4 8 16 32 64 changes
    assert events[-1].evidence["measured"]["changes"] == 64
    assert len(events[-1].evidence["changes"]) == 8
    assert events[-1].evidence["changes"][0]["before"] == safe(names[0])


def safe(name):
    return name.decode()


def test_two_units_under_one_number_are_one_event():
    reports = named(b"SEA STAR", b"BLUE MOON") * 20
    events = tell(said(*every(180, *reports)))
    assert len({event.id for event in events}) == 1
    assert "to and fro: two units may use this number" in events[-1].evidence["words"]


def test_after_a_calm_hour_a_change_is_another_event():
    rows = every(SIX_MINUTES, *named(*[b"SEA STAR"] * 2, *[b"BLUE MOON"] * 2))
    later = [(10 + i, 6000 + i * SIX_MINUTES, {"name": b"RED SUN"}) for i in range(2)]
    first, second = tell(said(*rows, *later))
    assert first.id != second.id
    assert (first.revision, second.revision) == (0, 0)


def test_an_imo_number_whose_digit_fails_is_told_once():
    events = tell(said(*every(SIX_MINUTES, *[{"imo": FIRST - 1}] * 9)))
    assert [(e.evidence["what"], e.line) for e in events] == [(["imo_bad"], 1)]
    assert "9074728 cannot be: its check digit fails" in events[0].evidence["words"]


@pytest.mark.parametrize(
    ("mmsi", "words"),
    [(290_000_001, "its first digits are not allotted"), (123_456_789, "issued by no state")],
)
def test_a_number_nobody_was_issued_is_told_once(mmsi, words):
    events = tell(said(*every(SIX_MINUTES, *[{"mmsi": mmsi, "name": b"SEA STAR"}] * 9)))
    assert [e.evidence["what"] for e in events] == [["mid"]]
    assert words in events[0].evidence["words"]
    assert tell(said(*every(SIX_MINUTES, {"mmsi": mmsi}))) == []  # noise has such numbers


def test_what_is_wrong_and_what_changed_are_events_of_their_own():
    wrong = {"mmsi": 290_000_001, "imo": FIRST - 1}
    rows = every(SIX_MINUTES, *[{**wrong, "name": n} for n in [b"SEA STAR"] * 3 + [b"MOON"] * 3])
    assert sorted(what(rows)) == [["imo_bad", "mid"], ["name"]]


def test_one_imo_number_under_two_mmsis():
    one, two = {"imo": FIRST, "mmsi": OTHER}, {"imo": FIRST, "mmsi": SHIP}
    (event,) = tell(said(*every(SIX_MINUTES, one, one, two, one, two, two, one)))
    assert event.evidence["what"] == ["imo_shared"]
    assert (event.mmsi, event.subjects, event.line) == (SHIP, (OTHER, SHIP), 4)
    assert f"9074729 is sent by {SHIP} and by {OTHER}" in event.evidence["words"]


def test_a_ship_that_changed_her_flag_long_ago_shares_with_nobody():
    one, two = {"imo": FIRST, "mmsi": OTHER}, {"imo": FIRST, "mmsi": SHIP}
    rows = [(0, 0, one), *[(1 + i, 100_000 + i * SIX_MINUTES, two) for i in range(5)]]
    assert tell(said(*rows)) == []


def test_a_number_that_a_whole_fleet_sends_is_one_event():
    fleet = [
        (i, i * 30, {"imo": FIRST, "mmsi": 219_000_000 + i % 50}) for i in range(200)
    ]  # fmt: skip
    events = tell(said(*fleet))
    assert len({event.id for event in events}) == 1
    assert len(events) < 10


def test_an_event_says_where():
    rows = every(SIX_MINUTES, *named(*[b"SEA STAR"] * 2, *[b"BLUE MOON"] * 2))
    rows = [(10 * line, s, g) for line, s, g in rows]
    sea = places(
        (5, 100, SHIP, 1.0, 51.0), (25, 900, SHIP, 2.0, 52.0), (26, 901, OTHER, 9.0, 9.0),
        (27, 902, SHIP, np.nan, np.nan), (31, 1200, SHIP, 3.0, 53.0),
    )  # fmt: skip
    (event,) = tell(said(*rows), sea)
    assert (event.lon, event.lat) == (2.0, 52.0)
    assert event.evidence["fixes"] == [
        {"time": "2026-03-01T00:15:00Z", "lon": 2.0, "lat": 52.0, "sog": 7.5}
    ]
    (event,) = tell(said(*rows))
    assert np.isnan(event.lon)


def test_memory_is_bounded():
    memory = IdentityMemory(64)
    flood = said(*[(i, i * 0.1, {"mmsi": 219_000_000 + i, "imo": FIRST}) for i in range(5000)])
    tell(flood, memory=memory)
    assert len(memory.slots) <= 64
    assert memory.nbytes < 20_000


@pytest.mark.parametrize(
    "bad", [{"reports": 0}, {"over_s": -1.0}, {"length_part": 2.0}, {"shared_s": float("nan")}]
)
def test_settings_that_cannot_be_are_refused(bad):
    with pytest.raises(ConfigError, match=r"detect\.identity_change"):
        IdentityConfig(**bad)


_NAMES = [b"", b"SEA STAR", b"SEA STRA", b"BLUE MOON", b"RED SUN"]
_REPORT = st.tuples(
    st.integers(0, 20_000), st.sampled_from([SHIP, OTHER, 290_000_001]), st.sampled_from(_NAMES),
    st.sampled_from([0, FIRST, SECOND, FIRST - 1]), st.sampled_from([0, 70, 30]),
)  # fmt: skip


@given(
    st.lists(_REPORT, max_size=40), st.sets(st.integers(0, 40), max_size=6), st.booleans(),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=60)
def test_cutting_into_batches_changes_nothing(reports, cuts, ordered, restarts):
    if ordered:
        reports = sorted(reports, key=lambda r: r[0])
    rows = [
        (2 * i, s, {"mmsi": m, "name": n, "imo": imo, "ship_type": t})
        for i, (s, m, n, imo, t) in enumerate(reports)
    ]
    sea = [(2 * i + 1, s, m, i / 10, 50.0) for i, (s, m, *_) in enumerate(reports)]

    def events(pieces, memory):
        found = []
        for part in pieces:
            if restarts:
                memory = pickle.loads(pickle.dumps(memory))
            a, b = part
            found += tell(said(*rows[a:b]), places(*sea[a:b]), memory) if b > a else []
        return sorted((event.line, repr(event)) for event in found)

    if not rows:
        return
    edges = [0, *sorted(cuts), len(rows)]
    pieces = [(min(a, len(rows)), min(b, len(rows))) for a, b in zip(edges, edges[1:])]  # noqa: B905, RUF007
    assert events(pieces, IdentityMemory(8)) == events([(0, len(rows))], IdentityMemory(8))
