"""Who a vessel is: one identity folded from many partial reports.

A type 5 says most, a type 24 A only the name, and all of them leave fields out. A report that is
as new as any before it sets every field it carries; a late one only fills fields that nothing has
been said about. Dimensions, and the parts of an ETA, go together. The result is the same however
the reports are cut into batches.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

import numpy as np

from ingest.columns import Array, columns_of
from ingest.records import Statics
from store.schema import IDENTITY

_TOGETHER = (
    ("to_bow", "to_stern", "to_port", "to_starboard"),
    ("eta_month", "eta_day", "eta_hour", "eta_minute"),
)
_GROUPS = (*_TOGETHER, *((name,) for name in IDENTITY if not any(name in g for g in _TOGETHER)))
_ABSENT = {column.name: column.absent for column in columns_of(Statics)}
# How the newest report came.
_ENVELOPE = ("time", "received", "msg_type", "part", "flags", "station", "line")


def said(name: str, values: Array) -> Array:
    """Which values of a column are there: bool[n]."""
    absent = _ABSENT[name]
    return ~np.isnan(values) if isinstance(absent, float) else values != absent


def fold(known: MutableMapping[str, Array], reports: Statics, rows: Array) -> None:
    """Fold reports, in line order, into what is known.

    Args:
        known: arrays by column name, changed in place: "time" and the columns of `IDENTITY`, and
            any further column of Statics, which follows the newest report.
        reports: n reports.
        rows: int[n], the row of `known` that each report is about.

    """
    if not len(reports):
        return
    time = reports.time.astype("datetime64[us]").view(np.int64)  # NaT is the oldest of all
    before = known["time"].astype("datetime64[us]").view(np.int64)[rows]
    current = np.flatnonzero(time >= np.maximum(before, _newest_before(time, rows)))
    late = np.setdiff1d(np.arange(len(reports)), current, assume_unique=True)[::-1]
    for group in _GROUPS:
        _set(known, reports, rows, current, group)
        if len(late):
            blank = ~_any(group, {name: known[name][rows[late]] for name in group})
            _set(known, reports, rows, late[blank], group)  # backwards: the first of them stays
    for name in _ENVELOPE:
        if name in known:
            known[name][rows[current]] = getattr(reports, name)[current]


def _set(
    known: MutableMapping[str, Array],
    reports: Statics,
    rows: Array,
    chosen: Array,
    group: tuple[str, ...],
) -> None:
    """Write the chosen reports' fields; of several about one vessel, the last is kept."""
    fields = {name: getattr(reports, name)[chosen] for name in group}
    there = np.flatnonzero(_any(group, fields))
    for name in group:
        known[name][rows[chosen[there]]] = fields[name][there]


def _any(group: tuple[str, ...], fields: Mapping[str, Array]) -> Array:
    return np.logical_or.reduce([said(name, fields[name]) for name in group])


def _newest_before(time: Array, rows: Array) -> Array:
    """Newest time among the earlier reports of a batch about the same vessel."""
    n = len(time)
    distinct, rank = np.unique(time, return_inverse=True)
    order = np.argsort(rows, kind="stable")
    first = np.ones(n, bool)
    first[1:] = rows[order][1:] != rows[order][:-1]
    block = np.cumsum(first)
    # The running maximum within each vessel: blocks lie n ranks apart.
    running = np.maximum.accumulate(block * n + rank[order])
    result = np.empty(n, np.int64)
    previous = np.full(n, np.iinfo(np.int64).min)
    previous[1:] = distinct[running[:-1] - block[:-1] * n]
    previous[first] = np.iinfo(np.int64).min
    result[order] = previous
    return result
