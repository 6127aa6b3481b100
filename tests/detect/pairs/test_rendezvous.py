"""Rendezvous: what is one, what looks like one, and that it is told once."""

import dataclasses
import pickle

import pytest
from pictures import HERE, Scene, off, picture, sails, spot, watch

from detect.config import DetectConfig
from detect.pairs.rendezvous import Rendezvous, RendezvousConfig
from detect.picture import STOPPED
from geofence.circle import circles
from geofence.zone import Zone
from ingest.errors import ConfigError

A, B = 219000001, 538000002
HOUR = 3600


def lie(metres, *, at=HERE, sog=0.8, until=9 * HOUR, begin=0, **columns):
    """Two vessels that drift together at a distance from `begin` on, and then part at 10 kn."""

    def sea(t):
        other = off(metres, 90.0, at)
        if begin <= t < until:
            return [
                sails(A, t, at=at, sog=sog, cog=30.0, **columns),
                sails(B, t, at=spot(other), sog=sog, cog=30.0, **columns),
            ]
        away = abs(t - (until if t >= until else begin))
        return [
            sails(A, t, at=at, sog=sog, cog=30.0, **columns),
            sails(B, away, at=spot(other), sog=10.0, cog=120.0, **columns),
        ]

    return sea


def events(sea, until=4 * HOUR, scene=None, **settings):
    config = DetectConfig(rendezvous=RendezvousConfig(**settings))
    return watch(Rendezvous(), scene or Scene(config), sea, until)


def test_two_hours_within_500_m_is_one_and_its_end_a_revision():
    told, ended = events(lie(400, until=3 * HOUR, begin=600))
    assert told.kind == "rendezvous"
    assert told.subjects == (A, B)
    assert told.line == 600 + 2 * HOUR
    assert (told.time - told.episode).item().total_seconds() == 2 * HOUR
    assert told.evidence["form"] == "usual"
    assert told.evidence["measured"]["distance_m"] == pytest.approx(400, abs=2)
    assert "together for 2 h 00 min" in told.evidence["words"]
    assert "limit 500 m for 2 h 00 min" in told.evidence["words"]
    assert [f["mmsi"] for f in told.evidence["fixes"]] == [A, B]
    assert (ended.id, ended.revision, ended.withdrawn) == (told.id, 1, False)
    assert ended.episode == told.episode
    assert ended.evidence["end"] == "2026-03-01T02:58:00Z"


def test_half_an_hour_within_250_m_is_one():
    (told,) = events(lie(180, begin=600))
    assert told.line == 600 + 1800
    assert told.evidence["form"] == "fast"


@pytest.mark.parametrize(
    ("case", "sea"),
    [
        ("too far apart", lie(800)),
        ("too fast", lie(200, sog=4.0)),
        ("too short", lie(400, until=HOUR)),
        ("a tug alongside", lambda t: [{**v, "ship_type": 52} for v in lie(60)(t)[:1]]
         + lie(60)(t)[1:]),
        ("a pilot boat alongside", lambda t: lie(40)(t)[:1]
         + [{**v, "ship_type": 50} for v in lie(40)(t)[1:]]),
        ("two of a fishing fleet", lie(150, ship_type=30)),
        ("near a port", lie(100, at=(-30.93, 20.0))),
        ("in port", lie(100, at=(-31.0, 20.0))),
        ("by the shore", lie(100, at=(-17.49, 14.73))),
        ("neighbours at anchor", lie(120, sog=0.1, status=1)),
        ("moored side by side", lie(20, sog=0.0, status=5)),
        ("two tracks of one number", lambda t: [{**v, "mmsi": A, "track": i}
         for i, v in enumerate(lie(100)(t))]),
        ("a ship and its own boat", lambda t: [{**lie(50)(t)[0]},
         {**lie(50)(t)[1], "mmsi": 982190001}]),
        ("a buoy of a net", lambda t: [lie(50)(t)[0], {**lie(50)(t)[1], "mmsi": 979190001}]),
    ],
)  # fmt: skip
def test_is_none(case, sea):
    assert events(sea) == [], case


def test_bunkering_at_a_licensed_anchorage_is_none_and_a_mile_of_sea_farther_is_one():
    shape = circles([HERE[0]], [HERE[1]], [4000.0])[0]
    anchorage = Zone("roads", "Roads", "anchorage", shape)
    scene = Scene(zones=(anchorage,))
    assert events(lie(80, at=spot(off(12_000))), scene=scene) == []
    assert len(events(lie(80, at=spot(off(16_000))), scene=scene)) == 1


def test_in_a_roadstead_nobody_meets_and_with_one_more_it_is_still_a_meeting():
    def sea(others, until=9 * HOUR):
        return lambda t: (
            lie(150)(t)
            + [
                sails(412000001 + i, 0, at=spot(off(700, 60.0 * i)))
                for i in range(others if t < until else 0)
            ]
        )

    assert len(events(sea(1))) == 1
    assert events(sea(2)) == []
    assert events(sea(2, until=2 * HOUR)) == []


def test_a_type_that_is_said_later_counts():
    def sea(t):
        a, b = lie(80)(t)
        return [a, {**b, "ship_type": 0 if t < 1200 else 52}]

    assert events(sea) == []


def test_one_moored_to_another_that_is_at_anchor_is_one():
    def sea(t):
        a, b = lie(60, sog=0.1)(t)
        return [a | {"status": 1}, b | {"status": 5}]

    assert len(events(sea)) == 1


