"""Risk of collision: who will pass too close, soon; against all pairs compared one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import HERE, Scene, off, picture, sails, spot, watch

from detect.config import DetectConfig
from detect.pairs.collision import CollisionConfig, CollisionRisk, Ways, meeting
from detect.picture import STOPPED
from geofence.geodesy import NAUTICAL_MILE_M

A, B = 219000001, 538000002
SCENE = Scene()
CONFIG = CollisionConfig()


def crossing(miss=0.0, *, meet=1200, knots=(12.0, 14.0), turn=90.0, at=HERE, **columns):
    """Two that would pass so many metres apart at second `meet`."""

    def sea(t):
        other = spot(off(miss, 45.0, at)) if miss else at
        return [
            sails(A, t - meet, at=at, sog=knots[0], cog=10.0, **columns),
            sails(B, t - meet, at=other, sog=knots[1], cog=10.0 + turn, **columns),
        ]

    return sea


def events(sea, until=1800, scene=SCENE):
    return watch(CollisionRisk(), scene, sea, until, every=30)


def test_crossing_courses_are_told_twelve_minutes_before():
    told, ended = events(crossing(300))
    assert told.kind == "collision_risk"
    assert told.subjects == (A, B)
    assert told.line == pytest.approx(1200 - 720 + 60, abs=60)
    assert told.evidence["measured"]["cpa_m"] < 400
    assert "will pass at" in told.evidence["words"]
    assert "(limits 0.5 nm, 12 min)" in told.evidence["words"]
    assert ended.id == told.id
    assert ended.evidence["least_m"] == pytest.approx(told.evidence["measured"]["cpa_m"], abs=100)


@pytest.mark.parametrize(
    ("case", "sea"),
    [
        ("passing a mile off", crossing(3000)),
        ("one lies still", lambda t: [crossing()(t)[0], sails(B, 0, motion=STOPPED)]),
        ("in company", lambda t: [sails(A, t, sog=12.0),
         sails(B, t, at=spot(off(400)), sog=12.3, cog=0.0)]),
        ("a tug that meets its ship", lambda t: [crossing()(t)[0],
         crossing()(t)[1] | {"ship_type": 52}]),
        ("fishing together", crossing(ship_type=30)),
        ("in port", crossing(at=(-31.0, 20.0), meet=300, knots=(8.0, 8.0))),
        ("in a fairway", crossing(at=(4.07, 51.99))),
        ("no course", lambda t: [
            v | {"cog": np.nan} for v in crossing()(t)]),
        ("an aircraft's speed", lambda t: [crossing()(t)[0], crossing(knots=(12.0, 90.0))(t)[1]]),
        ("two tracks of one number", lambda t: [v | {"mmsi": A, "track": i}
         for i, v in enumerate(crossing()(t))]),
    ],
)  # fmt: skip
def test_is_none(case, sea):
    assert events(sea) == [], case


def test_a_ferry_that_turns_before_its_berth_is_none():
    def sea(t):
        # Its bow sweeps over the other one for less than a minute.
        ferry = sails(A, 0, at=spot(off(4000, 180.0)), sog=14.0, cog=(270 + t / 2) % 360)
        return [ferry, sails(B, t, at=HERE, sog=6.0, cog=90.0)]

    assert events(sea, 360) == []


def test_one_that_gives_way_is_told_once_and_ends():
    def sea(t):
        a, b = crossing(100)(t)
        return [a, b] if t < 700 else [a, sails(B, t - 700, at=spot(crossing(100)(700)[1]),
                                              sog=14.0, cog=250.0)]  # fmt: skip

    told, ended = events(sea)
    assert (told.revision, ended.revision) == (0, 1)
    assert ended.line < 1200


def test_wobbling_courses_are_one_risk():
    def sea(t):
        a, b = crossing(600)(t)
        return [a | {"cog": a["cog"] + 4 * np.sin(t / 40)}, b]

    assert len([e for e in events(sea) if e.revision == 0]) == 1


@pytest.mark.parametrize("at", [(180.0, 0.0), (-179.99, 60.0), (20.0, 89.9)])
def test_over_the_antimeridian_and_by_the_pole(at):
    assert len([e for e in events(crossing(300, at=at)) if e.revision == 0]) == 1


@st.composite
def traffic(draw):
    """Vessels about one place, of all speeds and courses."""
    seed, count = draw(st.integers(0, 10_000)), draw(st.integers(2, 40))
    at = draw(st.sampled_from([HERE, (180.0, 5.0), (0.0, 89.8)]))
    random = np.random.default_rng(seed)
    return [
        sails(
            200_000_000 + i, 0, cog=random.uniform(0, 360),
            at=spot(off(random.uniform(10, 30_000), random.uniform(0, 360), at)),
        ) | {"sog": random.choice([random.uniform(3, 22), random.uniform(25, 60)], p=[0.8, 0.2])}
        for i in range(count)
    ]  # fmt: skip


@given(traffic())
@settings(max_examples=25)
def test_misses_nobody(vessels):
    seen = picture(SCENE, 0, vessels)
    a, b = meeting(seen, SCENE, CONFIG)
    found = set(zip(a.tolist(), b.tolist(), strict=True))
    i, j = np.triu_indices(len(seen), 1)
    ways = Ways.of(seen, i, j)
    risk = (ways.cpa <= CONFIG.cpa_nm * NAUTICAL_MILE_M) & (ways.tcpa > 0)
    risk &= (ways.tcpa <= CONFIG.tcpa_s) & (ways.closing_kn >= CONFIG.closing_kn)
    assert found >= set(zip(i[risk].tolist(), j[risk].tolist(), strict=True))


def test_a_regatta_or_a_flood_of_invented_vessels_is_no_storm_of_events():
    def sea(t):
        return [
            sails(200_000_000 + i, t, at=spot(off(3000, 12.0 * i)), sog=8.0, cog=12.0 * i + 180)
            for i in range(30)
        ]

    assert events(sea, 240) == []


def test_limits_are_settings():
    scene = Scene(DetectConfig(collision_risk=CollisionConfig(cpa_nm=0.1)))
    assert events(crossing(400), scene=scene) == []
