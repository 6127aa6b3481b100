"""What the program relies on when it uses the grid."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from shapely import MultiPolygon, Point, Polygon, box

from geofence.grid import Grid
from geofence.grid.frame import OFFSETS
from ingest.errors import ZoneError


def circles(count, seed, reach=0.05):
    random = np.random.default_rng(seed)
    places = random.uniform((-10, 40), (10, 60), (count, 2))
    return [Point(place).buffer(reach, quad_segs=16) for place in places]


def scattered(count, seed):
    random = np.random.default_rng(seed)
    return random.uniform(-11, 11, count), random.uniform(39, 61, count)


def test_answers_set_numbers_whose_members_ascend():
    grid = Grid([box(0, 0, 2, 2), box(1, 1, 3, 3), box(10, 10, 11, 11)])
    answer = grid.lookup(np.array([0.5, 1.5, 2.5, 1.0, 50.0]), np.array([0.5, 1.5, 2.5, 1.0, 50.0]))
    assert answer.dtype == np.int32
    assert [grid.members(n) for n in answer] == [(0,), (0, 1), (1,), (0, 1), ()]
    assert answer[4] == 0
    assert grid.members(0) == ()
    assert grid.sets > answer.max()


def test_points_in_the_same_areas_have_the_same_set():
    areas = circles(300, seed=1, reach=0.6)
    grid = Grid(areas)
    members = [grid.members(n) for n in range(grid.sets)]
    assert len(set(members)) == len(members)
    assert all(m == tuple(sorted(m)) for m in members)


@pytest.mark.parametrize("areas", [[], [Polygon()], [MultiPolygon(), Polygon()]])
def test_no_areas_no_answers(areas):
    grid = Grid(areas)
    assert grid.sets == 1
    assert (grid.lookup(np.array([0.0, np.nan, 180.0]), np.array([0.0, 1.0, 90.0])) == 0).all()


def test_what_is_no_place_on_earth_is_in_no_area():
    grid = Grid([box(-180, -90, 180, 90)])
    x = np.array([np.nan, 0, np.inf, -np.inf, 181, 180.0000001, 0, 0, 1e308, -1e308])
    y = np.array([0, np.nan, 0, 0, 0, 0, 91, -90.0000001, 1e308, 0])
    assert (grid.lookup(x, y) == 0).all()


def test_any_size_of_batch_and_any_kind_of_array():
    grid = Grid(circles(200, seed=3, reach=0.3))
    x, y = scattered(70_001, seed=4)
    whole = grid.lookup(x, y)
    assert 0.02 < (whole > 0).mean() < 0.9
    assert grid.lookup(x[:0], y[:0]).shape == (0,)
    for i in range(0, 300, 7):
        assert grid.lookup(x[i : i + 1], y[i : i + 1])[0] == whole[i]
    assert (grid.lookup(x[::2], y[::2]) == whole[::2]).all()
    cut = [grid.lookup(x[i : i + 999], y[i : i + 999]) for i in range(0, len(x), 999)]
    assert (np.concatenate(cut) == whole).all()
    narrow = grid.lookup(x.astype(np.float32), y.astype(np.float32))
    assert (narrow == grid.lookup(np.float64(np.float32(x)), np.float64(np.float32(y)))).all()


def test_the_same_areas_give_the_same_numbers_again_also_through_pickle():
    areas = circles(100, seed=5, reach=0.5)
    x, y = scattered(10_000, seed=6)
    x[:64], y[:64] = areas[0].exterior.xy[0][:64], areas[0].exterior.xy[1][:64]
    first, again = Grid(areas), Grid(areas)
    moved = pickle.loads(pickle.dumps(first))
    assert (first.lookup(x, y) == again.lookup(x, y)).all()
    assert (first.lookup(x, y) == moved.lookup(x, y)).all()
    assert first.sets == moved.sets
    assert first.members(first.sets - 1) == moved.members(moved.sets - 1)


def test_the_place_on_the_antimeridian_is_one_place():
    grid = Grid([box(179, 0, 180, 2), box(-180, 1, -179, 3), box(-180, -3, -178, -2)])
    y = np.array([-90, -2.5, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3, np.nextafter(3, 4), 90])
    east, west = grid.lookup(np.full(12, 180.0), y), grid.lookup(np.full(12, -180.0), y)
    assert (east == west).all()
    expected = [(), (2,), (), (0,), (0,), (0, 1), (0, 1), (0, 1), (1,), (1,), (), ()]
    assert [grid.members(n) for n in east] == expected
    just_inside = grid.lookup(np.nextafter([180.0, -180.0], 0), np.array([1.5, 1.5]))
    assert [grid.members(n) for n in just_inside] == [(0,), (1,)]


def test_the_pole_is_at_every_longitude():
    grid = Grid([box(0, 80, 10, 90), box(100, 70, 110, 85), box(-50, -90, -40, -80)])
    x = np.array([-180.0, -100, 5, 105, 180])
    assert [grid.members(n) for n in grid.lookup(x, np.full(5, 90.0))] == [(0,)] * 5
    assert [grid.members(n) for n in grid.lookup(x, np.full(5, -90.0))] == [(2,)] * 5


def test_size_follows_the_zones():
    dozens = Grid(circles(24, seed=7))
    assert dozens.nbytes < 1e6
    assert Grid([box(4, 51, 4.1, 51.1)]).nbytes < 1e5
    assert Grid([box(-180, -90, 180, 90)]).nbytes < 3e6
    many = Grid(circles(1200, seed=8))
    assert many.nbytes < 60 * dozens.nbytes


def test_size_is_linear_where_boundaries_crowd():
    """40 boundaries through about the same hundred metres: 2^40 combinations are possible."""
    random = np.random.default_rng(9)
    turn = random.uniform(0, 2 * np.pi, 40)
    reach = 0.04 + random.uniform(-0.0005, 0.0005, 40)
    areas = [
        Point(4 + 0.04 * np.cos(t), 52 + 0.04 * np.sin(t)).buffer(r, quad_segs=16)
        for t, r in zip(turn, reach, strict=True)
    ]
    grid = Grid(areas)
    assert grid.nbytes < 5e6
    assert grid.sets < 20_000


def test_long_outlines_side_by_side_do_not_fill_memory():
    turn = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    reach = np.where(np.arange(20_000) % 2, 6, 5.2)
    spikes = Polygon(np.stack([40 + reach * np.cos(turn), 10 + reach * np.sin(turn)], axis=1))
    assert Grid([spikes]).nbytes < 20e6


def test_a_segment_through_a_reference_point_makes_it_choose_others():
    outer = box(0, 0, 4, 4)
    frame = Grid([outer])._index.frame
    assert frame.offset == OFFSETS[0]
    u, v = frame.fine_xy(np.array([2.1]), np.array([2.1]))
    rx, ry = frame.reference(u.astype(np.int64), v.astype(np.int64))
    areas = [outer, Polygon([(rx[0] - 1, ry[0]), (rx[0] + 1, ry[0]), (rx[0], ry[0] - 1)])]
    grid = Grid(areas)
    assert grid._index.frame.offset == OFFSETS[1]
    answer = grid.lookup(np.repeat(rx, 3), np.array([ry[0], *np.nextafter(ry[0], [0, 9])]))
    assert [grid.members(n) for n in answer] == [(0, 1), (0, 1), (0,)]


def test_threads_may_look_up_together():
    areas = circles(50, seed=10, reach=0.4)
    ring = np.concatenate([area.exterior.coords for area in areas])
    grid = Grid(areas)
    expected = grid.lookup(*ring.T)
    fresh = pickle.loads(pickle.dumps(grid))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: fresh.lookup(*ring.T), range(8)))
    assert all((answer == expected).all() for answer in answers)


class TestRefuses:
    def test_columns_of_different_length(self):
        with pytest.raises(ValueError, match="equally long"):
            Grid([]).lookup(np.zeros(3), np.zeros(2))

    @pytest.mark.parametrize("number", [-1, 2, 1 << 40])
    def test_a_set_that_is_not_there(self, number):
        with pytest.raises(IndexError, match="numbered from 0"):
            Grid([box(0, 0, 1, 1)]).members(number)

    @pytest.mark.parametrize("cells", [0, -5, 65])
    def test_a_first_level_of_absurd_size(self, cells):
        with pytest.raises(ValueError, match="cells_per_degree"):
            Grid([], cells_per_degree=cells)

    def test_an_area_whose_parts_overlap(self):
        with pytest.raises(ValueError, match=r"area 1 is not valid: .*ntersection"):
            Grid([box(0, 0, 1, 1), MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)])])

    @pytest.mark.parametrize("area", [box(170, 0, 181, 1), box(0, -91, 1, 0)])
    def test_an_area_that_is_not_cut_at_the_antimeridian(self, area):
        with pytest.raises(ValueError, match="area 0 lies beyond"):
            Grid([area])

    def test_outlines_that_no_memory_could_hold(self):
        teeth = np.linspace(-50, 50, 40_000)
        x = np.where(np.arange(40_000) % 2, 150, -150)
        comb = Polygon([*zip(x, teeth, strict=True), (160, 50), (160, -60), (-160, -60)])
        with pytest.raises(ZoneError, match="to and fro"):
            Grid([comb])
