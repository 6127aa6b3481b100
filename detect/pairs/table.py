"""Pairs that are being watched: one row a pair, by the two track keys, bounded.

A pair is taken in when it is first near enough, stays while its detector keeps it, and is looked at
anew in every picture, whether it is still near or not. When there is no room, a new pair is left
out, unless it is of a protected vessel: for that others give way, the newest first, and those with
a running episode last. So a flood of invented vessels shuts out its own latecomers, and neither
ends a running episode nor hides a listed vessel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.picture import Picture

Indices = NDArray[np.int64]
PairKey = tuple[int, int]

NEVER = int(np.iinfo(np.int64).max)


class PairTable:
    """Rows of pairs, sorted by key. Picklable.

    Args:
        columns: what is kept of each pair besides `a`, `b` and `since`: {name: (dtype, fill)}.
        most: rows there may be.

    Attributes:
        a, b: int64[n], keys of the two tracks, a < b.
        since: int64[n], µs, the picture in which the pair was taken in.
        raised: bool[n], an event was told; the detector sets it.
        first, second: int64[n], rows of a and b in the picture last looked at; -1 where not in it.
        left_out: pairs not taken in, or dropped, for want of room, so far.
        dropped: keys of pairs with a running episode that had to give way; see `Episodes.forget`.

    """

    def __init__(self, columns: dict[str, tuple[str, Any]], most: int = 65_536) -> None:
        self.most = most
        self.left_out = 0
        self.dropped: list[PairKey] = []
        self.a = np.empty(0, np.int64)
        self.b = np.empty(0, np.int64)
        self.first = np.empty(0, np.int64)
        self.second = np.empty(0, np.int64)
        self._columns = {"since": ("int64", 0), "raised": ("bool", False), **columns}
        self._kept: dict[str, NDArray[Any]] = {
            name: np.empty(0, dtype) for name, (dtype, _) in self._columns.items()
        }

    def __len__(self) -> int:
        return len(self.a)

    def __getitem__(self, column: str) -> NDArray[Any]:
        """A column: the array itself, to be read and written."""
        return self._kept[column]

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        own = (self.a, self.b, self.first, self.second)
        return sum(column.nbytes for column in (*own, *self._kept.values()))

    def look(
        self, picture: Picture, a: Indices, b: Indices, protected: NDArray[np.bool_] | None = None
    ) -> None:
        """Go on to another picture and take in pairs of it that are not in the table yet.

        Args:
            picture: where `first` and `second` are rows of from now on.
            a: int64[k], rows of the picture.
            b: int64[k], rows of the picture; not the same as `a`, each pair once.
            protected: bool[n] of the picture's vessels, whose pairs do not give way.

        """
        rows = picture.rows(np.concatenate([self.a, self.b]))
        self.first, self.second = rows[: len(self)], rows[len(self) :]
        if not len(a):
            return
        low, high = np.minimum(a, b), np.maximum(a, b)
        if len(self):
            # Rows are in the order of keys, and so are their codes.
            both = (self.first >= 0) & (self.second >= 0)
            known = np.append(self.first[both] * len(picture) + self.second[both], NEVER)
            code = low * len(picture) + high
            new = np.flatnonzero(known[np.searchsorted(known, code)] != code)
            if not len(new):
                return
            low, high = low[new], high[new]
        if len(self) + len(low) > self.most:
            first = np.zeros(len(low), bool)
            if protected is not None:
                first = protected[low] | protected[high]
                self._give_way(len(self) + int(first.sum()) - self.most, protected)
            room = self.most - len(self)
            chosen = np.argsort(~first, kind="stable")[:room]
            self.left_out += len(low) - len(chosen)
            low, high = low[chosen], high[chosen]
        self._append(picture, low, high)

    def partners(self, which: NDArray[np.bool_]) -> Indices:
        """For each row with how many others its two are in rows of `which`: the greater number."""
        rows = np.concatenate([self.first[which], self.second[which]])
        count = np.bincount(rows[rows >= 0], minlength=1)
        most = np.zeros(len(self), np.int64)
        for side in (self.first, self.second):
            known = (side >= 0) & (side < len(count))
            most[known] = np.maximum(most[known], count[side[known]])
        return most

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Drop the rows that are not kept."""
        if which.all():
            return
        self.a, self.b = self.a[which], self.b[which]
        self.first, self.second = self.first[which], self.second[which]
        self._kept = {name: column[which] for name, column in self._kept.items()}

    def key(self, row: int) -> PairKey:
        """The two keys of a row."""
        return int(self.a[row]), int(self.b[row])

    def _append(self, picture: Picture, low: Indices, high: Indices) -> None:
        a = np.concatenate([self.a, picture.key[low]])
        b = np.concatenate([self.b, picture.key[high]])
        order = np.lexsort((b, a))
        self.a, self.b = a[order], b[order]
        self.first = np.concatenate([self.first, low])[order]
        self.second = np.concatenate([self.second, high])[order]
        for name, (dtype, fill) in self._columns.items():
            value = picture.time if name == "since" else fill
            added = np.full(len(low), value, dtype)
            self._kept[name] = np.concatenate([self._kept[name], added])[order]

    def _give_way(self, wanted: int, protected: NDArray[np.bool_]) -> None:
        """Drop so many of the newest rows that may go, or as many as may."""
        if wanted <= 0:
            return
        safe = np.zeros(len(self), bool)
        for rows in (self.first, self.second):
            safe[rows >= 0] |= protected[rows[rows >= 0]]
        may_go = np.flatnonzero(~safe)
        order = np.lexsort((-self["since"][may_go], self["raised"][may_go]))
        which = np.ones(len(self), bool)
        which[may_go[order[:wanted]]] = False
        self.dropped += [self.key(row) for row in np.flatnonzero(~which & self["raised"]).tolist()]
        self.left_out += int((~which).sum())
        self.keep(which)
