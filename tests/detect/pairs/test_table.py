"""The table of pairs: who is in it, in which order, and who gives way."""

import numpy as np
from pictures import START, Scene, picture, sails

from detect.pairs.table import PairTable

SCENE = Scene()


def sea(*numbers):
    return picture(SCENE, 0, [sails(200_000_000 + n, 0) for n in numbers])


def pairs(table):
    return [tuple(k - 200_000_000 for k in table.key(row)) for row in range(len(table))]


def look(table, seen, *pairs, **given):
    a, b = (np.array([p[i] for p in pairs], np.int64) for i in (0, 1))
    table.look(seen, a, b, **given)


def test_pairs_are_kept_by_key_while_rows_change():
    table = PairTable({"n": ("int32", 7)})
    look(table, sea(1, 2, 3), (1, 2), (1, 0))
    assert pairs(table) == [(1, 2), (2, 3)]
    table["n"][:] = [12, 23]
    look(table, sea(0, 1, 2, 3), (0, 1), (2, 1))
    assert pairs(table) == [(0, 1), (1, 2), (2, 3)]
    assert table["n"].tolist() == [7, 12, 23]
    assert table.first.tolist() == [0, 1, 2]
    assert table.second.tolist() == [1, 2, 3]
    assert (table["since"] == START).all()


def test_who_is_not_in_the_picture_has_no_row():
    table = PairTable({})
    look(table, sea(1, 2, 3), (0, 1), (1, 2))
    look(table, sea(2, 3))
    assert table.first.tolist() == [-1, 0]
    assert table.second.tolist() == [0, 1]


def test_latecomers_are_left_out_and_counted():
    table = PairTable({}, 2)
    look(table, sea(1, 2, 3, 4), (0, 1), (1, 2), (2, 3))
    assert pairs(table) == [(1, 2), (2, 3)]
    assert table.left_out == 1


def test_for_a_protected_vessel_others_give_way_and_running_episodes_last():
    table = PairTable({}, 3)
    seen = sea(1, 2, 3, 4, 5)
    look(table, seen, (0, 1), (1, 2), (0, 2))
    table["raised"][:] = [True, False, True]
    guarded = np.array([False, False, False, False, True])
    look(table, seen, (3, 4), protected=guarded)
    assert pairs(table) == [(1, 2), (2, 3), (4, 5)]
    assert table.dropped == []
    look(table, seen, (2, 4), protected=guarded)
    assert (3, 5) in pairs(table)
    assert len(table) == 3
    assert [tuple(k - 200_000_000 for k in p) for p in table.dropped] in ([(1, 2)], [(2, 3)])


def test_bytes_are_those_of_its_rows():
    table = PairTable({"n": ("float32", 0.0)})
    look(table, sea(1, 2), (0, 1))
    assert table.nbytes == 4 * 8 + 8 + 1 + 4
