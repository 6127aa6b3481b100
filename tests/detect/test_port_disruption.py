"""Port disruption: generated daily counts, and the detector that makes them of calls."""

from types import SimpleNamespace

import numpy as np
import pytest

from detect.config import DetectConfig
from detect.events import Event
from detect.kept import Kept
from detect.port_days import Day, PortDisruptionConfig, judge_day, poisson
from detect.port_disruption import PortDisruption
from geofence.circle import circle
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError

CONFIG = PortDisruptionConfig()
DAY_US = 86_400_000_000
USUAL = (24, 22, 24, 28, 24, 12, 8)  # vessels by weekday


def month(rng, days=35, factor=1.0, first=20_000):
    return [
        Day(d, *rng.poisson(USUAL[d % 7] * factor, 2).tolist(), int(rng.poisson(3)))
        for d in range(first, first + days)
    ]


def closed(day, share=0.2, queue=3):
    return Day(day.day, int(day.arrivals * share), int(day.departures * share), queue)


@pytest.mark.parametrize("seed", range(30))
def test_a_port_that_closes_is_seen(seed):
    rng = np.random.default_rng(seed)
    days = month(rng, 36)
    weekday = next(d for d in reversed(days) if USUAL[d.day % 7] >= 24)
    before = [d for d in days if d.day < weekday.day]
    found = {f.measure for f in judge_day(closed(weekday, 0.0), before, CONFIG)}
    assert {"arrivals", "departures"} <= found


def test_ordinary_days_are_seldom_told():
    rng = np.random.default_rng(7)
    days = month(rng, 2_000)
    told = [judge_day(d, days[n - 35 : n], CONFIG) for n, d in enumerate(days) if n >= 35]
    assert sum(map(bool, told)) <= 0.002 * len(told)


def test_a_queue_that_grows():
    before = [Day(20_000 - 7 * n, 10, 10, 5) for n in range(1, 5)]
    found = judge_day(Day(20_000, 10, 10, 24), before, CONFIG)
    assert [(f.measure, f.counted, f.usual, f.days) for f in found] == [("queue", 24, 5.0, 4)]
    assert judge_day(Day(20_000, 10, 10, 9), before, CONFIG) == ()


def test_a_small_port_a_short_past_and_other_weekdays_say_nothing():
    small = [Day(20_000 - 7 * n, 2, 2, 0) for n in range(1, 5)]
    assert judge_day(Day(20_000, 0, 0, 0), small, CONFIG) == ()
    few = [Day(20_000 - 7 * n, 20, 20, 0) for n in range(1, 3)]
    assert judge_day(Day(20_000, 0, 0, 0), few, CONFIG) == ()
    weekend = [Day(20_000 - n, 20, 20, 0) for n in range(1, 31) if n % 7]
    assert judge_day(Day(20_000, 0, 0, 0), weekend, CONFIG) == ()
    old = [Day(20_000 - 7 * n, 20, 20, 0) for n in range(5, 12)]
    assert judge_day(Day(20_000, 0, 0, 0), old, CONFIG) == ()


def test_poisson():
    assert poisson(-1, 3.0) == 0
    assert poisson(0, 3.0) == pytest.approx(np.exp(-3))
    assert poisson(2, 3.0) == pytest.approx(8.5 * np.exp(-3))
    assert poisson(500, 400.0) == pytest.approx(1, abs=1e-4)


PORT = Zone("alpha", "Alpha", "port", circle(10, 45, 3000), centres=((10.0, 45.0),), radius_m=3e3)
FENCE = Fence(ZoneSet((PORT,)))


def watch(counts, hours=range(24), outages=None):
    """The events of days with so many arrivals each, hour by hour."""
    detector, kept = PortDisruption(), Kept({}, 8)
    calls, reception = Kept({}, 8), Kept({}, 8)
    calls.common["counts"] = {}
    events: list[Event] = []
    for day, count in enumerate(counts, 20_000):
        calls.common["counts"]["alpha", day] = [count, count]
        for hour in hours:
            scene = SimpleNamespace(
                now=day * DAY_US + hour * 3_600_000_000 + 60_000_000, line=day, beside=False,
                config=DetectConfig(), fence=FENCE,
                kept={"port_call": calls, "reception": reception}.__getitem__,
            )  # fmt: skip
            events += detector.judge([0], kept, scene)
    return events


def test_days_out_of_the_ordinary_are_one_episode():
    events = watch([20] * 35 + [2, 3, 1] + [20] * 3)
    assert [(e.kind, e.zone, e.revision, e.subjects) for e in events] == [
        ("port_disruption", "alpha", n, ()) for n in range(4)
    ]  # fmt: skip
    assert len({e.id for e in events}) == 1
    assert events[0].time == np.datetime64((20_036) * DAY_US, "us")
    assert events[0].evidence["measured"] == {"arrivals": 2, "departures": 2}
    assert "2 arrivals against 20, the median of 4 days" in events[0].evidence["words"]
    assert events[-1].evidence["end"].endswith("T00:00:00Z")
    assert "as usual again after 3 days" in events[-1].evidence["words"]


def test_one_ordinary_day_ends_no_episode():
    events = watch([20] * 35 + [2, 20, 1] + [20] * 4)
    assert len({e.id for e in events}) == 1
    assert "as usual again after 2 days" in events[-1].evidence["words"]
    assert events[-1].evidence["end"] == str(np.datetime64(20_038, "D")) + "T00:00:00Z"


def test_a_day_that_was_not_heard_says_nothing():
    assert watch([20] * 35 + [2, 3, 1], hours=range(12)) == []


def test_ordinary_days():
    assert watch([20, 18, 22, 21, 19] * 9) == []


def test_settings():
    with pytest.raises(ConfigError, match=r"detect\.port_disruption: low_share is 1"):
        PortDisruptionConfig(low_share=1)
