"""The quick answers are those of the distance itself."""

import numpy as np
import pytest

from geofence.coast import distance_from_shore, on_land
from geofence.coast_quick import at_sea, inland, land

SPANS = [
    (-180, 180, -90, 90),
    (3, 9, 51, 58),
    (-10, 5, 48, 52),
    (42, 55, 10, 16),
    (-93, -75, 40, 49),
]


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("metres", [0.0, 2_400.0, 37_040.0])
def test_as_measured(span, metres):
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(*span[:2], 20_000), rng.uniform(*span[2:], 20_000)
    far, ashore = distance_from_shore(lon, lat) >= metres, on_land(lon, lat)
    np.testing.assert_array_equal(at_sea(lon, lat, metres), far & ~ashore)
    np.testing.assert_array_equal(inland(lon, lat, metres), far & ashore)
    np.testing.assert_array_equal(land(lon, lat), ashore)


def test_corners_of_the_world():
    lon, lat = np.array([180.0, -180.0, 180.0, 0.0]), np.array([0.0, 0.0, 90.0, -90.0])
    assert at_sea(lon, lat, 50_000).tolist() == [True, True, True, False]
    assert inland(lon, lat, 50_000).tolist() == [False, False, False, True]
    none = np.zeros(0)
    assert len(at_sea(none, none, 1)) == 0


def test_asked_again_it_says_the_same():
    rng = np.random.default_rng(8)
    lon, lat = rng.uniform(0, 20, 5_000), rng.uniform(50, 60, 5_000)
    once = at_sea(lon, lat, 20_000)
    np.testing.assert_array_equal(at_sea(lon[::-1], lat[::-1], 20_000)[::-1], once)
