"""Approach: craft that close on what is protected, and traffic that means nothing by it."""

import pickle

import numpy as np
import pytest
from pictures import HERE, PIRATES, PORT, Scene, off, picture, sails, spot, watch

from detect.config import DetectConfig
from detect.pairs.approach import Approach, ApproachConfig
from detect.pairs.targets import Targets
from geofence.circle import circles
from geofence.zone import Zone
from ingest.errors import ConfigError

SHIP, SKIFF = 636000001, 419000001
LISTED = Scene(listed=(SHIP,))
BOAT = {"ship_type": 37, "length": 8, "unit": 2}


def attack(craft=1, *, knots=20.0, arrive=1500, ship=12.0, at=HERE, sides=(150.0, 250.0, 60.0),
           **columns):  # fmt: skip
    """Craft run to where a ship will be, from several sides."""

    def sea(t):
        target = sails(SHIP, t - arrive, at=at, sog=ship, cog=20.0, ship_type=80, length=180)
        boats = [
            sails(SKIFF + i, min(t - arrive, 0), at=at, sog=knots, cog=sides[i],
                  **{**BOAT, **columns})
            for i in range(craft)
        ]  # fmt: skip
        return [target, *boats]

    return sea


def events(sea, until=1500, scene=LISTED):
    return watch(Approach(), scene, sea, until, every=30)


def test_a_skiff_that_closes_on_a_listed_ship():
    (told,) = events(attack())
    assert told.kind == "approach"
    assert told.mmsi == SHIP
    assert told.subjects == (SKIFF, SHIP)
    assert told.zone is None
    assert told.line == pytest.approx(1500 - 720 + 60, abs=60)
    assert told.evidence["measured"]["craft"] == 1
    assert told.evidence["measured"]["towards_kn"] > 10
    assert f"a craft closes on {SHIP} (12.0 kn)" in told.evidence["words"]
    assert f"{SKIFF} at 20.0 kn" in told.evidence["words"]
    assert [f["mmsi"] for f in told.evidence["fixes"]] == [SHIP, SKIFF]


def test_several_craft_are_one_event_that_names_them_all():
    told = events(attack(3), scene=LISTED)
    assert len({e.id for e in told}) == 1
    assert told[-1].subjects == (SKIFF, SKIFF + 1, SKIFF + 2, SHIP)
    assert "3 craft close on" in told[-1].evidence["words"]
    assert [e.revision for e in told] == list(range(len(told)))


def test_several_slow_craft_count_and_one_does_not():
    slow = {"knots": 8.0, "ship": 0.0}
    assert events(attack(1, **slow)) == []
    told = events(attack(2, **slow))
    assert len({e.id for e in told}) == 1
    assert told[0].evidence["threshold"]["towards_kn"] == 6.0


@pytest.mark.parametrize(
    ("case", "sea"),
    [
        ("passing a mile off", lambda t: [
            attack()(t)[0],
            sails(SKIFF, t - 1500, at=spot(off(4000, 60.0)), sog=20.0, cog=150.0, **BOAT)]),
        ("slow", attack(knots=5.0)),
        ("a pilot boat", attack(ship_type=50)),
        ("a patrol boat", attack(ship_type=55)),
        ("a ship", attack(ship_type=70, length=150, unit=1)),
        ("the ship runs up to a boat that drifts", lambda t: [
            attack()(t)[0], sails(SKIFF, 0, sog=0.5, **BOAT)]),
        ("running away", lambda t: [sails(SHIP, t, sog=18.0, ship_type=80),
         sails(SKIFF, t, at=spot(off(2000, 0.0)), sog=12.0, **BOAT)]),
        ("no course", lambda t: [
            v | {"cog": np.nan} for v in attack()(t)]),
    ],
)  # fmt: skip
def test_is_none(case, sea):
    assert events(sea) == [], case


def test_a_ship_on_no_list_is_not_protected_but_is_in_waters_of_piracy_risk():
    assert events(attack(), scene=Scene()) == []
    scene = Scene(zones=(PORT, PIRATES))
    gulf = (-29.0, 20.0)
    assert len(events(attack(at=gulf), scene=scene)) == 1


def test_in_port_nobody_is_approached():
    assert events(attack(at=(-31.0, 20.0), ship=0.0)) == []


def test_a_craft_that_does_not_say_what_it_is_for_twelve_minutes_counts_as_small():
    unknown = attack(ship_type=0, length=0, unit=1, arrive=2400)
    assert len(events(unknown, until=2400)) == 1

    def just_heard(t):
        return unknown(t) if t >= 1800 else unknown(t)[:1]

    assert events(just_heard, until=2400) == []


def test_class_b_of_unknown_length_is_small_at_once():
    assert len(events(attack(ship_type=0, length=0, unit=2))) == 1


def test_an_asset_that_says_so_is_protected():
    shape = circles([HERE[0]], [HERE[1]], [500.0])[0]
    rig = Zone("rig", "Rig 7", "installation", shape, radius_m=500.0, centres=(HERE,),
               extra={"protected": True})  # fmt: skip
    plain = Zone("rig", "Rig 7", "installation", shape, radius_m=500.0, centres=(HERE,))

    def sea(t):
        return attack()(t)[1:]

    (told,) = events(sea, until=1440, scene=Scene(zones=(rig,)))
    assert told.zone == "rig"
    assert told.mmsi == SKIFF
    assert "closes on Rig 7" in told.evidence["words"]
    assert events(sea, scene=Scene(zones=(plain,))) == []


def test_an_approach_ends_when_nobody_comes_near_any_more():
    def sea(t):
        return attack()(t) if t < 1200 else attack()(t)[:1]

    told, ended = events(sea, until=3600)
    assert ended.id == told.id
    assert "until 2026-03-01T00:1" in ended.evidence["words"]


def test_a_detector_pickled_goes_on():
    detector, parts = Approach(), []
    for start in range(0, 1500, 300):
        parts += watch(detector, LISTED, attack(2), start + 270, start, every=30)
        detector = pickle.loads(pickle.dumps(detector))
    whole = events(attack(2), until=1470)
    assert parts == whole
    assert whole


def test_a_flood_of_craft_is_bounded_and_still_one_event():
    scene = Scene(DetectConfig(approach=ApproachConfig(craft=50)), listed=(SHIP,))
    detector = Approach()

    def sea(t):
        ship, first = attack()(t)
        return [ship, *(first | {"mmsi": SKIFF + i} for i in range(200))]

    told = watch(detector, scene, sea, 1500, every=30)
    assert len({e.id for e in told}) == 1
    assert detector.threats.left_out > 0
    assert len(told[-1].evidence["fixes"]) <= 65
    assert len(told[-1].evidence["words"]) < 1000


@pytest.mark.parametrize("at", [(180.0, 0.0), (0.0, 89.9)])
def test_over_the_antimeridian_and_by_the_pole(at):
    assert len(events(attack(at=at))) == 1


def test_targets_are_vessels_and_then_assets():
    rig = Zone("rig", "Rig", "installation", circles([5.0], [5.0], [500.0])[0],
               extra={"protected": True})  # fmt: skip
    scene = Scene(zones=(rig,), listed=(SHIP,))
    targets = Targets.of(picture(scene, 0, attack()(0)), scene)
    assert targets.row.tolist() == [1, -1]
    assert targets.radius_m.tolist() == [0.0, pytest.approx(500, abs=5)]
    assert (targets.lon[1], targets.lat[1]) == pytest.approx((5.0, 5.0), abs=1e-4)


def test_settings_are_refused_by_name():
    with pytest.raises(ConfigError, match="several_kn is 12"):
        ApproachConfig(several_kn=12.0)
