"""Labels are true: what each says happened did happen, by positions before any noise."""

from functools import cache

import numpy as np
import pytest
import shapely

import replay_data
from detect.mid import FLAGS
from geofence.coast import distance_from_shore, on_land
from geofence.library import load as load_zones
from simulate.earth import KNOT, metres_per_degree
from simulate.fleet import Equipment
from simulate.incidents.almost import KINDS as ALMOST
from simulate.legs import Way
from simulate.motion import state_at
from simulate.overlay import Effect
from simulate.scenario import read_scenario
from simulate.stage import set_stage
from simulate.truth import Label

SEED = 5
NAMES = tuple(name for name in replay_data.scenarios() if name != replay_data.BUNDLED)
MILE = 1852.0


class Scene:
    """A scenario staged: everything but its sentences."""

    def __init__(self, name: str) -> None:
        self.scenario = read_scenario(replay_data.scenarios()[name])
        self.stage = set_stage(self.scenario, SEED)
        self.fleet, self.legs = self.stage.finish()

    def rows(self, label: Label) -> list[int]:
        return [int(np.flatnonzero(self.fleet.mmsi == m)[0]) for m in label.mmsi]

    def track(self, row, start, end, step=10.0):
        time = np.arange(start, end, step)
        return time, state_at(self.legs, self.stage.paths, np.full(len(time), row), time)


@cache
def staged(name: str) -> Scene:
    return Scene(name)


def labels(kind: str, case: str = ""):
    found = [
        (scene, label)
        for scene in map(staged, NAMES)
        for label in scene.stage.labels
        if label.kind == kind and (not case or label.parameters["case"] == case)
    ]
    assert len(found) >= (1 if case == "outage" else 2), (kind, case)
    return found


def metres(one, two):
    per_lon, per_lat = metres_per_degree(one.lat)
    return np.hypot((two.lon - one.lon) * per_lon, (two.lat - one.lat) * per_lat)


def off(one, two):
    return np.abs((one - two + 180.0) % 360.0 - 180.0)


def test_every_kind_is_there_twice_and_every_hard_case():
    kinds = {
        "gap_start", "gap_end", "reception_lost", "reception_back", "rendezvous",
        "dark_rendezvous", "proximity", "collision_risk", "approach", "loitering", "drifting",
        "sudden_stop", "speed_over", "fishing", "wrong_way", "anchor_drag", "cable_threat",
        "safety_zone", "impossible_movement", "on_land", "identity_twice", "displaced", "jammed",
        "identity_change", "status_mismatch", "listed_seen", "port_stop", "port_call", "distress",
        "distress_test",
    }  # fmt: skip
    cases = {
        "pilot_transfer", "tug_assist", "ferry", "bunkering", "dredger", "fishing_open",
        "anchored_on_fence", "out_of_range", "late_data", "typo", "outage", "convoy",
        *(f"almost_{kind}" for kind in ALMOST if kind != "approach"),
    }  # fmt: skip
    for kind in kinds:
        labels(kind)
    for case in cases:
        labels("calm", case)


def test_ids_are_distinct_and_labels_within_the_scenario():
    for name in NAMES:
        scene = staged(name)
        ids = [label.id for label in scene.stage.labels]
        assert len(set(ids)) == len(ids)
        for label in scene.stage.labels:
            assert 0 <= label.start <= label.end <= scene.scenario.hours * 3600 + 600, label.id
            assert set(label.mmsi) <= set(scene.fleet.mmsi.tolist())


def test_no_two_ships_share_an_imo_number():
    for name in NAMES:
        fleet = staged(name).fleet
        pairs = {(int(i), int(m)) for i, m in zip(fleet.imo, fleet.mmsi, strict=True) if i}
        assert len({imo for imo, _ in pairs}) == len(pairs), name


def test_another_seed_moves_times_places_and_craft():
    scenario = read_scenario(replay_data.scenarios()["fishing-ground"])
    one, two = (
        {label.id: label for label in set_stage(scenario, seed).labels} for seed in (SEED, SEED + 1)
    )
    assert one.keys() == two.keys()
    drawn = [i for i, label in one.items() if label.parameters.get("incident")]
    assert len(drawn) > 10
    for name in drawn:
        assert (one[name].lon, one[name].mmsi) != (two[name].lon, two[name].mmsi)
        assert one[name].start != two[name].start or one[name].start == 0.0


