"""The grid answers what shapely answers, at every point that could tell them apart."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from geofence.grid import Grid
from geofence.grid.frame import BITS, LEVELS


def shapely_says(areas, x, y):
    """The areas of each point by `shapely.intersects`, with the map mended at ±180."""
    found = [set() for _ in x]
    shapely.prepare(areas)
    for shift in (0, 1):
        at = np.where(np.abs(x) == 180, -x, x) if shift else x
        for number, area in enumerate(areas):
            for point in np.flatnonzero(shapely.intersects_xy(area, at, y)):
                found[point].add(number)
    for pole in (-90, 90):
        there = {i for i, a in enumerate(areas) if a.intersects(box(-180, pole, 180, pole))}
        for point in np.flatnonzero(y == pole):
            found[point] = there
    return [tuple(sorted(f)) for f in found]


def assert_equal(areas, x, y, **how):
    grid = Grid(areas, **how)
    answer = [grid.members(number) for number in grid.lookup(x, y).tolist()]
    for got, expected, lon, lat in zip(answer, shapely_says(areas, x, y), x, y, strict=True):
        assert got == expected, f"at ({lon!r}, {lat!r})"
    return grid


def ulps(x, y):
    """The points, and their neighbours one unit in the last place away."""
    around = list(itertools.product((-np.inf, None, np.inf), repeat=2))
    xs = np.concatenate([x if dx is None else np.nextafter(x, dx) for dx, _ in around])
    ys = np.concatenate([y if dy is None else np.nextafter(y, dy) for _, dy in around])
    inside = (np.abs(xs) <= 180) & (np.abs(ys) <= 90)
    return xs[inside], ys[inside]


def hard_points(areas: Sequence[Polygon | MultiPolygon], seed: int = 0, most: int = 400):
    """Vertices, points on edges, crossings, cell borders, reference points, and around each."""
    random = np.random.default_rng(seed)
    rings = shapely.get_rings(shapely.get_parts(areas))
    a = np.concatenate([shapely.get_coordinates(r)[:-1] for r in rings])
    b = np.concatenate([shapely.get_coordinates(r)[1:] for r in rings])
    some = random.permutation(len(a))[:most]
    a, b = a[some], b[some]
    on_edge = a + random.random((len(a), 1)) * (b - a)
    lines = shapely.linestrings(np.stack([a, b], axis=1)[:60])
    crossings = shapely.get_coordinates(
        [shapely.intersection(p, q) for p, q in itertools.combinations(lines, 2)]
    )
    frame = Grid(areas)._index.frame
    borders = on_edge.copy()
    for level in range(LEVELS):
        size = (1 << BITS * level) / frame.fine
        part = slice(level, None, LEVELS)
        borders[part, 0] = np.round((on_edge[part, 0] - frame.west) / size) * size + frame.west
        borders[part, 1] = np.round((on_edge[part, 1] - frame.south) / size) * size + frame.south
    u, v = frame.fine_xy(on_edge[:, 0].copy(), on_edge[:, 1].copy())
    references = np.stack(frame.reference(u.astype(np.int64), v.astype(np.int64)), axis=1)
    level_with = np.stack([on_edge[:, 0], np.roll(a[:, 1], 1)], axis=1)
    points = np.concatenate([a, on_edge, crossings, borders, references, level_with])
    low, high = points.min(axis=0) - 1, points.max(axis=0) + 1
    anywhere = random.uniform(low, high, (most, 2))
    x, y = ulps(*points.T)
    keep = random.permutation(len(x))[: 12 * most]
    return (
        np.concatenate([x[keep], anywhere[:, 0].clip(-180, 180)]),
        np.concatenate([y[keep], anywhere[:, 1].clip(-90, 90)]),
    )


def fan(lon, lat, radius, wedges):
    """Sectors that share their apex and their sides."""
    turn = np.linspace(0, 2 * np.pi, wedges + 1)
    rim = np.stack([lon + radius * np.cos(turn), lat + radius * np.sin(turn)], axis=1)
    return [Polygon([(lon, lat), rim[i], rim[i + 1]]) for i in range(wedges)]


def ragged(lon, lat, radius, vertices, seed, roughness=0.1):
    """A star-shaped polygon with a coast-like outline."""
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    reach = radius * (1 + 0.2 * np.sin(5 * turn) + roughness * random.random(vertices))
    return Polygon(np.stack([lon + reach * np.cos(turn), lat + reach * np.sin(turn)], axis=1))


def nested(lon, lat, radius):
    """A port as drawn and grown by 1 km."""
    return [Point(lon, lat).buffer(r, quad_segs=16) for r in (radius, radius + 0.009)]


RANDOM = np.random.default_rng(11)
PLACES = {
    "one box on whole degrees": [box(10, 50, 12, 51)],
    "one harbour": nested(4.1, 51.95, 0.03),
    "ports that crowd a river": [
        area
        for lon, lat, r in zip(
            RANDOM.uniform(4, 4.4, 40),
            RANDOM.uniform(51.8, 52, 40),
            RANDOM.uniform(0.02, 0.05, 40),
            strict=True,
        )
        for area in nested(lon, lat, r)
    ],
    "boxes side by side, sharing sides and corners": [
        box(i, j, i + 1, j + 1) for i in range(-3, 3) for j in range(-2, 2)
    ],
    "boxes of different size sharing parts of sides": [
        box(0, 0, 3, 1), box(0, 1, 1, 2), box(1, 1, 3, 2), box(0.5, 0.5, 2.5, 1), box(1, 0, 2, 1),
    ],
    "the same area over again, and a neighbour of each": [
        *[ragged(20, 20, 1, 40, 1)] * 9, *[box(15, 15, 25, 25) - ragged(20, 20, 1, 40, 1)] * 3,
    ],
    "nine outlines that nearly agree": [
        Polygon(
            shapely.get_coordinates(ragged(-30, 10, 0.02, 30, 2))[:-1]
            + np.random.default_rng(version).normal(0, 1e-9, (30, 2))
        )
        for version in range(9)
    ],
    "36 sectors that share an apex": fan(-5.3, 36.1, 0.2, 36),
    "sectors with their apex on a cell border": [*fan(8, 8, 0.3, 12), box(8, 8, 9, 9)],
    "slivers": [
        Polygon([(0, 0), (10, 1e-12), (10, 0)]),
        Polygon([(0, 5), (1e-13, 7), (0, 9)]),
        Polygon([(1, 1), (2, 2), (np.nextafter(2, 3), 2)]),
        box(3.3, 3.3, 3.3 + 1e-9, 3.3 + 1e-9),
    ],
    "holes that touch their outer ring": [
        Polygon(box(0, 0, 4, 4).exterior, [[(0, 2), (2, 1), (2, 3)]]),
        Polygon(box(0, 0, 4, 4).exterior, [[(2, 0), (3, 2), (1, 2)], [(4, 4), (2, 3), (3, 3)]]),
        MultiPolygon([box(0, 0, 1, 1), box(1, 1, 2, 2)]),
        Polygon(ragged(2, 2, 1.5, 200, 3).exterior, [ragged(2, 2, 0.7, 100, 4).exterior]),
    ],
    "touching circles and a common tangent": [
        Point(0, 0).buffer(1, quad_segs=16), Point(2, 0).buffer(1, quad_segs=16),
        box(-1, 1, 3, 2), box(-1, -2, 3, -1),
    ],
    "both sides of the antimeridian": [
        MultiPolygon([box(175, -5, 180, 5), box(-180, -5, -170, 5)]),
        box(178, 0, 180, 10), box(-180, -10, -175, 2.5),
        Polygon([(179, 20), (180, 21), (179, 22)]), Polygon([(-179, 20), (-180, 20.5), (-179, 22)]),
    ],
    "poles and the whole world": [
        box(-180, -90, 180, 90), box(-180, 80, 180, 90), box(0, 85, 90, 90), box(10, -90, 20, -70),
    ],
    "very small and very far apart": [box(-170, -80, -169.9999, -79.9999), box(170, 80, 171, 81)],
    "coordinates close to zero": [
        box(-1e-9, -1e-9, 1e-9, 1e-9), Polygon([(0, 0), (1e-160, 1e-160), (1e-160, 0)]),
        box(0, 0, 1, 1),
    ],
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_equals_shapely_at_hard_points(place):
    areas = PLACES[place]
    assert all(area.is_valid for area in areas)
    grid = assert_equal(areas, *hard_points(areas))
    assert grid.sets <= 40 * len(areas) + 3000


@pytest.mark.parametrize("cells_per_degree", [1, 3, 5, 64])
def test_any_first_level_gives_the_same_answers(cells_per_degree):
    areas = PLACES["ports that crowd a river"] + PLACES["one box on whole degrees"]
    assert_equal(areas, *hard_points(areas, seed=1), cells_per_degree=cells_per_degree)


def references(outer, low, high, count, seed):
    """Reference points of cells of all levels, of any grid whose areas reach as far as `outer`."""
    frame = Grid([outer])._index.frame
    random = np.random.default_rng(seed)
    u, v = frame.fine_xy(*random.uniform(low, high, (2, count)))
    shift = BITS * (np.arange(count) % LEVELS)
    u, v = ((w.astype(np.int64) >> shift) << shift for w in (u, v))
    return np.stack(frame.reference(u, v), axis=1)


def test_segments_that_pass_a_hair_beside_reference_points():
    """The builder's walk must tell on which side, and the keys of whole cells hang on it."""
    random = np.random.default_rng(5)
    near = references(box(0, 0, 4, 4), 0.2, 3.8, 60, seed=3)
    away = random.uniform(-0.05, 0.05, near.shape)
    hair = np.spacing(near) * random.integers(1, 3, near.shape) * random.choice([-1, 1], near.shape)
    corners = np.stack([near + hair - away, near + hair + away, near + away[:, ::-1] * (2, -2)], 1)
    areas = [box(0, 0, 4, 4), *shapely.polygons(corners)]
    around = np.concatenate([near, near + 1e-9, near - 1e-9])
    assert_equal(areas, *ulps(*around.T))
    assert_equal(areas, *hard_points(areas, seed=3))


