from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.geodesy import chord_to_arc, direct, distance, ecef, inverse

LON = st.floats(-180, 180)
LAT = st.floats(-89.9, 89.9)


@pytest.mark.parametrize(
    ("one", "other", "metres", "bearing"),
    [
        # Flinders Peak to Buninyong, GDA technical manual, chapter 4.
        (
            (144 + 25 / 60 + 29.52440 / 3600, -(37 + 57 / 60 + 3.72030 / 3600)),
            (143 + 55 / 60 + 35.38390 / 3600, -(37 + 39 / 60 + 10.15610 / 3600)),
            54_972.271,
            306 + 52 / 60 + 5.37 / 3600,
        ),
        # New York to London, the example of GeographicLib's GeodSolve.
        ((-73.8, 40.6), (-0.5, 51.6), 5_551_759.400, 51.198883),
        # A degree of the equator; a quarter meridian.
        ((0.0, 0.0), (1.0, 0.0), 111_319.4908, 90.0),
        ((30.0, 0.0), (30.0, 90.0), 10_001_965.7293, 0.0),
    ],
)
def test_inverse_agrees_with_published_lines(
    one: tuple[float, float], other: tuple[float, float], metres: float, bearing: float
) -> None:
    found, seen = inverse(*one, *other)
    assert float(found) == pytest.approx(metres, abs=0.001)
    assert float(seen) == pytest.approx(bearing, abs=1e-5)


@given(LON, LAT, st.floats(0, 360), st.floats(1, 5_000_000))
def test_direct_undoes_inverse(lon: float, lat: float, bearing: float, metres: float) -> None:
    lon2, lat2 = direct(lon, lat, bearing, metres)
    found, _ = inverse(lon, lat, lon2, lat2)
    assert float(found) == pytest.approx(metres, abs=0.01)


@given(LON, LAT, LON, LAT)
def test_the_sphere_is_close_to_the_ellipsoid(
    lon1: float, lat1: float, lon2: float, lat2: float
) -> None:
    exact, _ = inverse(lon1, lat1, lon2, lat2)
    assert float(distance(lon1, lat1, lon2, lat2)) == pytest.approx(float(exact), rel=0.0057)


def test_the_antimeridian_is_no_distance() -> None:
    assert float(inverse(180, 60, -180, 60)[0]) == pytest.approx(0, abs=1e-6)
    assert float(distance(179.9, 10, -179.9, 10)) == pytest.approx(21_900, rel=0.001)


def test_nearly_antipodal_places_still_answer() -> None:
    metres, _ = inverse(0, 0, 179.9, 0.1)
    assert float(metres) == pytest.approx(20_003_931, rel=0.01)


def test_a_circle_over_the_antimeridian_stays_in_sequence() -> None:
    lon, _ = direct(179.99, 0, np.arange(0, 360, 10), 50_000)
    assert lon.max() > 180
    assert np.abs(np.diff(lon)).max() < 1


def test_absent_positions_stay_absent() -> None:
    metres, bearing = inverse([0, np.nan], [0, 0], [1, 1], [1, 1])
    assert np.isnan(metres).tolist() == [False, True]
    assert np.isnan(bearing).tolist() == [False, True]
    assert np.isnan(distance(np.nan, 0, 0, 0))


def test_a_chord_becomes_the_way_along_the_surface() -> None:
    places = ecef([0.0, 0.0], [0.0, 40.0])
    chord = np.linalg.norm(places[1] - places[0])
    assert float(chord_to_arc(chord)) == pytest.approx(float(inverse(0, 0, 0, 40)[0]), rel=0.002)