def test_the_craft_of_incidents_keep_to_the_water():
    for name in NAMES:
        scene = staged(name)
        inland = {m for label in scene.stage.labels if label.kind == "on_land" for m in label.mmsi}
        rows = {r for label in scene.stage.labels for r in scene.rows(label)}
        for row in rows:
            if scene.fleet.mmsi[row] in inland or scene.fleet.equipment[row] > Equipment.BSO:
                continue
            _, state = scene.track(row, 0.0, scene.scenario.hours * 3600, 300.0)
            there = state.way != Way.ABSENT
            deep = on_land(state.lon, state.lat) & there
            deep[deep] = distance_from_shore(state.lon[deep], state.lat[deep]) > 1000.0
            assert not deep.any(), (name, scene.fleet.mmsi[row])


def test_no_craft_jumps_from_one_leg_to_the_next():
    for name in NAMES:
        scene = staged(name)
        legs = scene.legs
        later = np.flatnonzero((legs.since > 0) & (legs.way != Way.ABSENT))
        later = later[(legs.vessel[later - 1] == legs.vessel[later])]
        later = later[legs.way[later - 1] != Way.ABSENT]
        who, when = legs.vessel[later], legs.since[later]
        one, two = (state_at(legs, scene.stage.paths, who, when + d) for d in (-0.05, 0.05))
        assert (metres(one, two) < 12.0).all(), name


def test_a_gap_is_silence_in_good_range_for_over_six_hours():
    for scene, label in labels("gap_start"):
        (row,) = scene.rows(label)
        (dark,) = [o for o in scene.stage.overlays if o.vessel == row]
        assert dark.effect == Effect.SILENT
        assert (dark.since, label.end) == (label.start, dark.until)
        assert dark.until - dark.since > 6.2 * 3600
        _, state = scene.track(row, label.start - 2000, label.end, 120.0)
        there = state.way != Way.ABSENT
        assert scene.stage.water.covered(state.lon[there], state.lat[there], 1.1).all()
        assert there.sum() * 120 > 6.2 * 3600


@pytest.mark.parametrize("kind", ["rendezvous", "dark_rendezvous"])
def test_a_rendezvous_is_slow_close_and_far_from_port(kind):
    for scene, label in labels(kind):
        a, b = scene.rows(label)
        (_, one), (_, two) = (scene.track(r, label.start + 30, label.end) for r in (a, b))
        fast = label.parameters["form"] == "fast"
        assert metres(one, two).max() < (250 if fast else 500)
        assert max(one.sog.max(), two.sog.max()) < 2.0
        assert scene.stage.water.port_m(one.lon, one.lat).min() > 10_000
        hold = {"normal": 2.0, "fast": 0.5, "dark": 1.0}[label.parameters["form"]] * 3600
        assert label.end - label.start > hold
        if kind == "dark_rendezvous":
            (dark,) = [o for o in scene.stage.overlays if o.vessel == b]
            assert dark.since < label.start
            assert dark.until > label.end


def test_two_on_collision_courses_are_twelve_minutes_from_passing_under_half_a_mile():
    for scene, label in labels("collision_risk"):
        a, b = scene.rows(label)
        (time, one), (_, two) = (scene.track(r, label.start, label.end + 300, 2.0) for r in (a, b))
        away = metres(one, two)
        assert away.min() < 0.5 * MILE
        assert abs(time[np.argmin(away)] - label.end) < 90
        assert one.sog.min() > 3.0
        assert two.sog.min() > 3.0


def test_two_in_proximity_are_within_three_lengths_for_minutes():
    for scene, label in labels("proximity"):
        a, b = scene.rows(label)
        (_, one), (_, two) = (scene.track(r, label.start, label.end) for r in (a, b))
        length = (scene.fleet.to_bow + scene.fleet.to_stern)[[a, b]].max()
        assert metres(one, two).max() < min(3.0 * length, 1000.0)
        assert label.end - label.start > 240


