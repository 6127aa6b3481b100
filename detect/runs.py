"""Runs of rows in which a condition holds, vessel by vessel, and on from one batch to the next.

Rows come as `detect.fixes.Fixes` has them: all of one vessel together, in the order of time, and
`heads` says where each vessel begins. What a vessel brings along from before is given by vessel,
and what it takes along is the answer at its last row. All vessels are done at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

BEFORE = -1
"""In place of a row: the run began before the first row of the batch."""

NONE = -2
"""In place of a row: there is no run."""


def owner(heads: Rows, rows: int) -> Rows:
    """Number of the vessel of each row: int64[v] in, int64[rows] out."""
    return np.repeat(np.arange(len(heads)), np.diff(heads, append=rows))


def latch(said: NDArray[np.int8], heads: Rows, before: NDArray[np.int8]) -> NDArray[np.int8]:
    """What was said last: hysteresis, for a quantity that says nothing between two thresholds.

    Args:
        said: int8[n], what each row says; below 0 where it says nothing.
        heads: int64[v], first row of each vessel.
        before: int8[v], what was said last before the batch.

    Returns:
        int8[n], what holds at each row, itself included.

    """
    at = _last(said >= 0)
    first = np.repeat(heads, np.diff(heads, append=len(said)))
    return np.where(at >= first, said[at], before[owner(heads, len(said))])


def began(
    on: NDArray[np.bool_],
    heads: Rows,
    running: NDArray[np.bool_],
    cut: NDArray[np.bool_] | None = None,
) -> Rows:
    """The row at which the run of each row began.

    Args:
        on: bool[n], where the condition holds.
        heads: int64[v], first row of each vessel.
        running: bool[v], whether it held at the vessel's last row before the batch.
        cut: bool[n], rows at which a run ends though the condition holds (after a silence, say);
            if it holds there, another begins with them. None for nowhere.

    Returns:
        int64[n]: a row, `BEFORE` or `NONE`.

    """
    follows = np.empty(len(on), bool)
    follows[1:] = on[:-1]
    follows[heads] = running
    if cut is not None:
        follows &= ~cut
    at = _last(on & ~follows)
    first = np.repeat(heads, np.diff(heads, append=len(on)))
    return np.where(on, np.where(at >= first, at, BEFORE), NONE)


def since(
    start: Rows, time: NDArray[Any], heads: Rows, before: NDArray[Any], never: Any = 0
) -> NDArray[Any]:
    """Since when the condition has held at each row.

    Args:
        start: int64[n], as `began` gives it.
        time: [n], time of each row, in any unit and dtype.
        heads: int64[v], first row of each vessel.
        before: [v], since when it had held before the batch, in the same dtype.
        never: the answer where it does not hold.

    """
    result = np.full(len(start), never, time.dtype)
    own, carried = start >= 0, start == BEFORE
    result[own] = time[start[own]]
    if carried.any():
        result[carried] = before[owner(heads, len(start))[carried]]
    return result


def total(start: Rows, steps: NDArray[np.int64], heads: Rows, before: Rows) -> Rows:
    """What has come together in each row's run: whole numbers, so that no cut changes the sum.

    Args:
        start: int64[n], as `began` gives it.
        steps: int64[n], what each row adds to the row before it; the row that begins a run adds
            nothing.
        heads: int64[v], first row of each vessel.
        before: int64[v], what had come together before the batch.

    Returns:
        int64[n]; 0 where there is no run.

    """
    sums = np.cumsum(steps)
    vessel = owner(heads, len(start))
    carried = sums - (sums - steps)[heads][vessel] + before[vessel]
    own = sums - sums[np.maximum(start, 0)] if len(start) else sums
    return np.where(start >= 0, own, np.where(start == BEFORE, carried, 0))


def last(chosen: NDArray[np.bool_], heads: Rows) -> Rows:
    """The last chosen row of the vessel up to and including each: int64[n]; `BEFORE` if none."""
    at = _last(chosen)
    return np.where(at >= np.repeat(heads, np.diff(heads, append=len(chosen))), at, BEFORE)


def first(chosen: NDArray[np.bool_], heads: Rows) -> Rows:
    """The first chosen row of each vessel: int64[v]; `NONE` where none is."""
    rows = np.flatnonzero(chosen)
    at = np.searchsorted(rows, heads)
    found = np.append(rows, len(chosen))[at]
    return np.where(found < np.append(heads[1:], len(chosen)), found, NONE)


def _last(chosen: NDArray[np.bool_]) -> Rows:
    """The last chosen row up to and including each; -1 where there is none yet."""
    return np.maximum.accumulate(np.where(chosen, np.arange(len(chosen)), -1))
