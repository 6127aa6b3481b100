"""The policy against a judge that looks at one row at a time, and knows nothing of tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partners import BOXES, MMSIS, NOW, T0, messages, partner, policies, positions, statics
from records import assert_same

from detect.identity import FORMS, form_and_flag
from ingest.columns import columns_of
from ingest.records import Positions
from ingest.shiptypes import type_name
from share.fields import ALWAYS, GRANTABLE
from share.ground import Ground

# What a vessel says of itself: by MMSI, the same in every batch.
SHIP_TYPES = (0, 30, 35, 52, 55, 70, 80, 37, 99, 10)
IMOS = (0, 9_074_729, 9_319_466)
STATIONS = [b"", b"north/r1", b"south", b"secret/x", b"ours"]

rows_of = st.lists(
    st.fixed_dictionaries({
        "mmsi": st.sampled_from(MMSIS), "time": st.integers(-600, 600).map(lambda s: s / 2),
        "msg_type": st.sampled_from([1, 3, 18, 19, 27, 9, 4]),
        "lon": st.sampled_from([-1.0, 0.0, 3.5, 7.25, 10.0, 14.0, 105.0, np.nan]),
        "lat": st.sampled_from([-11.0, -5.0, 0.0, 2.5, 10.0, 10.5]),
        "sog": st.just(7.5), "station": st.integers(0, 4), "status": st.just(5),
    }),
    max_size=30,
)  # fmt: skip
said_of = st.lists(
    st.fixed_dictionaries({
        "mmsi": st.sampled_from(MMSIS), "ship_type": st.sampled_from(SHIP_TYPES),
        "imo": st.sampled_from(IMOS), "to_bow": st.sampled_from([0, 30, 100]),
        "name": st.just(b"NAME"), "destination": st.just(b"PECLL"),
        "station": st.integers(0, 4), "msg_type": st.sampled_from([5, 24]),
    }),
    max_size=12, unique_by=lambda row: row["mmsi"],
)  # fmt: skip
some_areas = st.lists(st.sampled_from([*BOXES, "past"]), max_size=2, unique=True)
grants = st.fixed_dictionaries({
    "areas": st.one_of(st.just(["all"]), some_areas),
    "classes": st.one_of(
        st.just(["all"]),
        st.lists(st.sampled_from(["A", "B", "cargo", "tanker", "unknown", "aid", "military"]),
                 max_size=3, unique=True),
    ),
    "lists": st.sampled_from([[], ["friends"]]), "not_lists": st.sampled_from([[], ["grey"]]),
    "profile": st.sampled_from(["", "merchant"]),
    "types": st.one_of(st.just("all"), st.lists(st.integers(1, 27), max_size=8)),
    "fields": st.one_of(st.just(["all"]), st.lists(st.sampled_from(GRANTABLE), max_size=6)),
    "delay_s": st.sampled_from([0, 3600, 3700]), "labels": st.sampled_from([[], ["secret"]]),
    "thin_s": st.sampled_from([0, 60, 200]),
    "not_areas": st.lists(st.sampled_from(["far", "south"]), max_size=1),
})  # fmt: skip


def agreeing(grant: dict[str, Any]) -> dict[str, Any]:
    kept = [name for name in grant["not_areas"] if name not in grant["areas"]]
    return {**grant, "not_areas": kept}


class Oracle:
    """One row at a time."""

    def __init__(self, grant: dict[str, Any], said: list[dict[str, Any]]) -> None:
        self.grant, self.units = grant, {}
        self.said = {row["mmsi"]: row for row in said}
        self.place: dict[int, tuple[float, float, float]] = {}
        self.last: dict[int, float] = {}

    def meet(self, rows: list[dict[str, Any]], said: list[dict[str, Any]]) -> None:
        unit = {1: "A", 3: "A", 5: "A", 18: "B", 19: "B"}
        for row in (*rows, *(r for r in said if r["msg_type"] == 5)):
            if row["msg_type"] in unit:
                self.units.setdefault(row["mmsi"], set()).add(unit[row["msg_type"]])
        for row in said:
            if row["msg_type"] == 24 and not self.units.get(row["mmsi"]):
                self.units[row["mmsi"]] = {"B"}
        for row in rows:
            before = self.place.get(row["mmsi"])
            if not np.isnan(row["lon"]) and (before is None or row["time"] >= before[2]):
                self.place[row["mmsi"]] = (row["lon"], row["lat"], row["time"])

    def classes(self, mmsi: int) -> set[str]:
        kind = FORMS[form_and_flag(mmsi)[0]]
        number = self.said.get(mmsi, {}).get("ship_type", 0)
        found = {kind, *self.units.get(mmsi, ())}
        if number:
            found.add(type_name(number) or "other")
        elif kind in ("vessel", "craft", "doubtful"):
            found.add("unknown")
        return found

    def inside(self, names: list[str], lon: float, lat: float) -> bool:
        return any(
            b[0] <= lon <= b[2] and b[1] <= lat <= b[3]
            for b in (BOXES[n] for n in names if n != "past")
        )

    def may_place(self, lon: float, lat: float) -> bool:
        grant = self.grant
        if np.isnan(lon):
            return "all" in grant["areas"] and not grant["not_areas"]
        if self.inside(grant["not_areas"], lon, lat):
            return False
        return "all" in grant["areas"] or self.inside(grant["areas"], lon, lat)

    def may_vessel(self, mmsi: int) -> bool:
        grant, said = self.grant, self.said.get(mmsi)
        classes = self.classes(mmsi)
        wanted = "all" in grant["classes"] or classes & set(grant["classes"])
        if not wanted and not (grant["lists"] and mmsi == 244_000_005):
            return False
        listed = said is None or mmsi == 244_000_003 or said["imo"] == 9_074_729
        if grant["not_lists"] and listed:
            return False
        if grant["profile"]:
            if said is None or not said["ship_type"] or said["ship_type"] in (35, 55):
                return False
            return "vessel" in classes and bool(said["imo"] or said["to_bow"] >= 45)
        return True

    def may(self, row: dict[str, Any], lon: float, lat: float) -> bool:
        grant = self.grant
        types = range(1, 28) if grant["types"] == "all" else grant["types"]
        if row["msg_type"] not in types or (row["station"] == 3 and not grant["labels"]):
            return False
        if not self.may_vessel(row["mmsi"]) or not self.may_place(lon, lat):
            return False
        return not grant["delay_s"] or row["time"] + grant["delay_s"] <= 3600

    def position(self, row: dict[str, Any]) -> bool:
        if not self.may(row, row["lon"], row["lat"]):
            return False
        last, thin = self.last.get(row["mmsi"]), self.grant["thin_s"]
        if thin and last is not None and row["time"] - last < thin:
            return False
        self.last[row["mmsi"]] = row["time"]
        return True

    def static(self, row: dict[str, Any]) -> bool:
        lon, lat, _ = self.place.get(row["mmsi"], (np.nan, np.nan, 0))
        return self.may(row, lon, lat)


@settings(max_examples=250)
@given(grant=grants.map(agreeing), batches=st.lists(rows_of, min_size=1, max_size=3), said=said_of)
def test_a_partner_gets_what_a_judge_of_single_rows_would_give_it_and_no_field_more(
    grant: dict[str, Any], batches: list[list[dict[str, Any]]], said: list[dict[str, Any]]
) -> None:
    among = policies(partner(**grant), labels=[{"name": "secret", "sources": ["secret"]}])
    oracle, policy = Oracle(grant, said), among["p"]
    for number, rows in enumerate(batches):
        first = said if number == 0 else []
        numbered = [{**row, "line": len(first) + i} for i, row in enumerate(rows)]
        told = [{**row, "time": 0.0, "line": i} for i, row in enumerate(first)]
        batch = positions(*numbered)
        seen = among.see(batch, statics(*told), stations=STATIONS)
        oracle.meet(numbered, told)
        got, got_statics, _ = policy.rows(seen, NOW)
        expected = [row for row in numbered if oracle.position(row)]
        assert got.mmsi.tolist() == [row["mmsi"] for row in expected]
        assert got.time.tolist() == positions(*expected).time.tolist()
        may_have = {*ALWAYS, *policy.fields}
        whole = positions(*expected)
        for column in columns_of(Positions):
            values = getattr(got, column.name)
            if column.name in may_have:
                np.testing.assert_array_equal(values, getattr(whole, column.name))
            else:
                np.testing.assert_array_equal(
                    values, getattr(Positions.absent(len(got)), column.name)
                )
        assert got_statics.mmsi.tolist() == [r["mmsi"] for r in told if oracle.static(r)]
        if "name" not in policy.fields:
            assert not got_statics.name.astype(bool).any()


def test_what_is_not_granted_is_not_given() -> None:
    batch = positions({}), statics({}), messages({"payload": b"85Mwp", "msg_type": 8})
    for missing in ("areas", "classes", "types"):
        among = policies(partner(**{missing: []}))
        grounds = among["p"].judge(among.see(*batch), NOW)
        assert grounds.positions[0]
        assert grounds.statics[0]
        assert grounds.messages[0]
    among = policies(partner(fields=[]))
    got, said, _ = among["p"].rows(among.see(*batch), NOW)
    assert np.isnan(got.lon[0])
    assert said.imo[0] == 0


def test_an_area_ends_at_its_edge_and_with_its_time() -> None:
    among = policies(partner(areas=["north"]), partner(name="q", areas=["past"]))
    seen = among.see(positions({"lon": 10.0}, {"lon": 10.000002}))
    assert among["p"].judge(seen, NOW).positions.tolist() == [0, Ground.AREA]
    assert among["q"].judge(seen, NOW).positions.tolist() == [Ground.AREA] * 2


def test_an_area_kept_from_a_partner_goes_before_one_granted() -> None:
    among = policies(partner(areas=["north"], not_areas=["south"]))
    seen = among.see(positions({"lon": 4.0}, {"lon": 6.0}))
    assert among["p"].judge(seen, NOW).positions.tolist() == [0, Ground.EXCLUDED_AREA]


def test_a_static_is_where_its_vessel_is_and_of_an_unknown_place_it_is_nowhere() -> None:
    among = policies(partner(areas=["north"]))
    seen = among.see(positions(), statics({}))
    assert among["p"].judge(seen, NOW).statics.tolist() == [Ground.NO_PLACE]
    among.see(positions({}))
    assert among["p"].judge(among.see(positions(), statics({})), NOW).statics.tolist() == [0]
    among.see(positions({"lon": 50.0, "time": 10}))
    seen = among.see(positions(), statics({}))
    assert among["p"].judge(seen, NOW).statics.tolist() == [Ground.AREA]


def test_a_vessel_that_shows_it_is_of_a_state_is_gone_at_once() -> None:
    among = policies(partner(profile="merchant"))
    told = {"ship_type": 70, "imo": 9_319_466}
    assert among["p"].judge(among.see(positions({}), statics(told)), NOW).positions[0] == 0
    told = {"ship_type": 35, "time": 5}
    seen = among.see(positions({"time": 6}), statics(told))
    assert among["p"].judge(seen, NOW).positions[0] == Ground.NOT_MERCHANT


@pytest.mark.parametrize(("payload", "kind"), [(b"63M0o:ib7U3h00", 6), (b"<5?SIj1;GbD07??4", 12)])
def test_a_message_to_a_vessel_that_is_kept_back_is_kept_back(payload: bytes, kind: int) -> None:
    from share.named import named

    (other,) = named(kind, payload)
    among = policies(partner(not_areas=["south"]))
    said = messages({"msg_type": kind, "payload": payload, "line": 9})
    seen = among.see(positions({}, {"mmsi": other, "lon": 12.0}), messages=said)
    assert among["p"].judge(seen, NOW).messages.tolist() == [Ground.NAMES_ANOTHER]
    seen = among.see(positions({"time": 5}, {"mmsi": other, "lon": 2.0, "time": 5}), messages=said)
    assert among["p"].judge(seen, NOW).messages.tolist() == [0]


def test_a_mother_ship_that_is_kept_back_is_not_named() -> None:
    among = policies(partner(not_lists=["grey"]))
    craft = {"mmsi": 982_441_234, "msg_type": 24, "mothership": 244_000_003, "line": 5}
    seen = among.see(positions({"mmsi": 982_441_234}, {"mmsi": 244_000_003}), statics(craft))
    _, said, _ = among["p"].rows(seen, NOW)
    assert said.mothership.tolist() == [0]
    lines, ground = among["p"].sentences(seen, NOW)
    assert dict(zip(lines.tolist(), ground.tolist(), strict=True))[5] == Ground.NAMES_ANOTHER


def test_a_sentence_goes_whole_or_not_at_all() -> None:
    among = policies(partner(fields=["lon", "lat", "sog"]))
    seen = among.see(positions({}))
    assert among["p"].judge(seen, NOW).positions[0] == 0
    assert among["p"].sentences(seen, NOW)[1].tolist() == [Ground.FIELDS]


def test_access_ends_when_it_expires_and_when_it_is_revoked() -> None:
    among = policies(partner(expires="2026-09-14T04:30:00Z"), partner(name="q"))
    seen = among.see(positions({}))
    ends = int((T0 + np.timedelta64(30, "m")).astype(np.int64))
    assert among["p"].judge(seen, ends - 1).positions[0] == 0
    assert among["p"].judge(seen, ends).positions[0] == Ground.EXPIRED
    assert among["q"].judge(seen, NOW).positions[0] == 0
    among["q"].revoked = True
    assert among["q"].judge(seen, NOW).positions[0] == Ground.NOT_ENABLED


def test_who_gives_nothing_gets_nothing_until_it_gives_again() -> None:
    among = policies(partner(contributes="theirs", contribute_minutes=10))
    policy, stations = among["p"], [b"", b"ours", b"theirs/r1"]
    late = NOW + 11 * 60_000_000
    assert not policy.gate(NOW)
    seen = among.see(positions({"station": 1}), stations=stations, now=late)
    assert policy.judge(seen, late).positions[0] == Ground.NOT_CONTRIBUTING
    seen = among.see(positions({"station": 2, "time": 1}), stations=stations, now=late)
    assert policy.judge(seen, late).positions[0] == 0
    assert policy.own(np.array([0, 1, 2])).tolist() == [False, False, True]


def test_an_exercise_goes_to_nobody() -> None:
    among = policies(partner(), drills=["drill"])
    seen = among.see(positions({"station": 1}, {}), stations=[b"", b"drill/a"])
    assert among["p"].judge(seen, NOW).positions.tolist() == [Ground.EXERCISE, 0]


def test_a_flood_of_invented_vessels_lets_no_kept_vessel_through() -> None:
    among = policies(partner(not_lists=["grey"]), capacity=64)
    for turn in range(20):
        flood = [{"mmsi": 300_000_000 + turn * 60 + i, "line": turn * 100 + i} for i in range(60)]
        seen = among.see(positions(*flood, {"mmsi": 244_000_003, "line": turn * 100 + 99}))
        got, _, _ = among["p"].rows(seen, NOW)
        assert 244_000_003 not in got.mmsi


def test_looking_is_not_thinning() -> None:
    among = policies(partner(thin_s=60))
    seen = among.see(positions({}))
    for _ in range(2):
        assert among["p"].judge(seen, NOW, thin=False).positions[0] == 0
    assert_same(among["p"].rows(seen, NOW)[0].take(slice(0, 0)), Positions.empty())
    assert among["p"].judge(seen, NOW).positions[0] == Ground.THINNED


def test_what_comes_late_does_not_move_a_vessel_back() -> None:
    among = policies(partner(areas=["north"]))
    among.see(positions({"lon": 50.0, "time": 10}))
    among.see(positions({"lon": 1.0, "time": 5}))
    seen = among.see(positions(), statics({}))
    assert among["p"].judge(seen, NOW).statics.tolist() == [Ground.AREA]


def test_rows_of_one_vessel_find_each_other_wherever_their_lines_stand() -> None:
    among = policies(partner(classes=["cargo"]))
    a, b = {"mmsi": 244_000_000}, {"mmsi": 244_000_001}
    said = statics({**b, "ship_type": 35, "line": 0}, {**a, "ship_type": 70, "line": 1})
    seen = among.see(positions({**a, "line": 2}, {**b, "line": 3}, {**a, "line": 4}), said)
    found = among["p"].judge(seen, NOW)
    assert found.positions.tolist() == [0, Ground.CLASS, 0]
    assert found.statics.tolist() == [Ground.CLASS, 0]
