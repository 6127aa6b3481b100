"""Geofencing: the grid against shapely's tree, over the zones and ports that ship with Vigie.

The peer is `shapely.STRtree.query(points, predicate="intersects")`, the usual exact way and the
fastest of the exact ones that need no index of their own. Both begin with longitudes and latitudes
and have the same areas. The peer gets a sample of the points, since all of them would take it half
a minute. Before anything is timed both answer that sample, and the bench stops if they differ in a
single point.

The peer tests a point against every vertex of the areas whose box it lies in. So the ratio is a
matter of the zones: hundreds where a few detailed ones cover much of the sea (`sea_areas`), tens
where all are circles, and it is the first that need an index. Both are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.row import Row
from benchmarks.sea_areas import sea_areas
from benchmarks.timing import alternate, cpu_seconds, per_call
from geofence import library
from geofence.buffer import grow_all
from geofence.grid import Grid

BENCH = "geofence"
PEER = "STRtree.query(points, predicate='intersects')"
SUBJECT = "Grid.lookup"
REQUIRED_RATIO = 150.0
POINTS = 1_000_000
LIVE_POINTS = 1_000

F8 = NDArray[np.float64]
Areas = list[Any]


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; ten times the points and five times the sample where `full`."""
    zones = [zone for zone in library.load() if not zone.is_gate]
    drawn: Areas = [zone.geometry for zone in zones]
    grown = grow_all(drawn, [zone.exit_buffer_m for zone in zones])
    listed: Areas = [zone.geometry for zone in zones if zone.kind != "port"]
    waters = sea_areas()
    x, y = traffic(drawn, POINTS * (10 if full else 1))
    sample = 50_000 if full else 5_000
    shipped, along_coast = f"{len(drawn):,} zones", f"{len(waters)} sea areas"
    yield from _bench(f"{shipped} and {along_coast}", drawn + waters, x, y, sample, REQUIRED_RATIO)
    both = f"{shipped}, drawn and grown, and {along_coast}"
    yield from _bench(both, drawn + grown + waters, x, y, sample)
    yield from _bench(f"{shipped}, nearly all circles", drawn, x, y, sample)
    yield from _bench(f"{len(listed)} zones", listed, x, y, sample)


def _bench(
    name: str, areas: Areas, x: F8, y: F8, sample: int, must: float | None = None
) -> Iterator[Row]:
    made: list[Grid] = []
    building = cpu_seconds(lambda: made.append(Grid(areas)))
    grid, tree = made[0], shapely.STRtree(areas)

    def ask_tree(count: int) -> NDArray[np.int64]:
        return tree.query(shapely.points(x[:count], y[:count]), predicate="intersects")

    _must_agree(grid, ask_tree(sample), x[:sample], y[:sample])
    spent = alternate(
        {SUBJECT: lambda: grid.lookup(x, y), PEER: lambda: ask_tree(sample)}, rounds=5
    )
    yield Row.against(
        BENCH, f"{name}, {len(x) / 1e6:g} M points", SUBJECT,
        len(x) / spent[SUBJECT], "points/s", peer=PEER, peer_value=sample / spent[PEER], must=must,
    )  # fmt: skip
    live = per_call(lambda: grid.lookup(x[:LIVE_POINTS], y[:LIVE_POINTS]))
    yield Row.against(
        BENCH, f"{name}, batches of {LIVE_POINTS:,}", SUBJECT,
        LIVE_POINTS / live, "points/s", peer=PEER,
        peer_value=LIVE_POINTS / per_call(lambda: ask_tree(LIVE_POINTS)),
    )  # fmt: skip
    yield Row(BENCH, f"{name}, build", "Grid", building, "s")
    yield Row(BENCH, f"{name}, index", "Grid.nbytes", grid.nbytes / 1e6, "MB")


def _must_agree(grid: Grid, pairs: NDArray[np.int64], x: F8, y: F8) -> None:
    """Stop where one point has other areas than the peer's pairs of point and area say."""
    expected: list[list[int]] = [[] for _ in x]
    for point, area in pairs.T.tolist():
        expected[point].append(area)
    for number, areas, lon, lat in zip(grid.lookup(x, y).tolist(), expected, x, y, strict=True):
        if grid.members(number) != tuple(sorted(areas)):
            raise RuntimeError(f"the grid and shapely do not agree at lon {lon}, lat {lat}")


def traffic(areas: Areas, count: int, seed: int = 1) -> tuple[F8, F8]:
    """Positions as AIS has them: most in and about ports, some on lanes, a few on the open sea.

    Two in five lie in port or at its berths, a quarter in the approaches, a quarter on the ways
    from one port to another of the region, one in ten anywhere. Cut to AIS's 1/600,000 degree.
    """
    random = np.random.default_rng(seed)
    port = shapely.get_coordinates(shapely.centroid(areas))
    port = port[np.argsort(np.round(port[:, 0] / 5) * 200 + port[:, 1])]  # neighbours side by side
    here = random.integers(0, len(port), count)
    there = (here + random.integers(1, 20, count)) % len(port)
    part = random.random(count)
    spread = np.select([part < 0.4, part < 0.65], [0.015, 0.12], 0.03)
    place = port[here] + random.normal(size=(count, 2)) * spread[:, None]
    lane = (part >= 0.65) & (part < 0.9)
    place[lane] += random.random((count, 1))[lane] * (port[there] - port[here])[lane]
    anywhere = np.flatnonzero(part >= 0.9)
    place[anywhere] = random.uniform((-180, -70), (180, 75), (len(anywhere), 2))
    x, y = np.round(place * 600_000).T / 600_000
    return (x + 180) % 360 - 180, np.clip(y, -89, 89)
