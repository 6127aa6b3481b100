"""De-duplication: the same payload again, within ten seconds of the copy that was kept.

A message heard by several stations arrives several times. The first copy is kept; another within
`window` of event time of the *last kept* copy, earlier or later, is a duplicate (the window does
not slide, or a beacon that repeats itself would be silenced for ever). What is remembered of a
payload is dropped when the watermark has left it `horizon` behind, so every decision is a function
of the order of arrival alone, never of how it was cut into batches.

The memory is an open-addressing hash table in flat arrays. A batch goes through it in rounds: one
settles, of each payload, all copies of what is remembered and the next message that is none. Most
payloads have one in a batch; the last few, which may have thousands, are judged one by one.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array
from ingest.records import Copies

WINDOW_US = 10_000_000
# A copy may arrive late: how far the watermark may have run on. Twice the window, so that a late
# copy of a late copy is still met.
HORIZON_US = 20_000_000

# A round costs some 25 µs and a copy on its own a third of one.
_FEW = 64
_NEVER = np.iinfo(np.int64).min


class Dedup:
    """The payloads of the last seconds. Picklable; call it with batches in order of arrival."""

    def __init__(self, *, window_us: int = WINDOW_US, horizon_us: int = HORIZON_US) -> None:
        self._window, self._horizon = window_us, horizon_us
        self._allocate(12)

    def _allocate(self, bits: int) -> None:
        self._bits = bits
        self._used = 0
        size = 1 << bits
        self._hash = np.zeros(size, np.uint64)
        self._time = np.full(size, _NEVER, np.int64)
        self._watermark = np.full(size, _NEVER, np.int64)
        self._first = np.zeros(size, np.int32)

    def __call__(self, hashes: Array, time_us: Array, watermark_us: Array) -> tuple[Array, Array]:
        """Judge a batch.

        Args:
            hashes: uint64 (n,), equal where the message is the same.
            time_us: int64 (n,), event time.
            watermark_us: int64 (n,), greatest event time up to and including each row.

        Returns:
            bool (n,), whether the row is kept; int64 (n,), the event time of the copy that was
            kept (the row's own where it is that copy).
        """
        n = len(hashes)
        kept = np.ones(n, bool)
        kept_time = time_us.copy()
        if not n:
            return kept, kept_time
        hashes = hashes | np.uint64(1)  # zero marks an empty place
        if (self._used + n) * 2 > 1 << self._bits:
            self._purge(int(watermark_us[0]), n)
        places = self._places(hashes)
        rows = np.arange(n, dtype=np.int32)
        time, watermark = time_us, watermark_us
        while len(rows):
            copy = self._are_copies(places, time, watermark)
            # What comes behind the first that is no copy is judged against that, in another round.
            index = np.arange(len(rows), dtype=np.int32)
            if copy.any():
                new = index[~copy]
                self._first[places] = len(rows)
                self._first[places[new[::-1]]] = new[::-1]
            else:
                self._first[places[::-1]] = index[::-1]
            first = self._first[places]
            is_head = index == first
            if is_head.all():  # as a rule: no payload comes twice
                self._time[places], self._watermark[places] = time, watermark
                break
            again = np.flatnonzero(index < first)
            kept[rows[again]], kept_time[rows[again]] = False, self._time[places[again]]
            head = np.flatnonzero(is_head)
            self._time[places[head]], self._watermark[places[head]] = time[head], watermark[head]
            left = np.flatnonzero(index > first)
            rows, places, time, watermark = rows[left], places[left], time[left], watermark[left]
            if len(head) < _FEW:
                copies, stood = self._in_turn(places, time, watermark)
                kept[rows[copies]], kept_time[rows[copies]] = False, stood
                break
        return kept, kept_time

    def _are_copies(self, places: Array, time: Array, watermark: Array) -> Array:
        """Which messages are copies of what is remembered in their places."""
        before = self._time[places]
        seen = before != _NEVER
        if not seen.any():
            return seen
        near = np.abs(time - np.where(seen, before, time)) <= self._window
        fresh = watermark - np.where(seen, self._watermark[places], watermark) <= self._horizon
        return seen & near & fresh

    def _in_turn(self, places: Array, time: Array, watermark: Array) -> tuple[list[int], list[int]]:
        """Judge messages of few payloads: (indices of the copies, times of the kept ones)."""
        window, horizon = self._window, self._horizon
        known = {p: (int(self._time[p]), int(self._watermark[p])) for p in set(places.tolist())}
        again, kept_time = [], []
        for i, (place, when, mark) in enumerate(
            zip(places.tolist(), time.tolist(), watermark.tolist(), strict=True)
        ):
            before, then = known[place]
            if before != _NEVER and abs(when - before) <= window and mark - then <= horizon:
                again.append(i)
                kept_time.append(before)
            else:
                known[place] = (when, mark)
        for place, (when, mark) in known.items():
            self._time[place], self._watermark[place] = when, mark
        return again, kept_time

    def _places(self, hashes: Array) -> Array:
        """The table place of each hash; new hashes are entered."""
        mask = np.int64((1 << self._bits) - 1)
        place = (hashes >> np.uint64(20)).astype(np.int64) & mask
        result = place
        rows = np.arange(len(hashes))
        wanted = hashes
        while True:
            other = np.flatnonzero(self._hash[place] != wanted)
            if len(other):
                free = other[self._hash[place[other]] == 0]
                # Of several that want the same free place, the first written last wins it.
                self._hash[place[free[::-1]]] = wanted[free[::-1]]
                other = other[self._hash[place[other]] != wanted[other]]
            if result is place and len(other):
                result = place.copy()
            elif result is not place:
                result[rows] = place
            if not len(other):
                break
            rows, wanted = rows[other], wanted[other]
            place = (place[other] + 1) & mask
        self._used += int((self._time[result] == _NEVER).sum())
        return result

    def _purge(self, watermark: int, coming: int) -> None:
        """Forget what can no longer be copied, and make room for `coming` more."""
        known = (self._time != _NEVER) & (watermark - self._watermark <= self._horizon)
        hashes, time, mark = self._hash[known], self._time[known], self._watermark[known]
        bits = 12
        while (len(hashes) + coming) * 2 > 1 << bits:
            bits += 1
        self._allocate(bits)
        place = self._places(hashes)
        self._time[place], self._watermark[place] = time, mark


def copies_of(
    kept_time_us: Array, time_us: Array, mmsi: Array, msg_type: Array, station: Array, line: Array
) -> Copies:
    """Rows for duplicates: when the copy that was kept stood, and when and where each of these."""
    return Copies.absent(
        len(line),
        time=kept_time_us.view("datetime64[us]"), delay=(time_us - kept_time_us) // 1000,
        mmsi=mmsi, msg_type=msg_type, station=station, line=line,
    )  # fmt: skip
