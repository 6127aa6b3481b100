"""Reading many short stretches of one buffer at once.

A view of overlapping, unaligned items (stride one byte) turns "the 32 bytes at each of these
positions" into one fancy index of numpy: about 5 ns a row.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array

# Bytes that must lie behind the last position ever read, so that no view runs off the buffer.
SLACK = 1024

# LOW_BYTES[k] keeps the first k bytes, in memory order, of a little-endian uint64.
LOW_BYTES = np.array([(1 << (8 * k)) - 1 for k in range(9)], np.uint64)


def overlapping(buffer: Array, dtype: str) -> Array:
    """View of `buffer` (uint8) with item i starting at byte i; shape (bytes - itemsize + 1,)."""
    size = np.dtype(dtype).itemsize
    return np.ndarray((len(buffer) - size + 1,), dtype, buffer, strides=(1,))


def windows(buffer: Array, positions: Array, width: int) -> Array:
    """The `width` bytes at each position; shape (positions, width), a fresh array."""
    return overlapping(buffer, f"V{width}")[positions].view(np.uint8).reshape(-1, width)


def ranges(start: Array, count: Array) -> Array:
    """The concatenated ranges start[i] … start[i] + count[i] - 1."""
    ends = np.cumsum(count)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - (ends - count), count)


_TEN = 10 ** np.arange(18, -1, -1, dtype=np.int64)


def digits(buffer: Array, positions: Array, width: int) -> tuple[Array, Array]:
    """Decimal numbers of exactly `width` ≤ 18 digits: (values int64, whether all are digits)."""
    chars = windows(buffer, positions, width) - np.uint8(48)
    return chars.astype(np.int64) @ _TEN[19 - width :], np.asarray((chars < 10).all(axis=1))


def text_hashes(buffer: Array, start: Array, length: Array, salt: Array) -> Array:
    """uint64 hashes of short texts (the first 32 bytes count); `salt` is 4 odd uint64."""
    if not len(start):
        return np.empty(0, np.uint64)
    words = windows(buffer, start, 32).view(np.uint64).reshape(-1, 4)
    result = length.astype(np.uint64) * salt[0]
    longest = int(length.max())
    for i in range(min(4, (longest + 7) // 8)):
        keep = LOW_BYTES[np.clip(length - 8 * i, 0, 8)]
        result ^= (words[:, i] & keep) * salt[i]
        result ^= result >> np.uint64(29)
    return result * salt[0]
