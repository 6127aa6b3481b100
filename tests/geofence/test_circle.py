from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geofence.circle import SAGITTA_M, circle, circles
from geofence.geodesy import direct


@given(
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.sampled_from([500.0, 3000.0, 5556.0, 50_000.0, 400_000.0, 1_852_000.0]),
    st.floats(0, 360),
)
def test_inside_is_inside_and_outside_outside(
    lon: float, lat: float, radius: float, bearing: float
) -> None:
    shape = circle(lon, lat, radius)
    assert shape.is_valid
    # Straight edges on a plane of degrees bend away from the geodesic with size and latitude.
    slack = SAGITTA_M + 0.002 * radius + (0.01 * radius if abs(lat) > 80 or radius > 1e6 else 0)
    for metres, inside in ((0.0, True), (radius - slack, True), (radius + slack, False)):
        if metres > 0 and abs(lat) > 89.99:
            continue  # at the pole itself bearings mean nothing
        x, y = direct(lon, lat, bearing, metres)
        x = (x + 180) % 360 - 180
        assert bool(shapely.intersects_xy(shape, x, y)) == inside, metres


def test_over_the_antimeridian_it_is_cut_and_whole() -> None:
    shape = circle(179.99, -17.0, 5_000)
    assert shape.geom_type == "MultiPolygon"
    assert shape.bounds[0] == -180
    assert shape.bounds[2] == 180
    assert shape.area == pytest.approx(circle(0.0, -17.0, 5_000).area, rel=1e-6)
    assert shape.intersects(shapely.Point(-179.99, -17.0))


def test_a_pole_within_is_within() -> None:
    shape = circle(30.0, 89.9, 50_000)
    assert shape.intersects(shapely.Point(-150.0, 89.95))
    assert not shape.intersects(shapely.Point(-150.0, 89.0))
    assert not shape.intersects(shapely.Point(0.0, 0.0))


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    lon, lat = np.array([4.5, 179.99, -60.0, 0.0]), np.array([51.9, 0.0, 89.99, -80.0])
    radius = np.array([5000.0, 5000.0, 3000.0, 3000.0])
    for made, *given_ in zip(circles(lon, lat, radius), lon, lat, radius, strict=True):
        assert made.equals_exact(circle(*map(float, given_)), 1e-12)
