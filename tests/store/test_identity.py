"""Identities folded from partial reports: as one report after the other would."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.columns import columns_of
from ingest.records import Positions, Statics
from store import registry
from store.database import Database
from store.identity import fold
from store.runs import SourceId, begin_run
from store.schema import IDENTITY
from store.writer import Writer

NOON = np.datetime64("2026-11-20T12:00:00", "us")
ABSENT = {column.name: column.absent for column in columns_of(Statics)}
DIMENSIONS = ("to_bow", "to_stern", "to_port", "to_starboard")

REPORT = st.fixed_dictionaries({
    "mmsi": st.integers(1, 3),
    "minute": st.integers(0, 5),
    "name": st.sampled_from([b"", b"A", b"B"]),
    "imo": st.sampled_from([0, 9000001, 9000002]),
    "draught": st.sampled_from([float("nan"), 4.5, 6.0]),
    "to_bow": st.sampled_from([0, 0, 100]),
    "to_port": st.sampled_from([0, 0, 10]),
})  # fmt: skip


def as_statics(reports) -> Statics:
    columns = {name: np.array([r[name] for r in reports]) for name in reports[0]}
    minutes = columns.pop("minute") * np.timedelta64(1, "m")
    return Statics.absent(len(reports), time=NOON + minutes, **columns)


def blank(rows: int) -> dict:
    known = Statics.absent(rows)
    return {name: getattr(known, name) for name in ("time", *IDENTITY)}


def one_by_one(reports) -> dict[int, dict]:
    """The rule in its plainest words."""
    vessels: dict[int, dict] = {}
    for report in reports:
        vessel = vessels.setdefault(report["mmsi"], {"minute": -1})
        late = report["minute"] < vessel["minute"]
        for group in (("name",), ("imo",), ("draught",), ("to_bow", "to_port")):
            said = any(report[n] not in (0, b"") and report[n] == report[n] for n in group)
            if said and not (late and any(n in vessel for n in group)):
                vessel.update({n: report[n] for n in group})
        vessel["minute"] = max(vessel["minute"], report["minute"])
    return vessels


@settings(max_examples=150, deadline=None)
@given(st.lists(REPORT, min_size=1, max_size=12), st.data())
def test_any_cut_gives_what_one_by_one_gives(reports, data):
    known = blank(4)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(reports)), max_size=3)))
    for begin, end in zip([0, *cuts], [*cuts, len(reports)], strict=True):
        if begin < end:
            part = as_statics(reports[begin:end])
            fold(known, part, part.mmsi.astype(int))
    for mmsi, vessel in one_by_one(reports).items():
        assert known["time"][mmsi] == NOON + vessel["minute"] * np.timedelta64(1, "m")
        for name in ("name", "imo", "draught", "to_bow", "to_port"):
            np.testing.assert_equal(known[name][mmsi], vessel.get(name, ABSENT[name]), name)


def test_the_registry_knows_each_vessel_once(database, run, make):
    writer = Writer(database)
    later = NOON + np.timedelta64(1, "h")
    writer.commit(make.commit(
        run, positions=make.positions([7, 8], later), statics=make.statics(7, name=b"EVER GIVEN"),
    ))  # fmt: skip
    writer.commit(make.commit(run, statics=make.statics(7, imo=9811000, callsign=b"H3RC")))
    writer.commit(make.commit(run, messages=make.messages(9, b"x")))
    vessel = database.vessel(7)
    assert (vessel["name"], vessel["imo"], vessel["callsign"]) == ("EVER GIVEN", 9811000, "H3RC")
    assert vessel["first_seen"] == "2026-11-20T12:00:00Z"
    assert vessel["last_seen"] == "2026-11-20T13:00:00Z"
    assert vessel["draught"] is None
    assert database.vessel(8)["name"] is None
    assert database.counts()["vessels"] == 3


def test_vessels_are_found_by_what_people_know(database, run, make):
    named = {
        7: {"name": b"EVER GIVEN", "imo": 9811000, "callsign": b"H3RC"},
        21: {"name": b"100% PURE_X", "callsign": b"7TEST"},
        353136000: {"name": b"OTHER"},
    }
    reports = [make.statics(mmsi, **given_) for mmsi, given_ in named.items()]
    Writer(database).commit(make.commit(run, statics=Statics.concat(reports)))

    def found(text: str, **more: int) -> list[int]:
        return sorted(vessel["mmsi"] for vessel in database.search(text, **more))

    assert found("given") == found(" h3r") == found("98110") == [7]
    assert found("35313") == [353136000]
    assert found("7") == [7, 21]
    assert found("000000007") == [7]
    assert found("%") == found("e_x") == [21]
    assert found("") == found("nobody") == found("'; DROP TABLE vessels; --") == []
    assert len(found("e", limit=1)) == 1


def test_a_commit_of_many_vessels_is_folded_in_by_parts(database, run, make, monkeypatch):
    monkeypatch.setattr(registry, "AT_ONCE", 3)
    random = np.random.default_rng(5)
    writer, known, seen = Writer(database), blank(41), {}
    for _ in range(4):
        heard = make.traffic(60, vessels=40)
        mmsi = 1 + random.integers(0, 40, 60)
        said = Statics.concat([
            make.statics(m, name=b"N%d" % i, draught=float(i), imo=i % 2)
            for i, m in enumerate(mmsi.tolist())
        ])  # fmt: skip
        fold(known, said, mmsi)
        seen |= dict.fromkeys([*mmsi.tolist(), *heard.mmsi.tolist()])
        writer.commit(make.commit(run, positions=heard, statics=said))
    assert database.counts()["vessels"] == len(seen)
    for one in set(mmsi.tolist()):
        vessel = database.vessel(one)
        assert vessel["name"] == known["name"][one].decode()
        assert vessel["draught"] == known["draught"][one]


def test_a_flood_of_invented_vessels_passes_with_the_memory_a_replay_gives(tmp_path, make):
    n = 250_000
    with Database.open(tmp_path / "flood.db", memory_limit_mb=32) as small:
        run = begin_run(small, [SourceId("flood.nmea", 10, "aa")], {}).number
        writer = Writer(small)
        for turn in range(2):
            mmsi = np.random.default_rng(turn).permutation(n) + 100_000_000 + turn * n
            lines = np.arange(n) + turn * n
            time = np.full(n, NOON)
            named = {"mmsi": mmsi, "time": time, "line": lines, "name": mmsi.astype("S9")}
            writer.commit(make.commit(
                run, positions=Positions.absent(n, mmsi=mmsi, time=time, line=lines),
                statics=Statics.absent(n, **named),
            ))  # fmt: skip
            writer.tidy()
        assert small.counts()["vessels"] == 2 * n
        assert small.vessel(100_000_007)["name"] == "100000007"
