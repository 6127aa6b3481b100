"""Pictures shown as films: detectors say what they say to one picture after the other."""

from itertools import pairwise

import numpy as np
import pytest

import detect.settled
from detect.all import TICK_DETECTORS
from detect.engine import Engine
from detect.pairs import boxes
from geofence.circle import circle
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
MINUTES = 60


def picture_by_picture(kind):
    """A detector that foresees nothing: it is shown all pictures."""

    class Plain:
        name = kind.name

        def __init__(self):
            self.inner = kind()

        def tick(self, picture, scene):
            return self.inner.tick(picture, scene)

    return Plain


def sea(seed, lon, lat, vessels=30):
    """Vessels that cross, meet, lie together, fall silent, and small ones that close on others."""
    random = np.random.default_rng(seed)
    mmsi = np.arange(227_000_100, 227_000_100 + vessels)
    wide = 0.08
    x = lon + random.uniform(-wide, wide, vessels) / np.cos(np.radians(lat))
    y = lat + random.uniform(-wide, wide, vessels)
    sog = random.choice([0.0, 0.3, 6.0, 12.0, 22.0], vessels)
    cog = random.uniform(0, 360, vessels)
    for one in range(0, vessels, 5):  # two lie together, two sail together, one makes for those
        for other, speed in ((one, 0.2), (one + 2, 6.0)):
            x[other + 1], y[other + 1] = x[other] + 0.001, y[other] + 0.001
            sog[other : other + 2], cog[other + 1] = speed, cog[other]
        east = (x[one] - x[one + 4]) * np.cos(np.radians(lat))
        cog[one + 4], sog[one + 4] = np.degrees(np.arctan2(east, y[one] - y[one + 4])) % 360, 22
    seconds = np.arange(0, MINUTES * 60, 20)
    silent = np.where(np.arange(vessels) % 5 == 1, random.uniform(600, 3600, vessels), 1e9)
    rows = [(s, v) for s in seconds for v in range(vessels) if s < silent[v]]
    rows = [row for row in rows if random.random() < 0.9]
    t, v = np.array(rows).T
    way = sog[v] * t / 3600 / 60
    x = x[v] + way * np.sin(np.radians(cog[v])) / np.cos(np.radians(lat))
    y = y[v] + way * np.cos(np.radians(cog[v]))
    positions = Positions.absent(
        len(t), time=START + (t * 1_000_000).astype("timedelta64[us]"), mmsi=mmsi[v],
        lon=(x + 180) % 360 - 180, lat=y, sog=sog[v], cog=cog[v], msg_type=np.ones(len(t)),
        line=np.arange(len(t)), status=np.zeros(len(t)),
    )  # fmt: skip
    kinds = np.where(np.arange(vessels) % 5 == 4, 37, random.choice([70, 80, 30, 0], vessels))
    length = np.where(kinds == 37, 12, np.where(kinds > 0, 150, 0))
    said = np.sort(random.integers(0, len(t), vessels))
    statics = Statics.absent(
        vessels, mmsi=mmsi, line=said, msg_type=np.full(vessels, 5), ship_type=kinds,
        to_bow=length,
    )  # fmt: skip
    return positions, statics


def told(positions, statics, fence, parts=2):
    engine = Engine(fence)
    engine.protect(np.array([227_000_103], np.uint32))
    events = []
    cuts = np.linspace(0, len(positions), parts + 1).astype(int)
    for start, stop in pairwise(cuts):
        mine = (statics.line >= start) & (statics.line < stop)
        events += engine.step(
            positions.take(np.arange(start, stop)), statics.take(mine), Messages.empty()
        )
    return [repr(event) for event in events]


@pytest.mark.parametrize(("lon", "lat"), [(-30.0, 20.0), (179.98, -17.0), (-150.0, 84.97)], ids=str)
def test_films_show_what_pictures_show(monkeypatch, lon, lat):
    waters = Zone("g", "G", "hotspot", circle(lon, min(lat, 80), 30_000), risk="piracy")
    asset = Zone("w", "W", "windfarm", circle(lon, min(lat, 80), 300), extra={"protected": True})
    fence = Fence(ZoneSet((waters, asset)))
    positions, statics = sea(abs(int(lon)), lon, lat)
    films = told(positions, statics, fence)
    plain = tuple(picture_by_picture(kind) for kind in TICK_DETECTORS)
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", plain)
    assert told(positions, statics, fence, parts=7) == films
    found = {kind for kind in ("collision_risk", "proximity", "rendezvous", "approach")
             if any(f"kind='{kind}'" in event for event in films)}  # fmt: skip
    assert len(found) >= 3 + (lat < 80), found


@pytest.mark.parametrize("limit", ["MANY", "CROWDED"])
def test_a_crowd_is_left_to_the_join_and_loses_nothing(monkeypatch, limit):
    positions, statics = sea(7, -30.0, 20.0)
    fence = Fence(ZoneSet(()))
    films = told(positions, statics, fence)
    monkeypatch.setattr(boxes, limit, 3)
    for name in ("near", "collision", "dark", "approach"):
        module = __import__(f"detect.pairs.{name}", fromlist=["MANY"])
        if hasattr(module, limit):
            monkeypatch.setattr(module, limit, 3)
    assert told(positions, statics, fence) == films
