"""Cells of the sea."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detect import cells
from geofence.geodesy import distance

LON, LAT = st.floats(-180, 180), st.floats(-90, 90)


@given(LON, LAT)
def test_a_place_lies_in_the_cell_whose_middle_is_near(lon, lat):
    cell = cells.cells([lon], [lat])
    assert 0 <= cell[0] < cells.COUNT
    x, y = cells.middle(cell)
    assert distance(lon, lat, x, y)[0] < cells.CELL_M * (1.05 if abs(lat) < 89 else 3)
    assert cells.cells(x, y)[0] == cell[0]


@given(LON, LAT, st.floats(0, 360), st.floats(0, 0.99))
def test_what_is_less_than_a_cell_away_lies_in_it_or_next_to_it(lon, lat, bearing, share):
    y = lat + share * np.cos(np.radians(bearing)) / cells.PER_DEGREE
    if abs(y) > 85 or abs(lat) > 85:
        return
    shrunk = np.cos(np.radians(max(abs(lat), abs(y)) + 0.3))
    x = lon + 0.9 * share * np.sin(np.radians(bearing)) / cells.PER_DEGREE / shrunk
    near = cells.around(cells.cells([lon], [lat]), 2)[0]
    assert cells.cells([x], [y])[0] in near


@given(LON, LAT, st.sampled_from([0, 1, 2, 4]))
def test_each_cell_around_is_there_once(lon, lat, reach):
    cell = cells.cells([lon], [lat])
    near = cells.around(cell, reach)[0]
    kept = near[near >= 0]
    assert len(set(kept.tolist())) == len(kept)
    assert cell[0] in kept
    assert kept.max() < cells.COUNT
    if abs(lat) < 80:
        assert len(kept) == (2 * reach + 1) ** 2


def test_neighbours_over_the_antimeridian_and_full_turns():
    east, west = cells.cells([179.99, -179.99], [10.0, 10.0])
    assert west in cells.around(np.array([east]), 1)[0]
    assert cells.cells([190.0], [10.0])[0] == cells.cells([-170.0], [10.0])[0]
    assert cells.cells([np.nan, 1.0], [0.0, np.nan]).tolist() == [-1, -1]