def test_skiffs_close_fast_on_the_protected_ship():
    for scene, label in labels("approach"):
        ship, *skiffs = scene.rows(label)
        beside = replay_data.beside(replay_data.scenarios()[scene.scenario.name])
        assert str(label.mmsi[0]) in beside["--list"].read_text()
        assert skiffs
        for skiff in skiffs:
            (_, one), (_, two) = (scene.track(r, label.start, label.end) for r in (ship, skiff))
            away = metres(one, two)
            assert away[0] > 2500
            assert away.min() < 300
            assert two.sog.max() > 15


def test_a_loiterer_stays_slow_in_a_small_circle_far_out():
    for scene, label in labels("loitering"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start, label.end, 60.0)
        assert state.sog.mean() < 2.0
        assert label.end - label.start > 4 * 3600
        per_lon, per_lat = metres_per_degree(state.lat)
        reach = np.hypot(
            (state.lon - state.lon.mean()) * per_lon, (state.lat - state.lat.mean()) * per_lat
        )
        assert reach.max() < 3000
        if scene.scenario.name != "satellite-ocean":
            assert distance_from_shore(state.lon, state.lat).min() > 20 * MILE - 1500


def test_a_drifter_goes_broadside():
    for scene, label in labels("drifting"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start + 10, label.end)
        assert state.sog.min() >= 1.0
        assert state.sog.max() <= 5.0
        assert off(state.cog, state.heading).min() > 45.0
        assert scene.fleet.to_bow[row] + scene.fleet.to_stern[row] >= 50


def test_a_sudden_stop_is_from_seven_knots_to_one_in_half_a_minute():
    for scene, label in labels("sudden_stop"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start - 1, label.start + 91, 1.0)
        assert state.sog[0] > 7.0
        assert state.sog[31:].max() < 1.0


def test_a_dragging_anchor_keeps_its_status_and_leaves_its_circle():
    for scene, label in labels("anchor_drag"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start - 3600, label.end)
        assert (state.status == 1).all()
        _, dragged = scene.track(row, label.start, label.end)
        assert metres(dragged.take(slice(0, 1)), dragged.take(slice(-1, None)))[0] > 900


def test_a_wrong_status_is_shown_under_way_or_lying_for_hours():
    for scene, label in labels("status_mismatch"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start + 60, label.end)
        if label.parameters["form"] == "moving":
            (shown,) = [o for o in scene.stage.overlays if o.vessel == row]
            assert shown.effect == Effect.STATUS
            assert shown.p[0] in (1, 5)
            assert state.sog.min() > 3.0
        else:
            assert (state.status == 0).all()
            assert state.sog.max() < 0.5
            assert label.end - label.start > 5 * 3600


def test_who_speeds_is_faster_than_the_zone_allows():
    for scene, label in labels("speed_over"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start, label.end)
        zone = scene.scenario.known[label.parameters["zone"]]
        assert zone.speed_limit_kn == 8
        assert state.sog.min() > zone.speed_limit_kn + 1
        assert shapely.intersects_xy(zone.geometry, state.lon, state.lat).mean() > 0.95
        assert label.end - label.start > 240


def test_a_poacher_works_slowly_and_turning_in_the_closed_area():
    untyped = 0
    for scene, label in labels("fishing"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start, label.end, 30.0)
        zone = scene.scenario.known[label.parameters["zone"]]
        assert shapely.intersects_xy(zone.geometry, state.lon, state.lat).mean() > 0.9
        assert ((state.sog > 1) & (state.sog < 5)).mean() > 0.8
        assert np.abs(np.diff(np.unwrap(state.cog, period=360.0))).sum() > 360.0
        untyped += scene.fleet.ship_type[row] == 0
    assert untyped


