"""Proximity: close for minutes, and what is close by right."""

import pytest
from pictures import HERE, Scene, off, sails, spot, watch

from detect.pairs.proximity import Proximity

A, B = 219000001, 538000002


def abreast(metres, *, sog=10.0, begin=0, end=99_999, **columns):
    """Two that sail side by side, so many metres apart from `begin` to `end`, else a mile."""

    def sea(t):
        apart = metres if begin <= t < end else 1852.0
        other = spot(off(apart))
        return [
            sails(A, t, sog=sog, cog=0.0, **columns),
            sails(B, t, at=other, sog=sog, cog=0.0, **columns),
        ]

    return sea


def events(sea, until=1800):
    return watch(Proximity(), Scene(), sea, until, every=30)


def test_within_three_lengths_for_four_minutes():
    told, ended = events(abreast(250, begin=300, end=900))
    assert told.kind == "proximity"
    assert told.subjects == (A, B)
    assert told.line == 300 + 240
    assert told.evidence["threshold"] == {"distance_m": 300, "lasted_s": 240.0}
    assert "within 300 m of each other for 4 min" in told.evidence["words"]
    assert ended.id == told.id
    assert ended.evidence["lasted_s"] == 540


@pytest.mark.parametrize(
    ("case", "sea"),
    [
        ("beyond three lengths", abreast(320)),
        ("beyond a kilometre, however long", abreast(1100, length=400)),
        ("passing", abreast(100, begin=300, end=480)),
        ("both lie still", abreast(50, sog=0.2)),
        ("a pilot boat", lambda t: [*abreast(30)(t)[:1], abreast(30)(t)[1] | {"ship_type": 50}]),
        ("a tug and its tow", lambda t: [
            abreast(60)(t)[0], abreast(60)(t)[1] | {"ship_type": 31}]),
        ("in port", lambda t: [
            v | off(80 * i, at=(-31.0, 20.0)) for i, v in enumerate(abreast(80)(t))]),
        ("pair trawlers", abreast(150, ship_type=30, sog=3.0)),
        ("two tracks of one number", lambda t: [v | {"mmsi": A, "track": i}
         for i, v in enumerate(abreast(100)(t))]),
        ("not heard lately", abreast(100, age_s=200.0)),
    ],
)  # fmt: skip
def test_is_none(case, sea):
    assert events(sea) == [], case


def test_a_boat_by_a_ship_that_lies_still_is_told():
    def sea(t):
        return [sails(A, t), sails(B, 0, at=spot(off(150)), sog=1.0)]

    assert len(events(sea)) == 1


def test_one_that_has_not_said_its_type_is_given_time_to():
    def sea(known):
        return lambda t: [v | {"ship_type": known(t)} for v in abreast(100)(t)]

    assert events(sea(lambda t: 52 if t > 360 else 0)) == []
    (told,) = events(sea(lambda t: 0))
    assert told.line == 720


def test_in_and_out_at_the_limit_is_one():
    def sea(t):
        return abreast(290 if t // 60 % 3 else 330)(t) if t > 600 else abreast(280)(t)

    assert len(events(sea, 3600)) == 1


def test_coming_back_within_ten_minutes_is_the_same():
    def sea(t):
        return abreast(250, end=900)(t) if t < 1300 else abreast(250)(t)

    assert len(events(sea, 2400)) == 1


def test_over_the_antimeridian():
    at = (179.9995, 5.0)
    other = spot(off(150, at=at))

    def sea(t):
        return [sails(A, t, at=at, sog=8.0), sails(B, t, at=other, sog=8.0)]

    (told,) = events(sea)
    assert abs(told.lon) > 179.99


def test_the_nearest_is_said():
    def sea(t):
        return abreast(200 if t < 300 else 250)(t)

    (told,) = events(sea)
    assert told.evidence["measured"]["least_m"] == pytest.approx(200, abs=2)
    assert told.lat > HERE[1]
