"""Pictures of a moment: who is in them, reckoned on to where."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import detect.settled
from detect.config import DetectConfig
from detect.engine import Engine
from detect.pictures import reckoned
from geofence.circle import circle
from geofence.fence import Fence
from geofence.geodesy import distance
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
PORT = Zone("p", "P", "port", circle(1, 1, 3000), centres=((1.0, 1.0),), radius_m=3000.0)
FENCE = Fence(ZoneSet((PORT,)))
PICTURES = []


class Watcher:
    name = "watcher"

    def tick(self, picture, scene):
        PICTURES.append((picture, scene))
        return []


@pytest.fixture(autouse=True)
def watcher(monkeypatch):
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", (Watcher,))
    PICTURES.clear()


def rows(*reports):
    """Reports: seconds, MMSI, lon, lat, sog, cog."""
    seconds, mmsi, lon, lat, sog, cog = (np.array(c) for c in zip(*reports, strict=True))
    n = len(seconds)
    return Positions.absent(
        n, time=START + (seconds * 1_000_000).astype("timedelta64[us]"), mmsi=mmsi, lon=lon,
        lat=lat, sog=sog, cog=cog, msg_type=np.ones(n), line=np.arange(n), status=np.zeros(n),
    )  # fmt: skip


def feed(positions, statics=None, config=None):
    engine = Engine(FENCE, config)
    engine.protect(np.array([203], np.uint32))
    engine.step(positions, statics or Statics.empty(), Messages.empty())
    return [picture for picture, _ in PICTURES]


def test_a_picture_shows_everybody_where_they_are_at_its_moment():
    statics = Statics.absent(
        1, mmsi=np.array([201]), line=np.array([1]), msg_type=np.array([5]),
        ship_type=np.array([70]), to_bow=np.array([100]), to_stern=np.array([20]),
    )  # fmt: skip
    (picture, *_) = feed(
        rows((0, 203, 1.0, 1.0, np.nan, np.nan), (20, 201, 5.0, 0.0, 36.0, 90.0),
             (31, 202, 6.0, 0.0, 10.0, 0.0), (61, 201, 5.1, 0.0, 36.0, 90.0)),
        statics,
    )  # fmt: skip
    assert picture.time == START.astype(np.int64) + 30_000_000 - 30_000_000
    assert picture.mmsi.tolist() == [203]
    picture = PICTURES[1][0]
    assert (picture.time - START.astype(np.int64), picture.line) == (30_000_000, 3)
    assert picture.mmsi.tolist() == [201, 203]
    # 36 kn for 10 s is a tenth of a mile, a six-hundredth of a degree.
    assert picture.lon == pytest.approx([5 + 1 / 600, 1.0], abs=1e-5)
    assert picture.age_s.tolist() == [10, 30]
    assert picture.length.tolist() == [120, 0]
    assert picture.ship_type.tolist() == [70, 0]
    assert picture.in_port.tolist() == [False, True]
    assert picture.status.tolist() == [0, 0]
    scene = PICTURES[1][1]
    assert scene.protected(picture.mmsi).tolist() == [False, True]
    assert scene.around.near_port(picture.lon, picture.lat, 1e4).tolist() == [False, True]


def test_who_falls_silent_stays_where_last_heard_and_then_goes():
    config = DetectConfig(shown_s=600, reckoned_s=120)
    others = [(s, 999, 0.0, 0.0, 0.0, 0.0) for s in range(30, 1500, 30)]
    pictures = feed(rows((0, 201, 5.0, 0.0, 36.0, 90.0), *others), config=config)
    at = {float(p.age_s[0]): float(p.lon[0]) for p in pictures if len(p.mmsi) and p.mmsi[0] == 201}
    assert max(at) == 600
    assert at[120] == pytest.approx(5 + 120 / 6000, abs=1e-4)
    assert at[150] == at[600] == 5.0


@given(
    lon=st.floats(-180, 180), lat=st.floats(-85, 85), sog=st.floats(0, 60),
    cog=st.floats(0, 359.9), seconds=st.floats(0, 180),
)  # fmt: skip
def test_the_way_reckoned_is_as_long_as_speed_and_time_make_it(lon, lat, sog, cog, seconds):
    x, y = reckoned(*(np.array([v]) for v in (lon, lat, sog, cog, seconds)))
    way = sog * 1852 / 3600 * seconds
    assert distance(lon, lat, x[0], y[0]) == pytest.approx(way, rel=0.01, abs=0.5)
    assert -180 <= x[0] <= 180


def test_nobody_is_moved_over_a_pole_or_without_a_speed():
    x, y = reckoned(
        np.array([10.0, 10.0, 10.0]), np.array([89.9, 0.0, 0.0]), np.array([50.0, np.nan, 5.0]),
        np.array([0.0, 0.0, np.nan]), np.array([180.0, 180.0, 180.0]),
    )  # fmt: skip
    assert (x.tolist(), y.tolist()) == ([10.0] * 3, [89.9, 0.0, 0.0])
