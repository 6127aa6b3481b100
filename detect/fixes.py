"""Positions of a batch → the fixes that count, vessel by vessel, each with the one before it.

A fix older than its vessel's newest is late and moves nothing here; one of the same time is not
late, for feeds without clocks of their own stamp many lines alike. A fix that its vessel cannot
have reached is doubted: it waits until the next fix. Where that agrees with the track, the
doubted one was wrong and is dropped; where it agrees with the doubted one, both count. Where two
vessels use one MMSI, the fixes of the second are set apart: see `detect.tracks`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detect.memory import UNKNOWN, renumbered
from detect.reports import Fix, Last, Reports
from detect.tracks import Split, forgettable, hear, metres, place, reachable
from geofence.geodesy import NAUTICAL_MILE_M

if TYPE_CHECKING:  # the settings are made of those of detectors, which judge fixes
    from detect.config import DetectConfig

__all__ = ["Fix", "Fixes", "Last", "Reports", "Tally", "accept", "joined", "metres", "reachable"]

Lookup = Callable[[Any, Any, Any], NDArray[np.int32]]

# A bound on distance without trigonometry: no degree of latitude or longitude is longer.
_METRES_A_DEGREE = 111_700.0


@dataclass(slots=True)
class Tally:
    """How many reports were judged, came late, were doubted and dropped, or doubted and believed.

    Doubted fixes that still wait are in neither of the last two.
    """

    judged: int = 0
    late: int = 0
    dropped: int = 0
    believed: int = 0


@dataclass(frozen=True, slots=True)
class Apart:
    """Fixes on tracks of their own, in line order, then in that of time.

    Attributes:
        track: uint32[n], number of the track, 1 or more.
        reports: the fixes, under the slots of the first tracks.

    """

    track: NDArray[np.uint32]
    reports: Reports


@dataclass(frozen=True)
class Fixes:
    """Fixes that count, by vessel and in the order of time within each.

    Attributes:
        reports: where they come from.
        at: int64[n], row in `reports` of each fix.
        slot, time, lon, lat, places: of each fix, as in `Reports`; the other columns of `Reports`
            likewise, `lines` being those whose processing brought the fixes.
        time0, lon0, lat0, places0: of the vessel's fix before it; time0 is UNKNOWN at its first.
        heads, tails: int64[v], first and last row of each vessel.
        vessels: int32[v], slot of each vessel.
        unlinked: rows that the vessel cannot have reached from the fix before: a jump believed.
        apart: fixes on tracks of their own, which are not among these.

    """

    reports: Reports
    at: NDArray[np.int64]
    slot: NDArray[np.int32]
    time: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    places: NDArray[np.int32]
    time0: NDArray[np.int64]
    lon0: NDArray[np.float64]
    lat0: NDArray[np.float64]
    places0: NDArray[np.int32]
    heads: NDArray[np.int64]
    tails: NDArray[np.int64]
    vessels: NDArray[np.int32]
    unlinked: frozenset[int] = field(default_factory=frozenset)
    apart: Apart | None = None

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: NDArray[np.int64] | slice) -> Fixes:
        """Some rows, in order; each keeps the fix before it."""
        unlinked: frozenset[int] = frozenset()
        if self.unlinked:
            numbers = np.arange(len(self))[rows]
            unlinked = frozenset(np.flatnonzero(np.isin(numbers, list(self.unlinked))).tolist())
        columns = {n: getattr(self, n)[rows] for n in _LINKED}
        return _made(self.reports, self.at[rows], columns, unlinked)

    def numbered(self, number: Callable[[int], int]) -> Fixes:
        """The same fixes with other numbers for sets of places."""
        places, places0 = renumbered(self.places, number), renumbered(self.places0, number)
        return replace(self, places=places, places0=places0)

    def without(self, slots: NDArray[np.int32]) -> Fixes:
        """The fixes of all vessels but these."""
        return self.take(np.flatnonzero(np.isin(self.slot, slots, invert=True)))

    @cached_property
    def sog(self) -> NDArray[np.float32]:
        """Speed over ground, knots; NaN where not sent."""
        return self.reports.sog[self.at]

    @cached_property
    def cog(self) -> NDArray[np.float32]:
        """Course over ground, degrees; NaN where not sent."""
        return self.reports.cog[self.at]

    @cached_property
    def heading(self) -> NDArray[np.float32]:
        """True heading, degrees; NaN where not sent."""
        return self.reports.heading[self.at]

    @cached_property
    def status(self) -> NDArray[np.uint8]:
        """Navigational status; 15 is undefined."""
        return self.reports.status[self.at]

    @cached_property
    def msg_type(self) -> NDArray[np.uint8]:
        """AIS message type."""
        return self.reports.msg_type[self.at]

    @cached_property
    def station(self) -> NDArray[np.uint16]:
        """Number of the station that heard it first."""
        return self.reports.station[self.at]

    @cached_property
    def aircraft(self) -> NDArray[np.bool_]:
        """Whether it flies."""
        return self.reports.aircraft[self.at]

    @cached_property
    def lines(self) -> NDArray[np.int64]:
        """Line whose processing brought the fix."""
        return self.reports.line[self.at]

    def fix(self, row: int) -> Fix:
        """The fix of a row."""
        reports, at = self.reports, self.at[row]
        return Fix(
            int(self.time[row]), float(self.lon[row]), float(self.lat[row]),
            float(reports.sog[at]), float(reports.cog[at]), float(reports.heading[at]),
            int(reports.status[at]), int(reports.msg_type[at]), int(reports.station[at]),
            bool(reports.loose[at]),
        )  # fmt: skip

    def before(self, row: int, memory: Last) -> Fix | None:
        """The vessel's fix before that of a row; None at its first."""
        if self.time0[row] == UNKNOWN:
            return None
        if row and self.slot[row - 1] == self.slot[row]:
            return self.fix(row - 1)
        slot = self.slot[row]
        place = int(self.time0[row]), float(self.lon0[row]), float(self.lat0[row])
        return Fix(*place, float(memory.sog[slot]), loose=bool(memory.loose[slot]))

    def line(self, row: int) -> int:
        """Line whose processing brought the fix of a row."""
        return int(self.reports.line[self.at[row]])