def test_who_goes_the_wrong_way_is_in_the_lane_on_the_opposite_course():
    for scene, label in labels("wrong_way"):
        (row,) = scene.rows(label)
        zone = scene.scenario.known[label.parameters["zone"]]
        _, state = scene.track(row, label.start, label.end)
        inside = shapely.intersects_xy(zone.geometry, state.lon, state.lat)
        assert zone.course_deg is not None
        against = inside & (off(state.cog, zone.course_deg + 180.0) < 30)
        assert against.sum() * 10 > 900
        assert inside.mean() > 0.8


def test_a_threat_to_a_cable_stays_over_it():
    for scene, label in labels("cable_threat"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start, label.end)
        zone = scene.scenario.known[label.parameters["zone"]]
        over = shapely.intersects_xy(zone.geometry, state.lon, state.lat)
        assert over.sum() * 10 > 1800
        assert np.median(state.sog) < 3.0


def test_a_safety_zone_is_entered_as_close_as_said():
    for scene, label in labels("safety_zone"):
        (row,) = scene.rows(label)
        zone = scene.scenario.known[label.parameters["zone"]]
        _, state = scene.track(row, label.start, label.end, 5.0)
        per_lon, per_lat = metres_per_degree(state.lat)
        (lon, lat), *_ = zone.centres
        assert np.hypot((state.lon - lon) * per_lon, (state.lat - lat) * per_lat).min() < 300


def test_a_leap_is_faster_than_any_ship():
    for scene, label in labels("impossible_movement"):
        (row,) = scene.rows(label)
        (leap,) = [o for o in scene.stage.overlays if o.vessel == row]
        east, north = np.array(leap.p) * metres_per_degree(np.array(label.lat))
        every = 6000.0 if scene.scenario.name == "satellite-ocean" else 30.0
        assert np.hypot(east, north) / every > 60 * KNOT
        assert label.parameters["leap_km"] == pytest.approx(np.hypot(east, north) / 1000, rel=0.03)


def test_a_ship_on_land_is_there_beyond_the_coastlines_error():
    for scene, label in labels("on_land"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start + 30, label.start + 600)
        assert on_land(state.lon, state.lat).all()
        assert distance_from_shore(state.lon, state.lat).min() > 2500


def test_two_with_one_mmsi_are_far_apart_and_say_the_same():
    for scene, label in labels("identity_twice"):
        rows = np.flatnonzero(scene.fleet.mmsi == label.mmsi[0])
        assert len(rows) == 2
        (_, one), (_, two) = (scene.track(r, label.start + 30, label.end - 30) for r in rows)
        assert metres(one, two).min() > 20_000


@pytest.mark.parametrize("kind", ["displaced", "jammed"])
def test_several_ships_lose_their_place_within_minutes(kind):
    for scene, label in labels(kind):
        rows = set(scene.rows(label))
        hit = [
            o for o in scene.stage.overlays
            if o.vessel in rows and label.start - 1 < o.since < label.end
        ]  # fmt: skip
        assert len(rows) >= 5
        assert {o.vessel for o in hit} == rows
        assert max(o.since for o in hit) - min(o.since for o in hit) < 120
        wanted = {Effect.NO_FIX} if kind == "jammed" else {Effect.CIRCLING, Effect.PLACED}
        assert {o.effect for o in hit} <= wanted


def test_an_identity_changes_in_one_thing_under_the_same_mmsi():
    changed = set()
    for scene, label in labels("identity_change"):
        what = label.parameters["change"]
        changed.add(what)
        row = np.flatnonzero(scene.fleet.mmsi == label.mmsi[0])
        if what == "imo_bad":
            figures = [int(c) for c in str(scene.fleet.imo[row[0]])]
            weighed = sum(f * w for f, w in zip(figures, range(7, 1, -1), strict=False))
            assert weighed % 10 != figures[6]
        elif what == "mid":
            assert label.mmsi[0] // 1_000_000 not in FLAGS
        else:
            said, other = (scene.fleet.take(row[k : k + 1]) for k in (0, 1))
            differs = {n for n in said.__slots__ if getattr(said, n)[0] != getattr(other, n)[0]}
            field = {"type": "ship_type", "size": "to_bow"}.get(what, what)
            assert differs == {field}
    assert len(changed) >= 6


