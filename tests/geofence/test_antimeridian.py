from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Polygon, affinity

from geofence.antimeridian import RoundPoleError, cut, in_sequence, unwrap


def wrapped(ring: np.ndarray) -> np.ndarray:
    """The same ring as most files write it: every longitude within ±180."""
    return np.column_stack([(ring[:, 0] + 180) % 360 - 180, ring[:, 1]])


@given(st.floats(-180, 180), st.floats(-60, 60), st.floats(0.1, 80), st.integers(3, 12))
def test_however_it_is_written_it_is_the_same_area(
    lon: float, lat: float, size: float, corners: int
) -> None:
    angles = np.linspace(0, 2 * np.pi, corners + 1)
    ring = np.column_stack([lon + size * np.cos(angles), lat + size / 3 * np.sin(angles)])
    ring[-1] = ring[0]
    (read,) = in_sequence([wrapped(ring)])
    made = cut(Polygon(read))
    west, _, east, _ = made.bounds
    assert west >= -180
    assert east <= 180
    assert made.is_valid
    assert made.area == pytest.approx(Polygon(ring).area)
    inside = (lon + 180) % 360 - 180
    assert shapely.intersects_xy(made, inside, lat)


def test_what_lies_within_the_map_is_left_alone() -> None:
    square = shapely.box(-180, -10, 180, 10)
    assert cut(square) is square


def test_steps_of_any_size_are_unwrapped() -> None:
    lons = np.array([170.0, -170.0, 170.0, 350.0, -10.0])
    assert np.abs(np.diff(unwrap(lons))).max() <= 180
    assert unwrap(lons)[0] == 170


def test_a_ring_round_the_pole_is_refused() -> None:
    with pytest.raises(RoundPoleError):
        in_sequence([np.array([[0, 80], [120, 80], [-120, 80], [0, 80]], float)])


def test_a_hole_written_on_the_other_side_joins_its_shell() -> None:
    shell = np.array([[170, -5], [190, -5], [190, 5], [170, 5], [170, -5]], float)
    hole = np.array([[-179, -1], [-178, -1], [-178, 1], [-179, 1], [-179, -1]], float)
    shell, hole = in_sequence([shell, hole])
    assert Polygon(shell, [hole]).is_valid


def test_a_line_is_cut_where_it_crosses() -> None:
    line = cut(LineString([[170, 0], [190, 10]]))
    assert [list(part.coords) for part in line.geoms] == [
        [(170, 0), (180, 5)],
        [(-180, 5), (-170, 10)],
    ]


def test_turns_of_the_earth_beyond_are_brought_home() -> None:
    square = shapely.box(4, 50, 6, 52)
    assert cut(affinity.translate(square, 360)).equals(square)