_LINKED = ("slot", "time", "lon", "lat", "places", "time0", "lon0", "lat0", "places0")


def _made(
    reports: Reports, at: NDArray[np.int64], columns: dict[str, Any], unlinked: frozenset[int]
) -> Fixes:
    """Fixes with these columns, which are in order by vessel."""
    slot = columns["slot"]
    heads = np.flatnonzero(np.append(True, slot[1:] != slot[:-1])[: len(slot)])
    tails = np.append(heads, len(slot))[1:] - 1
    return Fixes(
        reports, at, **columns, heads=heads, tails=tails, vessels=slot[heads], unlinked=unlinked
    )


def joined(parts: Sequence[Fixes]) -> Fixes:
    """The fixes of several stretches of time, of one at least; each keeps the one before it."""
    parts = [part for part in parts if len(part)] or list(parts[:1])
    if len(parts) == 1:
        return parts[0]
    columns = {n: np.concatenate([getattr(p, n) for p in parts]) for n in _LINKED}
    order = np.argsort(columns["slot"], kind="stable")
    reports = Reports.concat([part.reports.take(part.at) for part in parts])
    starts = np.cumsum([0, *map(len, parts)])
    far = [row + int(start) for p, start in zip(parts, starts, strict=False) for row in p.unlinked]
    unlinked = np.flatnonzero(np.isin(order, far)).tolist()
    return _made(reports, order, {n: c[order] for n, c in columns.items()}, frozenset(unlinked))


