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


def columns(values: Array, first: Array, count: int) -> Array:
    """The `count` values from each place on; shape (count, places), a fresh array."""
    size = values.itemsize
    whole = np.ndarray((len(values) - count + 1,), f"V{count * size}", values, strides=(size,))
    return np.ascontiguousarray(whole[first].view(values.dtype).reshape(-1, count).T)


def ranges(start: Array, count: Array) -> Array:
    """The concatenated ranges start[i] … start[i] + count[i] - 1."""
    ends = np.cumsum(count)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - (ends - count), count)


def _each(value: int) -> np.uint64:
    """A uint64 with that byte in every place."""
    return np.uint64(value * 0x0101_0101_0101_0101)


# Texts up to so long are taken out of a buffer all at once.
_WIDE = 128
# _KEEP[k] keeps the first k bytes of 128, and zeroes the rest.
_KEEP = LOW_BYTES[np.clip(np.arange(_WIDE + 1)[:, None] - 8 * np.arange(_WIDE // 8), 0, 8)]


def first_bytes(count: Array, words: int) -> Array:
    """Masks that keep the first `count` bytes of each row of words; uint64 (rows, words ≤ 16)."""
    table = np.ascontiguousarray(_KEEP[:, :words]).view(f"V{8 * words}")[:, 0]
    return table[count].view(np.uint64).reshape(-1, words)


def end_to_end(buffer: Array, start: Array, length: Array) -> Array:
    """Texts of a buffer, one behind the other; uint8.

    Each is written with what follows it in the buffer, which the next one then covers.
    """
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    width = int(length.max()) if len(ends) else 0
    if not total or width > SLACK:
        return buffer[ranges(start, length)]
    text = np.empty(total + width, np.uint8)
    overlapping(text, f"V{width}")[ends - length] = overlapping(buffer, f"V{width}")[start]
    return text[:total]


def texts_at(buffer: Array, start: Array, length: Array) -> list[bytes]:
    """Texts of a buffer, each as bytes of its own; none ends with NUL."""
    short = length <= _WIDE
    longest = int(np.where(short, length, 0).max(initial=1))
    words = -(-longest // 8)
    chars = windows(buffer, start, 8 * words).view(np.uint64)
    chars &= first_bytes(np.minimum(length, 8 * words), words)
    texts: list[bytes] = chars.view(f"S{8 * words}")[:, 0].tolist()
    for i in np.flatnonzero(~short).tolist():
        texts[i] = buffer[start[i] : start[i] + length[i]].tobytes()
    return texts


# What moves the first k characters of a word to its end, and the "0" that then stand before them.
_SHIFT = np.array([0] + [64 - 8 * k for k in range(1, 9)], np.uint64)
_ZEROS = np.array(
    [0] + [0x3030303030303030 & ((1 << (64 - 8 * k)) - 1) for k in range(1, 9)], np.uint64
)


def eight_digits(words: Array) -> tuple[Array, Array]:
    """Numbers of eight decimal characters each, read as uint64 words in order of memory.

    Three multiplications join neighbouring digits to pairs, pairs to fours, fours to eights.

    Returns:
        int64 values; bool, whether all eight characters were digits.
    """
    x = words - _each(0x30)
    ok = ((x | (x + _each(0x76))) & _each(0x80)) == 0
    x = (x * np.uint64(10) + (x >> np.uint64(8))) & np.uint64(0x00FF_00FF_00FF_00FF)
    x = (x * np.uint64(100) + (x >> np.uint64(16))) & np.uint64(0x0000_FFFF_0000_FFFF)
    x = (x * np.uint64(10_000) + (x >> np.uint64(32))) & np.uint64(0xFFFF_FFFF)
    return x.view(np.int64), ok


def digits(buffer: Array, positions: Array, width: int) -> tuple[Array, Array]:
    """Decimal numbers of exactly `width` ≤ 16 digits: (values int64, whether all are digits)."""
    if width <= 8:
        words = overlapping(buffer, "<u8")[positions]
        return eight_digits(words << _SHIFT[width] | _ZEROS[width])
    words = windows(buffer, positions, 16).view("<u8")
    high, ok = eight_digits(words[:, 0])
    if width == 10:
        tens, ones = (words.view(np.uint8)[:, i] - np.uint8(ord("0")) for i in (8, 9))
        return high * 100 + (tens * np.uint8(10) + ones), ok & (tens < 10) & (ones < 10)
    low, also = eight_digits(words[:, 1] << _SHIFT[width - 8] | _ZEROS[width - 8])
    return high * 10 ** (width - 8) + low, ok & also


def small_numbers(buffer: Array, start: Array, length: Array) -> tuple[Array, Array]:
    """Unsigned numbers of at most eight digits: (values int64, whether each is one)."""
    ok = (length > 0) & (length <= 8)
    width = np.where(ok, length, 1)
    value, digital = eight_digits(
        overlapping(buffer, "<u8")[start] << _SHIFT[width] | _ZEROS[width]
    )
    return value, ok & digital


# _CUT[i][k] keeps what the first k characters of a text leave of its word i.
_CUT = LOW_BYTES[np.clip(np.arange(33) - 8 * np.arange(4)[:, None], 0, 8)]


def text_hashes(buffer: Array, start: Array, length: Array, salt: Array) -> Array:
    """uint64 hashes of short texts (the first 32 bytes count); `salt` is 4 odd uint64."""
    if not len(start):
        return np.empty(0, np.uint64)
    cut = np.minimum(length, 32)
    count = max(1, (int(cut.max()) + 7) // 8)
    words = windows(buffer, start, 8 * count).view("<u8")
    result = length.astype(np.uint64) * salt[0]
    for i in range(count):
        word = words[:, i] & _CUT[i][cut]
        word *= salt[i]
        result ^= word
        result ^= result >> np.uint64(29)
    return result * salt[0]
