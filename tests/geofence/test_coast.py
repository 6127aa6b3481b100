from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geofence import coast
from geofence.coast_distance import EXACT_M
from geofence.coast_shapes import edges
from geofence.geodesy import chord_to_arc, ecef


@pytest.mark.parametrize(
    ("lon", "lat", "land"),
    [
        (0.0, 20.0, True),  # Sahara
        (-30.0, 30.0, False),  # Atlantic
        (0.0, -85.0, True),  # Antarctica
        (180.0, -85.0, True),
        (-180.0, -85.0, True),
        (0.0, -90.0, True),
        (0.0, 90.0, False),
        (-175.0, 66.5, True),  # Chukotka, west of the antimeridian's cut
        (179.0, 68.0, True),  # and east of it
        (178.0, -17.8, True),  # Viti Levu
        (-179.0, 71.2, True),  # Wrangel
        (51.0, 42.0, False),  # Caspian
        (4.0, 52.2, False),  # off Scheveningen
    ],
)
def test_land_and_sea(lon: float, lat: float, land: bool) -> None:
    assert coast.on_land(lon, lat).tolist() == [land]


@pytest.mark.parametrize(
    ("lon", "lat", "low", "high"),
    [
        (-5.6, 35.98, 1_000, 5_000),  # the Strait of Gibraltar, off Tarifa
        (-123.4, -48.9, 2_600_000, 2_750_000),  # Point Nemo: 2,688 km from Ducie
        (0.0, 90.0, 690_000, 725_000),  # the pole: Kaffeklubben at 83°40'N
        (82.19, 44.29, 2_200_000, 2_300_000),  # Dzungaria, from the Caspian, which counts as sea
    ],
)
def test_known_distances(lon: float, lat: float, low: float, high: float) -> None:
    (metres,) = coast.distance_from_shore(lon, lat)
    assert low <= metres <= high


@pytest.fixture(scope="module")
def shore() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, b, is_shore = edges("10m")
    start = ecef(*a[is_shore].T)
    along = ecef(*b[is_shore].T) - start
    return start, along, np.maximum((along**2).sum(axis=1), 1e-9)


def test_exact_near_the_shore_and_close_far_from_it(
    shore: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    start, along, length2 = shore
    random = np.random.default_rng(8)
    a, _, _ = edges("10m")
    near = a[random.integers(0, len(a), 60)] + random.normal(0, 0.5, (60, 2))
    world = np.column_stack([random.uniform(-180, 180, 60), random.uniform(-90, 90, 60)])
    places = np.clip(np.concatenate([near, world]), (-180, -90), (180, 90))
    found = coast.distance_from_shore(*places.T)
    for (lon, lat), metres in zip(places, found, strict=True):
        to = ecef(lon, lat) - start
        share = np.clip(np.einsum("ij,ij->i", along, to) / length2, 0, 1)
        to -= share[:, None] * along
        true = float(chord_to_arc(np.sqrt(np.einsum("ij,ij->i", to, to).min())))
        assert metres == pytest.approx(true, abs=1.0 if true < 0.99 * EXACT_M else 1_000)


def test_both_sides_of_the_antimeridian_are_one_place() -> None:
    lat = np.linspace(-90, 90, 181)
    east = coast.distance_from_shore(np.full(181, 180.0), lat)
    west = coast.distance_from_shore(np.full(181, -180.0), lat)
    np.testing.assert_allclose(east, west, atol=1_000)
    np.testing.assert_allclose(east[east < EXACT_M], west[east < EXACT_M], atol=0.01)
    assert (
        coast.on_land(np.full(181, 180.0), lat) == coast.on_land(np.full(181, -180.0), lat)
    ).all()


def test_the_cut_along_the_antimeridian_is_no_shore() -> None:
    # Chukotka at 180°, 68.5°N: some 40 km of land to either side.
    assert coast.distance_from_shore(180.0, 68.5)[0] > 20_000
    assert coast.distance_from_shore(0.0, -90.0)[0] > 400_000


def test_absent_positions_stay_absent() -> None:
    lon, lat = [np.nan, 0.0, 181.0, 0.0], [0.0, np.nan, 0.0, 91.0]
    assert np.isnan(coast.distance_from_shore(lon, lat)).all()
    assert not coast.on_land(lon, lat).any()
    assert len(coast.distance_from_shore([], [])) == 0


@given(st.integers(0, 2**32 - 1))
def test_land_is_what_the_outlines_hold(seed: int) -> None:
    random = np.random.default_rng(seed)
    lon, lat = random.uniform(-12, 4, 50), random.uniform(48, 61, 50)
    inside = np.zeros(50, int)
    for outline in _BRITAIN:
        inside += shapely.contains_xy(outline, lon, lat)
    assert (coast.on_land(lon, lat) == (inside % 2 == 1)).all()


_BRITAIN = [
    shapely.make_valid(shapely.Polygon(ring))
    for ring in coast.rings("10m")
    if len(ring) > 3
    and ring[:, 0].max() > -12
    and ring[:, 0].min() < 4
    and ring[:, 1].max() > 48
    and ring[:, 1].min() < 61
]


@pytest.mark.parametrize("resolution", coast.RESOLUTIONS)
def test_outlines_are_closed_and_within_the_map(resolution: str) -> None:
    rings = coast.rings(resolution)
    assert len(rings) > 100
    for ring in rings:
        assert (ring[0] == ring[-1]).all() or len(ring) == 2
        assert np.abs(ring[:, 0]).max() <= 180
        assert np.abs(ring[:, 1]).max() <= 90
        steps = np.abs(np.diff(ring, axis=0))
        polar = np.abs(ring[1:, 1]) > 89.9
        assert (steps[~polar, 0] < 180).all()


def test_an_unknown_resolution_is_refused() -> None:
    with pytest.raises(ValueError, match="110m"):
        coast.rings("1m")


def test_there_is_no_island_where_programs_mistakes_fall():
    """Natural Earth draws one at 0° N 0° E; the nearest shore is Ghana's, 308 nm off."""
    zero = np.array([0.0, 0.003])
    assert not coast.on_land(zero, zero).any()
    assert coast.distance_from_shore(zero, zero) / 1852 == pytest.approx(308, abs=1)