def accept(
    reports: Reports,
    memory: Last,
    lookup: Lookup,
    config: DetectConfig,
    tally: Tally,
    *,
    told: bool = False,
) -> Fixes:
    """The fixes that count, out of a batch in which no slot changes hands.

    Args:
        reports: the batch, in line order, or in that of time.
        memory: what was before; only its doubts are changed here.
        lookup: the fence's, for doubted fixes that are believed later.
        config: speeds and slack.
        tally: counts, added to.
        told: whether somebody tells what vessels in two places have done, and needs it remembered.

    """
    tally.judged += len(reports.slot)
    fixes = _link(reports, _by_slot(reports.slot), memory)
    waiting = memory.doubted[fixes.vessels]
    late = fixes.time < fixes.time0
    if late.any() or waiting.any():
        keep = _in_time(fixes, late, waiting, memory)
        tally.late += len(keep) - int(keep.sum())
        fixes = _link(reports, fixes.at[keep], memory)
        waiting = memory.doubted[fixes.vessels]
    doubtful = _doubtful(fixes, memory, config)
    if len(doubtful) or waiting.any():
        fixes = _settle(fixes, doubtful, waiting, memory, lookup, config, tally, told)
    return fixes


def _by_slot(slots: NDArray[np.int32]) -> NDArray[np.int64]:
    """Stable order by slot: radix sort, which numpy keeps for 16 bits, 6 ns a row."""
    order = np.argsort(slots.astype(np.uint16), kind="stable")
    if len(slots) and slots.max() > 0xFFFF:
        order = order[np.argsort((slots >> 16).astype(np.uint16)[order], kind="stable")]
    return order


def _link(reports: Reports, at: NDArray[np.int64], memory: Last) -> Fixes:
    """Fixes at these rows, ordered by slot and time, each with the one before."""
    slot = reports.slot[at]
    change = np.ones(len(at), bool)
    np.not_equal(slot[1:], slot[:-1], out=change[1:])
    heads = np.flatnonzero(change)
    vessels = slot[heads]
    columns = []
    for name in ("time", "lon", "lat", "places"):
        values = getattr(reports, name)[at]
        before = np.empty_like(values)
        before[1:] = values[:-1]
        before[heads] = getattr(memory, name)[vessels]
        columns += [values, before]
    time, time0, lon, lon0, lat, lat0, places, places0 = columns
    return Fixes(
        reports, at, slot, time, lon, lat, places, time0, lon0, lat0, places0,
        heads, np.append(heads, len(at))[1:] - 1, vessels,
    )  # fmt: skip


def _in_time(
    fixes: Fixes, late: NDArray[np.bool_], waiting: NDArray[np.bool_], memory: Last
) -> NDArray[np.bool_]:
    """Which rows are not late: as new as the newest before them, doubted ones included."""
    counts = np.diff(np.append(fixes.heads, len(fixes)))
    vessel = np.repeat(np.arange(len(counts)), counts)
    newest = memory.time[fixes.vessels]
    for number in np.flatnonzero(waiting).tolist():
        split: Split = memory.doubts[int(fixes.vessels[number])]
        newest[number] = max(int(newest[number]), split.time)
    concerned = waiting.copy()
    concerned[vessel[late]] = True
    rows = np.flatnonzero(concerned[vessel])
    # The running maximum within each vessel is that of (vessel, rank of time) over all rows.
    _, rank = np.unique(fixes.time[rows], return_inverse=True)
    key = (vessel[rows] << 32) | rank
    behind = (key < np.maximum.accumulate(key)) | (fixes.time[rows] < newest[vessel[rows]])
    keep = np.ones(len(fixes), bool)
    keep[rows[behind]] = False
    return keep


def _doubtful(fixes: Fixes, memory: Last, config: DetectConfig) -> NDArray[np.int64]:
    """Rows that may be out of reach: all that are, and some that are not."""
    metres_a_second = config.top_speed_kn * NAUTICAL_MILE_M / 3600
    apart = np.abs(fixes.lon - fixes.lon0)
    apart += np.abs(fixes.lat - fixes.lat0)
    slack = config.clock_slack_s * metres_a_second / _METRES_A_DEGREE
    rows = np.flatnonzero(apart > slack)
    if not len(rows):
        return rows
    before = fixes.reports.loose[fixes.at[np.maximum(rows - 1, 0)]]
    loose = np.where(np.isin(rows, fixes.heads), memory.loose[fixes.slot[rows]], before)
    slacks = np.where(loose, max(config.loose_s / config.clock_slack_s, 1.0), 1.0) * slack
    seconds = (fixes.time[rows] - fixes.time0[rows]) / 1e6
    rows = rows[apart[rows] > slacks + seconds * metres_a_second / _METRES_A_DEGREE]
    return rows[~fixes.reports.aircraft[fixes.at[rows]]]