def test_a_short_parting_is_the_same_rendezvous():
    def sea(t):
        a, b = lie(300)(t)
        return [a, {**b, **off(1500)} if 3000 <= t < 3300 else b]

    (told,) = events(sea)
    assert told.line == 2 * HOUR


def test_a_long_parting_begins_another():
    def sea(t):
        a, b = lie(300)(t)
        return [a, {**b, **off(3000)} if 3000 <= t < 4200 else b]

    (told,) = events(sea)
    assert told.line == 4200 + 2 * HOUR


def test_wobbling_at_the_limit_is_told_once():
    def sea(t):
        a, b = lie(490 if t // 120 % 2 else 520)(t)
        return [a, b]

    assert len(events(sea, until=8 * HOUR)) == 1


def test_while_one_is_not_heard_time_goes_on_and_nothing_is_told():
    def sea(t):
        a, b = lie(300)(t)
        return [a, {**b, "age_s": t - 600} if t > 600 else b]

    assert events(sea, until=3 * HOUR) == []


def test_satellites_that_hear_once_an_hour_see_it():
    def sea(t):
        return [{**v, "age_s": t % HOUR} for v in lie(300)(t)]

    (told,) = events(sea, until=4 * HOUR)
    assert told.line == 2 * HOUR


def test_over_the_antimeridian_and_by_a_pole():
    for at in ((179.9995, 10.0), (40.0, 89.99)):
        (told,) = events(lie(200, at=at, sog=0.0, until=99 * HOUR), until=HOUR)
        assert told.evidence["measured"]["distance_m"] == pytest.approx(200, abs=2)
        assert abs(told.lon) <= 180


def test_a_detector_pickled_at_any_tick_goes_on_as_if_it_had_not_been():
    scene, sea = Scene(), lie(180, until=2 * HOUR)
    whole = watch(Rendezvous(), scene, sea, 3 * HOUR)
    detector, parts = Rendezvous(), []
    for start in range(0, 3 * HOUR + 1, 1200):
        parts += watch(detector, scene, sea, min(start + 1170, 3 * HOUR), start)
        detector = pickle.loads(pickle.dumps(detector))
    assert parts == whole
    assert len(whole) == 2


def test_a_flood_of_invented_pairs_does_not_displace_a_listed_vessel_nor_a_running_episode():
    scene = Scene(DetectConfig(rendezvous=RendezvousConfig(pairs=40)), listed=(A,))
    detector = Rendezvous()
    running = [
        sails(257000001, 0, at=(-30, 10)),
        sails(257000002, 0, at=spot(off(99, at=(-30, 10)))),
    ]
    told = watch(detector, scene, lambda t: running, 1800)
    assert [e.revision for e in told] == [0]

    def sea(t):
        flood = [sails(300000000 + i, 0, at=(-30, 30), sog=0.1) for i in range(50)]
        return running + flood + (lie(200)(t) if t > 4000 else [])

    more = watch(detector, scene, sea, 6600, 1830)
    assert len(detector.table) <= 40
    assert detector.table.left_out > 0
    assert [e.subjects for e in more if A in e.subjects] == [(A, B)]
    assert all(e.revision == 0 for e in more)


def test_an_empty_picture_says_nothing_and_forgets_nothing():
    scene, detector = Scene(), Rendezvous()
    watch(detector, scene, lie(100), 900)
    assert detector.tick(picture(scene, 930, []), scene) == []
    assert len(watch(detector, scene, lie(100), 2400, 960)) == 1


def test_settings_are_refused_by_name():
    with pytest.raises(ConfigError, match=r"rendezvous.*fast_m is 600"):
        RendezvousConfig(fast_m=600.0)
    with pytest.raises(ConfigError, match="slow_kn is -1"):
        RendezvousConfig(slow_kn=-1)


def test_the_event_is_about_the_one_that_does_not_fish():
    def sea(t):
        a, b = lie(100)(t)
        return [{**a, "ship_type": 30, "length": 90}, {**b, "length": 60}]

    (told,) = events(sea)
    assert told.mmsi == B


def test_a_settings_object_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RendezvousConfig().near_m = 1.0


def by_others(others, **columns):
    """Two that lie together, and others that lie 1.5 to 4 km off."""
    places = [spot(off(1500 + 600 * n, 70.0 * n, HERE)) for n in range(others)]
    meet = lie(180, sog=0.3)
    return lambda t: (
        meet(t)
        + [
            sails(636000001 + n, 0, at=at, sog=0.1, cog=0.0, motion=STOPPED, **columns)
            for n, at in enumerate(places)
        ]
    )


@pytest.mark.parametrize(("others", "told"), [(2, 1), (3, 0)])
def test_among_ships_that_lie_at_anchor_all_about_it_is_none(others, told):
    assert len(events(by_others(others))) == told


def test_a_fishing_fleet_is_no_roads():
    assert len(events(by_others(5, ship_type=30))) == 1


def test_an_anchorage_that_the_traffic_has_shown_is_one():
    scene = Scene()
    scene.learnt.vessels = 1
    column, row = ((int((x + d) * 200)) for x, d in zip(HERE, (180, 90), strict=True))
    scene.learnt.add(row * 360 * 200 + column, 227000001)
    assert events(lie(180), scene=scene) == []
    assert len(events(lie(180, at=spot(off(12_000, 90.0, HERE))), scene=scene)) == 1
