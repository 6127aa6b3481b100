"""An index as plain arrays by name, and back: the form in which it is kept in a file."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.grid.build import LEAF, Index
from geofence.grid.edges import Edges
from geofence.grid.frame import Frame
from geofence.grid.seams import Seams
from geofence.grid.sets import SetTable


def to_arrays(index: Index) -> dict[str, NDArray[Any]]:
    """The arrays of an index."""
    edges, seams, sets, frame = index.edges, index.seams, index.sets, index.frame
    west, south, columns, rows, fine, (east, north) = astuple(frame)
    return {
        "top": index.top, "blocks": index.blocks, "leaves": index.leaves,
        "segments": index.segments,
        "degrees": np.array([west, south, east, north]),
        "cells": np.array([columns, rows, fine]),
        "xy": edges.xy, "toggle": edges.toggle, "group": edges.group, "names": edges.names,
        "bounded": np.fromiter(itertools.chain.from_iterable(edges.bounded), np.int32),
        "bounded_counts": np.fromiter(map(len, edges.bounded), np.int32),
        "stops": seams.stops, "seam_sets": seams.sets,
        "poles": np.array([seams.south, seams.north]),
        "keys": sets.keys, "first": sets.first, "member": sets.member, "slots": sets.slots,
    }  # fmt: skip


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Index:
    """The index of these arrays.

    Raises:
        KeyError: one is missing.
        ValueError: they are not of one index.

    """
    a = dict(arrays)
    west, south, *offset = a["degrees"].tolist()
    columns, rows, fine = a["cells"].tolist()
    ends = np.cumsum(a["bounded_counts"]).tolist()
    members = a["bounded"].tolist()
    bounded = [tuple(members[i:j]) for i, j in itertools.pairwise([0, *ends])]
    south_pole, north_pole = a["poles"].tolist()
    fits = (
        a["leaves"].dtype == LEAF
        and len(a["top"]) == columns * rows
        and a["leaves"]["first"][-1] == len(a["segments"])
        and len(a["xy"]) == len(a["toggle"]) == len(a["group"])
        and len(a["first"]) == len(a["keys"]) + 1
    )
    if not fits:
        raise ValueError("these arrays are of no index")
    return Index(
        Frame(west, south, columns, rows, fine, (offset[0], offset[1])),
        a["top"], a["blocks"], a["leaves"], a["segments"],
        Edges(a["xy"], a["toggle"], a["group"], bounded, a["names"]),
        Seams(a["stops"], a["seam_sets"], south_pole, north_pole),
        SetTable(a["keys"], a["first"], a["member"], a["slots"]),
    )  # fmt: skip