@pytest.mark.parametrize(("reach", "extent"), [(4, 0.02), (150, 140)])
def test_corners_on_the_meridian_of_reference_points(reach, extent):
    """The lookup's walk turns at that meridian, on the point's own parallel.

    With sides of 100 degrees and corners near zero the differences of coordinates are rounded.
    """
    random = np.random.default_rng(6)
    outer = box(-reach, -reach / 2, reach, reach / 2)
    near = references(outer, 0.01, 0.5, 40, seed=4)
    near[:, 0] += np.spacing(near[:, 0]) * random.integers(-1, 2, len(near))
    near[:, 1] += random.uniform(1e-6, 1e-4, len(near))
    ends = near[:, None] + random.uniform(-extent, extent, (len(near), 2, 2)) * (1, 0.5)
    beside = near + np.stack([random.uniform(1e-7, 1e-4, len(near)), np.zeros(len(near))], 1)
    for corners in np.array_split(np.concatenate([near[:, None], ends], 1), 8):
        areas = [outer, *shapely.polygons(corners)]
        assert_equal(areas, *ulps(*np.concatenate([near, beside]).T))


def test_an_area_so_small_that_products_vanish():
    areas = [Polygon([(0, 0), (3e-160, 1e-160), (3e-160, 0)]), box(-1, 0, 0, 1)]
    along = np.random.default_rng(8).random(300)
    x, y = 3e-160 * along, 1e-160 * along
    off = np.random.default_rng(9).integers(-9, 10, (2, 300)) * 1e-163
    assert_equal(areas, np.concatenate([x, x + off[0]]), np.concatenate([y, y + off[1]]))


