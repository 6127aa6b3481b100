"""Listed vessels: seen when they are heard, lost when they are not, known by what they say."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from voyages import SHIP, START, leg

import detect.settled
from detect.config import DetectConfig
from detect.engine import Engine
from detect.listed import KINDS, Listed, ListedConfig, Marks, listed_key
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from ingest.records import Messages, Positions, Statics

OTHER = 219_000_001
BY_MMSI = Marks(mmsis=frozenset((SHIP,)))
FENCE = Fence(ZoneSet(()))


def says(seconds, line, mmsi=SHIP, **given):
    """A static report that becomes known with a line."""
    return Statics.absent(
        1, mmsi=np.array([mmsi]), line=np.array([line]), msg_type=np.array([5]),
        time=np.array([START + np.timedelta64(seconds, "s")]),
        **{name: np.array([value]) for name, value in given.items()},
    )  # fmt: skip


def watch(
    ways,
    marks,
    statics=(),
    cuts=1,
    later=None,
    lost_s=3600.0,
    restarts=False,
    tick_s=30.0,
    until=14_000,
    longest_s=43_200.0,
):
    """Events of listed vessels; rows stand on even lines, in the order of time."""
    rows = Positions.concat([*ways, leg(until, 5, 90, every=60, at=(50, 50), mmsi=OTHER + 1)])
    rows = rows.take(np.argsort(rows.time, kind="stable"))
    rows = replace(rows, line=2 * np.arange(len(rows)))
    said = Statics.concat([*statics]) if statics else Statics.empty()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detect.settled, "DETECTORS", (Listed,))
        patch.setattr(detect.settled, "TICK_DETECTORS", ())
        config = DetectConfig(listed=ListedConfig(lost_s, longest_s), tick_s=tick_s)
        engine = Engine(FENCE, config)
        engine.look_for(marks)
        events = []
        for number, part in enumerate(np.array_split(np.arange(len(rows)), cuts)):
            piece = rows.take(part)
            low = piece.line[0] if number else -1
            high = piece.line[-1] + 2
            with_it = said.take((said.line >= low) & (said.line < high))
            events += engine.step(piece, with_it, Messages.empty())
            if restarts:
                engine = pickle.loads(pickle.dumps(engine))
                engine.attach(FENCE)
                engine.look_for(marks)
            if later is not None and number == 0:
                engine.look_for(later)
    return [event for event in events if event.kind in KINDS]


def told(events):
    return [
        (e.kind, e.revision, round((e.time - START) / np.timedelta64(1, "s"))) for e in events
    ]  # fmt: skip


def test_seen_at_the_first_fix_and_lost_an_hour_after_the_last():
    events = watch([leg(2000, 10, 90, begin=500, at=(3, 51))], BY_MMSI)
    assert told(events) == [
        ("listed_seen", 0, 500), ("listed_seen", 1, 500), ("listed_lost", 0, 5600),
    ]  # fmt: skip
    seen, over, lost = events
    assert (seen.lon, seen.lat, seen.subjects) == (3.0, 51.0, (SHIP,))
    assert seen.evidence["words"].startswith("listed vessel heard, known by its MMSI; 51°00.0'N")
    assert over.id == seen.id
    assert over.evidence["end"] == "2026-03-01T00:33:20Z"
    assert lost.episode == seen.episode
    assert "not heard since 2026-03-01T00:33:20Z (limit 1 h 00 min)" in lost.evidence["words"]
    assert seen.line < over.line == lost.line


def test_who_is_not_listed_says_nothing():
    way = leg(2000, 10, 90)
    assert watch([way], Marks()) == []
    others = Marks(frozenset((OTHER,)), frozenset((9_074_729,)), frozenset(("X",)), frozenset("Y"))
    assert watch([way], others, [says(0, 1, name=b"SEA STAR", imo=9_319_466)]) == []


def test_heard_again_after_an_hour_is_seen_again():
    ways = [leg(1000, 10, 90), leg(9000, 10, 90, begin=8000, at=(0.1, 0))]
    events = watch(ways, BY_MMSI)
    assert [kind for kind, revision, _ in told(events) if not revision] == [
        "listed_seen", "listed_lost", "listed_seen",
    ]  # fmt: skip
    assert "heard again after 1 h 56 min" in events[3].evidence["words"]


def test_who_comes_back_after_hours_is_waited_for_twice_as_long():
    passes = [
        leg(begin + 300, 10, 90, begin=begin, at=(begin / 1e4, 0), every=30)
        for begin in range(0, 60_000, 6000)
    ]
    kinds = [k for k, revision, _ in told(watch(passes, BY_MMSI, until=62_000)) if not revision]
    assert kinds == ["listed_seen", "listed_lost", "listed_seen"]
    kinds = [k for k, *_ in told(watch(passes, BY_MMSI, until=62_000, longest_s=60.0))]
    assert kinds.count("listed_lost") == 10


def test_a_silence_between_two_ticks_is_one_too():
    ways = [leg(1000, 10, 90), leg(4000, 10, 90, begin=3000, at=(0.1, 0))]
    often = watch(ways, BY_MMSI, lost_s=600.0, until=20_000)
    assert len(often) == 6
    assert told(watch(ways, BY_MMSI, lost_s=600.0, until=20_000, tick_s=7200.0)) == told(often)


def test_a_silence_of_less_than_the_limit_is_none():
    ways = [leg(1000, 10, 90), leg(5000, 10, 90, begin=4500, at=(0.1, 0))]
    assert [k for k, *_ in told(watch(ways, BY_MMSI))].count("listed_seen") == 2  # and its end
    assert len(watch(ways, BY_MMSI, lost_s=600.0)) == 6


@pytest.mark.parametrize(
    ("marks", "given", "by"),
    [
        (Marks(imos=frozenset((9_074_729,))), {"imo": 9_074_729}, "IMO number"),
        (Marks(callsigns=frozenset(("9HA2345",))), {"callsign": b"9HA2345"}, "call sign"),
        (Marks(names=frozenset(("SEA STAR",))), {"name": b"SEA  STAR"}, "name"),
    ],
)
def test_known_once_it_has_said_who_it_is(marks, given, by):
    way = leg(4000, 10, 90)
    line = 501  # the other vessel reports every minute, this one every ten seconds
    events = watch([way], marks, [says(2150, line, **given)])
    (seen, *_) = events
    assert seen.kind == "listed_seen"
    assert seen.time == START + np.timedelta64(2150, "s")
    assert f"known by its {by}" in seen.evidence["words"]


def test_a_list_that_changes():
    way = leg(12_000, 10, 90, every=30)
    events = watch([way], BY_MMSI, cuts=2, later=Marks())
    assert told(events) == [("listed_seen", 0, 0)]
    events = watch([way], Marks(), cuts=2, later=BY_MMSI)
    assert events[0].kind == "listed_seen"
    assert events[0].time > START + np.timedelta64(3600, "s")


@pytest.mark.parametrize("restarts", [False, True])
def test_cutting_into_batches_changes_nothing(restarts):
    ways = [
        leg(1000, 10, 90), leg(9000, 10, 90, begin=8000, at=(0.1, 0)),
        leg(9000, 10, 0, begin=700, at=(9, 9), mmsi=OTHER),
    ]  # fmt: skip
    marks = Marks(mmsis=frozenset((SHIP,)), names=frozenset(("SEA STAR",)))
    statics = [says(1500, 301, OTHER, name=b"SEA STAR")]
    whole = watch(ways, marks, statics)
    assert len(whole) == 7
    for cuts in (2, 23):
        assert watch(ways, marks, statics, cuts, restarts=restarts) == whole


def test_names_are_searched_as_people_write_them():
    assert listed_key(b"sea  star ") == listed_key("Sea Star") == "SEA STAR"


def test_a_limit_that_cannot_be_is_refused():
    with pytest.raises(ConfigError, match=r"detect\.listed"):
        ListedConfig(lost_s=0)
