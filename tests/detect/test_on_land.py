"""Positions on land: who came from sea; and who sails a river or a lake, or began there."""

import numpy as np
import pytest
from shapely import box
from voyages import judge, leg, newest, then

from detect.on_land import OnLand, OnLandConfig
from geofence.coast import distance_from_shore, on_land
from geofence.zone import Zone
from ingest.errors import ConfigError

OFF_JUTLAND = (7.95, 56.35)  # 6 nm west of a straight coast
RHINE = (6.6, 51.7)
SUPERIOR = (-87.5, 47.7)
PORT = Zone("port", "Port", "port", box(8.0, 56.3, 8.2, 56.4))


def ashore(metres=20_000, **said):
    """Straight east from the sea over the beach."""
    return leg(metres / (10 * 1852 / 3600), 10, 90, at=OFF_JUTLAND, every=30, **said)


def test_who_goes_ashore_is_told_with_how_far_inland():
    (event,) = judge([ashore()], OnLand)
    assert on_land(event.lon, event.lat)[0]
    deep = distance_from_shore(event.lon, event.lat)[0]
    assert event.evidence["measured"]["inland_m"] == round(deep) > 3_000
    assert event.evidence["measured"]["fixes"] == 3
    assert event.time - event.episode == np.timedelta64(360, "s")
    assert "(limit 3.0 km, the coastline may be 2.4 km off)" in event.evidence["words"]


def test_it_is_over_when_the_position_is_at_sea_again():
    way = then(ashore(), 4000, 10, 270, every=30)
    _, last = judge([way], OnLand)
    assert last.revision == 1
    assert "end" in last.evidence


def test_who_leaps_ashore_is_told():
    way = then(leg(600, 10, 0, at=OFF_JUTLAND), 900, 1, 0, every=30)
    far = leg(2400, 1, 0, begin=1530, at=(9.2, 56.1), every=30)
    told = judge([type(way).concat([way, far])], OnLand)
    assert len(newest(told)) == 1


@pytest.mark.parametrize(
    ("way", "zones"),
    [
        (ashore(9_000), []),
        (ashore(), [PORT]),
        (leg(7200, 8, 0, at=RHINE, every=30), []),
        (leg(7200, 12, 90, at=SUPERIOR, every=30), []),
        (then(leg(600, 10, 90, at=OFF_JUTLAND), 7200, 9, 90, every=3600), []),
        (ashore(msg_type=9), []),
        (leg(7200, 12, 0, at=(-20, 20), every=30), []),
    ],
    ids=["not far enough", "through a port", "first heard on a river", "on a lake",
         "after a silence", "aircraft", "at sea"],
)  # fmt: skip
def test_what_is_not_told(way, zones):
    assert judge([way], OnLand, zones=zones) == []


def test_one_wild_fix_is_nothing():
    way = leg(3600, 10, 0, at=OFF_JUTLAND, every=30)
    way.lon[60:62] += 0.6
    assert judge([way], OnLand) == []


def test_the_same_however_cut():
    ways = [ashore(), leg(1800, 9, 60, at=OFF_JUTLAND, mmsi=201_000_002)]
    whole = judge(ways, OnLand)
    assert all(judge(ways, OnLand, cut=cut) == whole for cut in (1, 13))


def test_within_the_coastlines_own_error_nothing_can_be_asked():
    with pytest.raises(ConfigError, match="inland_m is 2000"):
        OnLandConfig(inland_m=2000)