def test_a_port_call_comes_in_lies_and_goes_out():
    for scene, label in labels("port_call"):
        (row,) = scene.rows(label)
        zone = load_zones({"port"}).by_id(label.parameters["zone"])
        _, state = scene.track(row, label.start - 120, label.end + 120)
        inside = shapely.intersects_xy(zone.geometry, state.lon, state.lat)
        assert not inside[0]
        assert not inside[-1]
        assert (state.sog < 0.2).sum() * 10 > 3600


def test_pilots_tugs_and_bunker_barges_lie_alongside():
    for case, close in (("pilot_transfer", 60), ("tug_assist", 80), ("bunkering", 80)):
        for scene, label in labels("calm", case):
            first, *others = scene.rows(label)
            for other in others:
                (_, one), (_, two) = (
                    scene.track(r, label.start, label.end, 5.0) for r in (first, other)
                )
                there = two.way != Way.ABSENT
                assert metres(one, two)[there].min() < close, case


def test_a_ship_at_anchor_swings_over_the_fence():
    for scene, label in labels("calm", "anchored_on_fence"):
        (row,) = scene.rows(label)
        zone = scene.scenario.known[label.parameters["zone"]]
        _, state = scene.track(row, label.start, label.end, 60.0)
        inside = shapely.intersects_xy(zone.geometry, state.lon, state.lat)
        assert 0.02 < inside.mean() < 0.98
        assert np.abs(np.diff(inside.astype(int))).sum() >= 2


def test_out_of_range_is_out_of_everybodys_range_for_hours():
    for scene, label in labels("calm", "out_of_range"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start, label.end, 60.0)
        ashore = [s for s in scene.scenario.station if not s.satellite]
        per_lon, per_lat = metres_per_degree(state.lat)
        heard = np.zeros(len(state.lon), bool)
        for s in ashore:
            away = np.hypot((state.lon - s.at[0]) * per_lon, (state.lat - s.at[1]) * per_lat)
            heard |= away < s.range_nm * MILE
        assert (~heard).sum() * 60 > 6 * 3600
        assert heard[:10].any()


def test_what_is_almost_something_falls_short_of_it():
    for scene, label in labels("calm", "almost_gap"):
        (row,) = scene.rows(label)
        (dark,) = [o for o in scene.stage.overlays if o.vessel == row]
        assert 1.9 * 3600 < dark.until - dark.since < 5 * 3600
    for scene, label in labels("calm", "almost_rendezvous"):
        (_, one), (_, two) = (
            scene.track(r, label.start + 60, label.end) for r in scene.rows(label)
        )
        assert 250 < metres(one, two).min() <= metres(one, two).max() < 500
        assert label.end - label.start < 1.5 * 3600
    for case in ("almost_collision_risk", "convoy"):
        for scene, label in labels("calm", case):
            one, two = (scene.track(r, label.start, label.end)[1] for r in scene.rows(label))
            there = (one.way != Way.ABSENT) & (two.way != Way.ABSENT)
            assert metres(one, two)[there].min() > 0.65 * MILE
    for _, label in labels("calm", "almost_loitering"):
        assert label.end - label.start < 3600
    for scene, label in labels("calm", "almost_sudden_stop"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start, label.end, 30.0)
        assert np.diff(state.sog).min() > -4.0
    for scene, label in labels("calm", "almost_safety_zone"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start, label.end, 5.0)
        zone = scene.scenario.known[label.parameters["zone"]]
        assert not shapely.intersects_xy(zone.geometry, state.lon, state.lat).any()
    for scene, label in labels("calm", "almost_wrong_way"):
        (row,) = scene.rows(label)
        _, state = scene.track(row, label.start, label.end)
        zone = scene.scenario.known[label.parameters["zone"]]
        assert shapely.intersects_xy(zone.geometry, state.lon, state.lat).any()
        assert zone.course_deg is not None
        assert off(state.cog, zone.course_deg).max() < 120
    for case in ("almost_fishing", "almost_cable_threat"):
        for scene, label in labels("calm", case):
            (row,) = scene.rows(label)
            _, state = scene.track(row, label.start, label.end)
            assert state.sog.min() > 6.5
