"""Grown shapes: at least the distance, not much more, anywhere on the globe."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Polygon, box

from geofence.antimeridian import cut
from geofence.buffer import grow, grow_all
from geofence.circle import circle
from geofence.geodesy import direct, distance

BEARINGS = np.arange(0, 360, 3.0)


def ring_around(shape, metres):
    """Places at exactly `metres` from points of a shape's outline, all round each."""
    outline = shapely.segmentize(shape.boundary if shape.area else shape, 0.5)
    at = shapely.get_coordinates(outline)
    at = at[np.abs(at[:, 1]) < 89.99]
    lon, lat = direct(at[:, :1], at[:, 1:], BEARINGS, metres)
    return (lon.ravel() + 180) % 360 - 180, lat.ravel()


def contains(area, lon, lat):
    shapely.prepare(area)
    return shapely.intersects_xy(area, lon, lat)


SHAPES = {
    "small": box(5, 50, 5.1, 50.05),
    "arctic": box(20, 78, 20.5, 78.2),
    "tall": box(-30, -60, -10, 70),
    "far north": box(10, 80, 14, 88.5),
    "to the pole": box(-40, 70, 40, 90),
    "at the antimeridian": cut(Polygon([(179.9, -20), (180.2, -20), (180.2, -19), (179.9, -19)])),
    "just west of it": box(179.5, 60, 179.999, 60.2),
    "with a hole": Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (3, 1), (3, 3), (1, 3)]]),
    "two parts": MultiPolygon([box(0, 40, 1, 41), box(10, 40, 11, 41)]),
    "gate": LineString([(43.2, 12.4), (43.4, 12.7), (43.5, 12.6)]),
    "gate over it": MultiLineString([[(179, 65), (180, 66)], [(-180, 66), (-179, 65)]]),
    "round the earth": box(-180, 30, 180, 31),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("metres", [1.0, 500.0, 2_000.0, 40_000.0])
def test_it_holds_everything_within_the_distance(name, metres):
    shape = SHAPES[name]
    grown = grow(shape, metres)
    assert grown.is_valid
    assert grown.bounds[0] >= -180
    assert grown.bounds[2] <= 180
    assert np.abs(grown.bounds[1::2]).max() <= 90
    at = shapely.get_coordinates(shape)
    assert contains(grown, at[:, 0], at[:, 1]).all()
    lon, lat = ring_around(shape, metres * 0.9999)
    assert contains(grown, lon, lat).all()


@pytest.mark.parametrize("name", ["small", "arctic", "gate", "with a hole", "just west of it"])
@pytest.mark.parametrize("metres", [500.0, 5_000.0])
def test_it_holds_little_more(name, metres):
    shape = SHAPES[name]
    outline = shape.boundary if shape.area else shape
    near = shapely.get_coordinates(shapely.segmentize(outline, 0.0005))
    far = shapely.get_coordinates(grow(shape, metres))
    far = far[np.abs(far[:, 0]) < 180]
    off = distance(far[:, :1], far[:, 1:], near[:, 0], near[:, 1]).min(axis=1)
    assert off.max() < metres * 1.12 + 1  # a twentieth sideways, 2 % for arcs, 1 % for the sphere


@given(
    west=st.floats(-179, 178), south=st.floats(-88, 87),
    width=st.floats(0.001, 20), height=st.floats(0.001, 20), metres=st.floats(1, 20_000),
)  # fmt: skip
@settings(max_examples=60)
def test_any_box_anywhere(west, south, width, height, metres):
    shape = box(west, south, min(west + width, 180), min(south + height, 89.5))
    (grown,) = grow_all([shape], [metres])
    lon, lat = ring_around(shape, metres * 0.9999)
    assert contains(grown, lon, lat).all()
    assert shapely.contains(grown, shape)


def test_many_at_once_are_as_each_alone():
    shapes = list(SHAPES.values())
    for together, shape in zip(grow_all(shapes, [750.0] * len(shapes)), shapes, strict=True):
        alone = grow(shape, 750.0)
        # Bands may be cut at other latitudes; the edges then differ by a few per cent of 750 m.
        assert shapely.hausdorff_distance(together, alone) < 750 * 0.06 / 111_000 / np.cos(
            np.radians(min(abs(np.array(shape.bounds[1::2])).max() + 0.01, 89))
        )


@pytest.mark.parametrize("lat", [-75.0, 0.0, 52.0])
def test_circles_are_grown_with_few_vertices(lat):
    ports = [circle(4.0, lat, 3_000.0), circle(179.99, lat, 2_000.0)]
    for port, grown in zip(ports, grow_all(ports, [1_000.0] * 2), strict=True):
        lon, lat_ = ring_around(port, 999.9)
        assert contains(grown, lon, lat_).all()
    plain = grow_all(ports[:1], [1_000.0])[0]
    assert shapely.get_num_coordinates(plain) == shapely.get_num_coordinates(ports[0])


def test_nothing_to_grow_by():
    shape = SHAPES["small"]
    assert grow(shape, 0) is shape
    assert grow_all([shape], [0.0]) == [shape]
    assert grow_all([], []) == []