def _settle(
    fixes: Fixes,
    doubtful: NDArray[np.int64],
    waiting: NDArray[np.bool_],
    memory: Last,
    lookup: Lookup,
    config: DetectConfig,
    tally: Tally,
    told: bool,
) -> Fixes:
    """Go through the vessels that jump, jump by jump; the fixes that count after that."""
    jumps = doubtful.tolist()
    vessels = set(fixes.slot[doubtful].tolist()) | set(fixes.vessels[waiting].tolist())
    numbers = np.searchsorted(fixes.vessels, sorted(vessels))
    keep = np.ones(len(fixes), bool)
    # Rows of the reports; doubts believed stand behind its last.
    chosen: list[int] = []
    apart: list[tuple[int, int]] = []  # number of the track, row
    revived: list[tuple[int, Fix, int]] = []  # slot, fix, line of the fix that agrees with it
    for number in numbers.tolist():
        head, end = int(fixes.heads[number]), int(fixes.tails[number]) + 1
        slot = int(fixes.slot[head])
        keep[head:end] = False
        last, split = fixes.before(head, memory), memory.doubts.pop(slot, None) or Split()
        row, following = head, True
        while row < end:
            if following and split.doubt is None and not split.tracks:
                # Up to the next jump all fixes follow each other.
                after = bisect_left(jumps, row)
                jump = min(jumps[after], end) if after < len(jumps) else end
                if jump > row:
                    chosen += fixes.at[row:jump].tolist()
                    hear(split, fixes.time[row:jump].tolist(), config.tracks)
                    last, row = fixes.fix(jump - 1), jump
                    continue
            fix, at = fixes.fix(row), int(fixes.at[row])
            found = place(split, last, fix, bool(fixes.reports.aircraft[at]), config)
            row, following = row + 1, found.track == 0
            tally.dropped += found.dropped
            tally.believed += len(found.before)
            first = len(fixes.reports) + len(revived)
            together = [*range(first, first + len(found.before)), at]
            revived += [(slot, doubt, fixes.line(row - 1)) for doubt in found.before]
            if found.track == 0:
                chosen += together
                last = fix
            elif found.track > 0:
                apart += [(found.track, one) for one in together]
        if not told:
            split.jump = split.twice = None
            split.said.clear()
        forget = forgettable(split, int(fixes.time[end - 1]), config.tracks)
        memory.doubted[slot] = not forget
        if not forget:
            memory.doubts[slot] = split
    reports = _with(fixes.reports, revived, lookup)
    rows = np.concatenate([fixes.at[keep], np.array(chosen, np.int64)])
    linked = _link(reports, rows[_by_slot(reports.slot[rows])], memory)
    unlinked = np.flatnonzero(linked.at >= len(fixes.reports)).tolist()
    return replace(linked, unlinked=frozenset(unlinked), apart=_apart(reports, apart))


def _apart(reports: Reports, rows: list[tuple[int, int]]) -> Apart | None:
    if not rows:
        return None
    tracks, at = (np.array(c) for c in zip(*rows, strict=True))
    order = np.lexsort((reports.time[at], reports.line[at]))
    return Apart(tracks[order].astype(np.uint32), reports.take(at[order]))


def _with(reports: Reports, revived: list[tuple[int, Fix, int]], lookup: Lookup) -> Reports:
    """The reports and, after them, doubted fixes that are believed now."""
    if not revived:
        return reports
    slots, found, lines = zip(*revived, strict=True)
    added = {
        name: np.array(c) for name, c in zip(Fix._fields, zip(*found, strict=True), strict=True)
    }
    moments = added["time"].astype("datetime64[us]")
    added |= {
        "slot": np.array(slots), "line": np.array(lines), "aircraft": np.zeros(len(slots), bool),
        "places": lookup(added["lon"], added["lat"], moments),
    }  # fmt: skip
    as_there = {name: c.astype(getattr(reports, name).dtype) for name, c in added.items()}
    return Reports.concat([reports, Reports(**as_there)])
