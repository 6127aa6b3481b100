"""Where some few vessels were last heard, up to any line: so that an event can say where.

Only vessels that were asked for are looked at, from the line on at which that was; so it makes no
difference how the stream was cut.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from detect.reports import Fix
from ingest.records import Positions

# Rows that cannot be of one of these vessels are told by so many low bits of the MMSI.
_BITS = 16
_LOW = np.uint32((1 << _BITS) - 1)


class Whereabouts:
    """Last reported places of vessels asked for. Picklable, bounded; for one thread.

    Args:
        capacity: most vessels at once; beyond, the one asked for first is forgotten.

    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._wanted: OrderedDict[int, tuple[int, Fix | None]] = OrderedDict()
        self._positions: Positions | None = None

    def now(self, positions: Positions) -> None:
        """Take the positions of the stretch of lines at hand."""
        self._positions = positions

    def want(self, mmsi: int, line: int) -> None:
        """Look after a vessel from a line on."""
        if mmsi not in self._wanted:
            self._wanted[mmsi] = line, None
            if len(self._wanted) > self._capacity:
                self._wanted.popitem(last=False)

    def forget(self, mmsi: int) -> None:
        """Do not look after a vessel any more."""
        self._wanted.pop(mmsi, None)

    def at(self, mmsi: int, line: int) -> Fix | None:
        """The last place of a vessel in lines up to this one, since it is looked after."""
        since, fix = self._wanted.get(mmsi, (line, None))
        if self._positions is None:
            return fix
        p = self._positions
        rows = np.flatnonzero((p.mmsi == mmsi) & (p.line >= since) & (p.line <= line))
        return self._fix(rows) or fix

    def remember(self) -> None:
        """Keep what the stretch at hand says of the vessels looked after."""
        p = self._positions
        if p is not None and self._wanted and len(p):
            mmsis = np.array(sorted(self._wanted), np.uint32)
            near = np.zeros(1 << _BITS, bool)
            near[mmsis & _LOW] = True
            rows = np.flatnonzero(near[p.mmsi & _LOW])
            rows = rows[np.isin(p.mmsi[rows], mmsis)]
            for mmsi in np.unique(p.mmsi[rows]).tolist():
                since, _ = self._wanted[mmsi]
                fix = self._fix(rows[(p.mmsi[rows] == mmsi) & (p.line[rows] >= since)])
                if fix is not None:
                    self._wanted[mmsi] = since, fix
        self._positions = None

    def _fix(self, rows: NDArray[np.int64]) -> Fix | None:
        """The last of these rows that says where it is."""
        p = self._positions
        assert p is not None
        fine = np.isfinite(p.lon[rows]) & np.isfinite(p.lat[rows]) & ~np.isnat(p.time[rows])
        rows = rows[fine]
        if not len(rows):
            return None
        row = int(rows[-1])
        us = int(p.time[row].astype("datetime64[us]").astype(np.int64))
        return Fix(us, float(p.lon[row]), float(p.lat[row]), float(p.sog[row]))
