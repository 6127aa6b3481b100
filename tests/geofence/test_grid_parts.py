"""The parts of the grid, each by itself."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geofence.grid.arrangement import statuses
from geofence.grid.edges import edges_of
from geofence.grid.exact import side, sides
from geofence.grid.sets import SetTable
from ingest.errors import ZoneError

numbers = st.floats(-200, 200) | st.sampled_from([0.1, 0.2, 0.3, 1e-160, -1e-320])


@given(st.tuples(*[numbers] * 6))
def test_sides_are_those_of_rational_numbers(values):
    x0, y0, x1, y1, x, y = values
    found = sides(np.array([[x0, y0, x1, y1]]), np.array([x]), np.array([y]))
    assert found[0] == side(*map(Fraction, values))


def test_a_point_one_rounding_beside_a_line_is_told_from_one_on_it():
    segment = np.array([[0.0, 0.0, 3.0, 1.0]] * 3)
    x = np.array([1.5, np.nextafter(1.5, 0), np.nextafter(1.5, 2)])
    assert sides(segment, x, np.full(3, 0.5)).tolist() == [0, 1, -1]


def test_a_shared_side_is_one_segment_that_toggles_both_areas():
    edges = edges_of(np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), box(5, 5, 6, 6)], dtype=object))
    assert len(edges) == 11
    shared = [i for i in range(11) if edges.bounded[edges.group[i]] == (0, 1)]
    assert len(shared) == 1
    assert edges.xy[shared[0]].tolist() == [1, 0, 1, 1]
    assert edges.toggle[shared[0]] == edges.names[0] ^ edges.names[1]
    assert (edges.xy[:, 1] <= edges.xy[:, 3]).all()


def test_a_table_of_sets_leads_from_every_key_to_its_number():
    random = np.random.default_rng(1)
    keys = np.append(np.uint64(0), random.integers(1, (1 << 64) - 1, 5000, np.uint64))
    keys[1:100] = np.arange(1, 100)  # these all begin their search in the same slot
    table = SetTable.of(keys, [(i,) * (i % 3) for i in range(len(keys))])
    order = random.permutation(len(keys))
    assert (table.numbers(keys[order]) == order).all()
    assert [table.members(n) for n in (0, 1, 2, 5000)] == [(), (1,), (2, 2), (5000, 5000)]


def test_a_key_of_no_set_is_a_fault_and_no_endless_search():
    table = SetTable.of(np.array([0, 7 << 60], np.uint64), [(), (0,)])
    with pytest.raises(KeyError):
        table.numbers(np.array([7 << 60, 5], np.uint64))


BOX = (0.0, 0.0, 4.0, 4.0)
CORNER = (0.01, 0.02)


def said(found):
    return {(tuple(sorted(crossed)), tuple(sorted(on))) for crossed, on in found}


def triangle(*corners):
    """Its segments, the lower end first."""
    ends = zip(corners, [*corners[1:], corners[0]], strict=True)
    return [[*a, *b] if (a[1], a[0]) <= (b[1], b[0]) else [*b, *a] for a, b in ends]


def picture(*triangles):
    segments = [segment for corners in triangles for segment in triangle(*corners)]
    bounded = [(number,) for number in range(len(triangles)) for _ in range(3)]
    return said(statuses(segments, bounded, BOX, CORNER))


def test_two_areas_that_cross_make_four_faces_and_are_both_met_where_they_cross():
    found = picture([(1, -9), (3, 9), (9, -9)], [(-9, 1), (9, 3), (-9, 9)])
    assert {crossed for crossed, on in found if not on} == {(), (0,), (1,), (0, 1)}
    assert {on for _, on in found} == {(), (0,), (1,), (0, 1)}


def test_areas_that_only_touch_in_a_corner_are_never_both_around_a_point():
    found = picture([(2, 2), (1, 9), (3, 9)], [(2, 2), (1, -9), (3, -9)])
    assert {crossed for crossed, on in found if not on} == {(), (0,), (1,)}
    assert any(on == (0, 1) for _, on in found)


def test_areas_side_by_side_make_as_many_faces_and_not_all_combinations():
    found = picture(*[[(i / 4, 9), (i / 4 + 0.1, 9), (i / 4, -9)] for i in range(1, 15)])
    assert len({crossed for crossed, on in found if not on}) == 15


corner = st.tuples(st.integers(-2, 6), st.integers(-2, 6))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(corner, corner, corner), min_size=1, max_size=5))
def test_no_point_has_a_status_that_was_not_foretold(triangles):
    """Compared on a fine lattice, which meets corners and segments, with triangles told exactly."""

    def inside(corners, x, y):
        turns = [
            side(*a, *b, x, y) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
        ]
        return min(turns) * max(turns) >= 0, 0 in turns

    triangles = [t for t in triangles if side(*t[0], *t[1], *t[2])]
    foretold = picture(*triangles)
    at_reference = [inside(t, *CORNER)[0] for t in triangles]
    for x, y in itertools.product([Fraction(i, 6) for i in range(25)], repeat=2):
        found = [inside(t, x, y) for t in triangles]
        on = tuple(i for i, (within, edge) in enumerate(found) if within and edge)
        # On a boundary either side may be meant; elsewhere the walk must tell in from out.
        assert any(
            met == on
            and all(
                (i in crossed) == (found[i][0] != at_reference[i])
                for i in range(len(triangles))
                if i not in on
            )
            for crossed, met in foretold
        )


def test_what_cannot_be_looked_at_in_reasonable_time_is_refused_with_its_place():
    many = [[0.0, i / 100, 4.0, i / 100] for i in range(400)]
    with pytest.raises(ZoneError, match=r"lon 0.0000, lat 0.0000: the boundaries of 7 zones"):
        statuses(many, [(i % 7,) for i in range(400)], BOX, CORNER)