def test_an_area_of_a_hundred_thousand_vertices():
    areas = [
        ragged(40, 12, 6, 100_000, 7, roughness=1e-4),
        ragged(40, 12, 6.0003, 100_000, 8, roughness=1e-4),
        box(36, 8, 41, 12),
    ]
    grid = assert_equal(areas, *hard_points(areas, seed=2, most=60))
    assert grid.nbytes < 100e6


coordinates = st.floats(-3, 3, width=32) | st.integers(-24, 24).map(lambda n: n / 8)


@st.composite
def simple_areas(draw):
    corners = draw(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=6))
    area = shapely.convex_hull(shapely.multipoints(corners))
    if area.geom_type != "Polygon" or not area.is_valid:
        area = box(*corners[0], corners[0][0] + 0.25, corners[0][1] + 0.125)
    inner = draw(st.none() | st.floats(0.1, 0.9))
    if inner is not None:
        scaled = shapely.transform(area, lambda c: c[0] + (c - c[0]) * inner)
        touching = Polygon(area.exterior, [scaled.exterior])
        area = touching if touching.is_valid else area
    return area


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(areas=st.lists(simple_areas(), min_size=1, max_size=9), seed=st.integers(0, 1000))
def test_equals_shapely_on_any_areas(areas, seed):
    assert_equal(areas, *hard_points(areas, seed=seed, most=40))


@settings(max_examples=100, deadline=None)
@given(
    points=st.lists(
        st.tuples(
            st.floats(width=64) | st.sampled_from([180.0, -180.0, 181.0]),
            st.floats(width=64) | st.sampled_from([90.0, -90.0, 91.0]),
        ),
        max_size=40,
    )
)
def test_whatever_the_air_brings_has_an_answer(points):
    areas = PLACES["both sides of the antimeridian"] + PLACES["poles and the whole world"]
    x, y = np.array(points, np.float64).reshape(-1, 2).T
    answer = WORLD.lookup(x, y)
    good = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    assert (answer[~good] == 0).all()
    expected = shapely_says(areas, x[good], y[good])
    assert [WORLD.members(n) for n in answer[good].tolist()] == expected


WORLD = Grid(PLACES["both sides of the antimeridian"] + PLACES["poles and the whole world"])
