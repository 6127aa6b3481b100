"""Hashes of rows, equal where a row says the same at the same time."""

from __future__ import annotations

import numpy as np

from ingest.columns import Array, Record, columns_of
from ingest.records import Positions, Statics

# The place a row came from is not what it says.
_LEFT_OUT = frozenset(("received", "station", "line", "watermark"))

_NAN = np.uint64(0x7FF8_0000_0000_0000)


def _constants(count: int) -> list[np.uint64]:
    """Odd numbers without pattern: the golden ratio's multiples, mixed (splitmix64)."""
    made = []
    for i in range(1, count + 1):
        x = i * 0x9E3779B97F4A7C15 & (1 << 64) - 1
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
        x = (x ^ x >> 27) * 0x94D049BB133111EB & (1 << 64) - 1
        made.append(np.uint64(x ^ x >> 31 | 1))
    return made


_ODD = _constants(64)


def row_hashes(positions: Positions, statics: Statics) -> Array:
    """uint64 (n,) over all that both records, of equal length, say. Time is a part of it.

    A sentence carries the second of its fix, so that two fixes of a moored ship differ; a row does
    so only in its time.
    """
    total = np.zeros(len(positions), np.uint64)
    for place, word in enumerate((*_words(positions), *_words(statics))):
        mixed = word * _ODD[place]
        mixed ^= mixed >> np.uint64(32)
        mixed *= _ODD[place + 1]
        total += mixed
    total ^= total >> np.uint64(29)
    return total * _ODD[0]


def _words(record: Record) -> list[Array]:
    """The values of a record as uint64 words."""
    words: list[Array] = []
    for column in columns_of(type(record)):
        if column.name in _LEFT_OUT:
            continue
        values: Array = getattr(record, column.name)
        kind = values.dtype.kind
        if kind == "S":
            size = -(-values.dtype.itemsize // 8) * 8
            text = values.astype(f"S{size}").view(np.uint64).reshape(len(values), -1)
            words.extend(text.T)
        elif kind == "f":
            bits = values.astype(np.float64).view(np.uint64)
            words.append(np.where(np.isnan(values), _NAN, bits))
        else:
            words.append(values.astype(np.int64).view(np.uint64))
    return words
