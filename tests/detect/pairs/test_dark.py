"""Dark rendezvous: silence beside another vessel, and silences that mean nothing."""

import pickle

import pytest
from pictures import Scene, off, sails, spot, watch

from detect.pairs.dark import DarkRendezvous

WAITS, COMES = 636000001, 538000002
SIDE = spot(off(120))
HOUR = 3600


def meeting(silent_from=0, silent_to=2 * HOUR, *, come=60.0, knots=9.0, **columns):
    """One drifts; the other comes up to it by second 0, is not heard for a while, and leaves."""

    def sea(t):
        waits = sails(WAITS, t, sog=0.6, cog=20.0)
        began = min(silent_from, t) if silent_from <= t < silent_to else t
        if began < 0:
            comes = sails(COMES, began, at=SIDE, sog=knots, cog=come)
        elif began < 2 * HOUR - 600:
            comes = sails(COMES, 0, at=SIDE, sog=0.6, cog=20.0) | {"sog": 0.6}
        else:
            comes = sails(COMES, began - 2 * HOUR + 600, at=SIDE, sog=knots, cog=come)
        return [waits, comes | {"age_s": t - began} | columns]

    return sea


def events(sea, until=3 * HOUR, scene=None, start=-HOUR):
    return watch(DarkRendezvous(), scene or Scene(), sea, until, start)


def test_one_that_falls_silent_alongside_is_told_after_half_an_hour():
    told, ended = events(meeting(silent_from=240))
    assert told.kind == "dark_rendezvous"
    assert told.subjects == tuple(sorted((WAITS, COMES)))
    assert told.mmsi == COMES
    assert told.line == 240 + 1800
    assert told.evidence["measured"]["silent_s"] == 1800
    assert f"{COMES} silent for 30 min (limit 15 min)" in told.evidence["words"]
    assert f"{WAITS}, which lies there" in told.evidence["words"]
    assert ended.id == told.id
    assert ended.revision == 1
    assert f"{COMES} was heard again after" in ended.evidence["words"]


def test_one_that_falls_silent_on_its_last_way_is_told():
    told, _ = events(meeting(silent_from=-240))
    assert told.evidence["measured"]["distance_m"] < 300
    assert told.evidence["measured"]["together_s"] == pytest.approx(1800, abs=120)


@pytest.mark.parametrize(
    ("case", "sea"),
    [
        ("heard all the time", meeting(silent_from=9 * HOUR)),
        ("silent for ten minutes", meeting(silent_from=300, silent_to=900)),
        ("bound elsewhere", lambda t: [meeting(-240)(t)[0], meeting(-240)(t)[1] | {"cog": 200.0}]),
        ("far away", lambda t: [meeting(300)(t)[0], meeting(300)(t)[1] | off(9000)]),
        ("a tug", meeting(silent_from=240, ship_type=52)),
        ("in port", lambda t: [v | off(200 * i, at=(-31.0, 20.0))
         for i, v in enumerate(meeting(240)(t))]),
        ("near a port", lambda t: [v | off(200 * i, at=(-30.93, 20.0))
         for i, v in enumerate(meeting(240)(t))]),
        ("both at anchor", lambda t: [v | {"status": 1} | off(400 * i)
         for i, v in enumerate(meeting(240)(t))]),
        ("the other sails on", lambda t: [meeting(240)(t)[0] | ({"sog": 9.0} if t > 900 else {}),
         meeting(240)(t)[1]]),
    ],
)  # fmt: skip
def test_is_none(case, sea):
    assert events(sea) == [], case


def test_where_both_fall_silent_it_is_reception():
    def sea(t):
        waits, comes = meeting(silent_from=240)(t)
        return [waits | {"age_s": max(t - 300, 5)}, comes]

    assert events(sea) == []


def test_class_b_is_given_twice_the_time():
    (told,) = events(meeting(silent_from=240, silent_to=9 * HOUR, unit=2), until=1800 + 260)
    assert told.evidence["measured"]["silent_s"] >= 1800
    assert events(meeting(silent_from=240, silent_to=9 * HOUR, unit=2), until=1700 + 240) == []


def test_a_detector_pickled_goes_on():
    scene, sea = Scene(), meeting(silent_from=240)
    detector, parts = DarkRendezvous(), []
    for start in range(-HOUR, 3 * HOUR, 1200):
        parts += watch(detector, scene, sea, start + 1080, start)
        detector = pickle.loads(pickle.dumps(detector))
    assert parts == events(sea)[: len(parts)]
    assert len(parts) == 2


def test_over_the_antimeridian():
    def sea(t):
        waits, comes = meeting(silent_from=240)(t)
        there = (179.9995, 10.0)
        return [waits | {"lon": there[0], "lat": there[1]}, comes | off(120, at=there)]

    assert len(events(sea, until=2400)) == 1


def test_where_several_fall_silent_about_one_it_is_reception():
    def sea(t):
        waits, comes = meeting(silent_from=240)(t)
        return [waits, *(comes | {"mmsi": COMES + i} | off(100, 70.0 * i) for i in range(5))]

    assert events(sea) == []


def late(*minutes, at=2 * HOUR):
    """A scene in which reports of the silent one come at a second, of so many minutes."""
    return Scene(heard={(COMES, at): [60 * m for m in minutes]})


def test_reports_that_come_late_and_fill_the_silence_withdraw_it():
    """She was silent from minute 4 to 120; a satellite heard her every ten minutes."""
    scene = late(*range(10, 120, 10), at=HOUR * 2 + 1800)
    *told, gone = events(meeting(silent_from=240), scene=scene)
    assert [e.revision for e in told] == [0, 1]
    assert (gone.id, gone.revision, gone.withdrawn) == (told[0].id, 2, True)
    assert gone.evidence["disproved_by"] == "2026-03-01T00:10:00Z"
    assert "was heard meanwhile" in gone.evidence["words"]


def test_reports_that_come_while_it_lasts_and_reach_up_to_now_withdraw_it():
    scene = late(10, 20, 30, 40, 50, at=HOUR)
    _, gone = events(meeting(silent_from=240), scene=scene)
    assert (gone.line, gone.revision, gone.withdrawn) == (HOUR, 1, True)


@pytest.mark.parametrize("minutes", [(10, 20, 30), (5,), (-30, 130)], ids=str)
def test_reports_that_leave_a_stretch_as_long_as_the_limit_change_nothing(minutes):
    _, ended = events(meeting(silent_from=240), scene=late(*minutes, at=HOUR * 2 + 1800))
    assert not ended.withdrawn
    assert ended.revision == 1


def test_a_pass_that_ends_the_silence_and_fills_it_withdraws_it():
    """What comes at once, to a quarter of an hour ago: it was not silent, and not for so long."""
    filled = range(600, HOUR, 600)
    meet = meeting(silent_from=240, silent_to=2 * HOUR)

    def sea(t):
        waits, comes = meet(t)
        return [waits, comes | ({"age_s": t - 3000.0} if 3960 <= t < 4200 else {})]

    scene = Scene(heard={(COMES, 3960): list(filled)})
    told, gone = events(sea, scene=scene, until=4080)
    assert (gone.id, gone.revision, gone.withdrawn) == (told.id, 1, True)
