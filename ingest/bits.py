"""Armoured payloads into six-bit characters, words and fields.

A payload character carries six bits. Eight characters are read as one uint64 and taken from their
ASCII armour all at once, then packed to 48 bits at the top of a uint64. A field is then a shift and
a mask over one or two columns of words, for all rows of a batch together.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array
from ingest.gather import LOW_BYTES
from ingest.layouts import Field, Layout

CHARS_PER_WORD = 8
BITS_PER_WORD = 48


def _each_byte(value: int) -> np.uint64:
    return np.uint64(value * 0x0101_0101_0101_0101)


# _PAD[k]: characters "0" behind the first k, which stand for zero bits.
_PAD = np.array([0x3030303030303030 & ~((1 << (8 * k)) - 1) for k in range(9)], np.uint64)


def dearmour(text: Array, keep: Array, longest: int) -> tuple[Array, Array]:
    """Six-bit characters of payloads, and which payloads hold a character outside the alphabet.

    Args:
        text: uint64 (words, rows), the payloads' characters in order of memory; changed.
        keep: characters to read of each payload, at most `longest`; those beyond are zero bits.
        longest: characters read of most payloads.

    Returns:
        uint64 (words, rows), one six-bit character a byte in order of memory; bool (rows,), True
        where a character is not one of "0"-"W" and "`"-"w".
    """
    words = len(text)
    if longest % CHARS_PER_WORD:
        text[-1] &= LOW_BYTES[longest % CHARS_PER_WORD]
        text[-1] |= _PAD[longest % CHARS_PER_WORD]
    short = np.flatnonzero(keep < longest)
    if len(short):
        first = CHARS_PER_WORD * np.arange(words)[:, None]
        cut = np.clip(keep[short] - first, 0, CHARS_PER_WORD)
        text[:, short] = (text[:, short] & LOW_BYTES[cut]) | _PAD[cut]
    # 96 and above is 8 further on than the six bits say: "`" follows "W".
    upper = text >> np.uint64(5)
    upper &= text >> np.uint64(6)
    upper &= _each_byte(1)
    upper <<= np.uint64(3)
    six = text & _each_byte(0x7F)
    six += _each_byte(0x10)
    six -= upper
    six &= _each_byte(0x3F)
    # Put the armour on again: what differs was never a payload character.
    again = six + _each_byte(0x58)
    again &= _each_byte(0x80)
    again >>= np.uint64(4)
    again += six
    again += _each_byte(0x30)
    again ^= text
    return six, np.bitwise_or.reduce(again, axis=0) != 0


def pack(six: Array) -> Array:
    """Pack (words, rows) of six-bit bytes to 48 bits at the top of each uint64."""
    x = six.byteswap()
    odd = x & np.uint64(0x3F00_3F00_3F00_3F00)
    x &= np.uint64(0x003F_003F_003F_003F)
    odd >>= np.uint64(2)
    x |= odd
    np.bitwise_and(x, np.uint64(0x0FFF_0000_0FFF_0000), out=odd)
    x &= np.uint64(0x0000_0FFF_0000_0FFF)
    odd >>= np.uint64(4)
    x |= odd
    np.right_shift(x, np.uint64(32), out=odd)
    odd <<= np.uint64(40)
    x &= np.uint64(0x00FF_FFFF)
    x <<= np.uint64(16)
    x |= odd
    return x


def number(packed: Array, start: int, width: int, signed: bool = False) -> Array:
    """A field of up to 32 bits from packed words (words, rows); uint64 or int64."""
    word, offset = divmod(start, BITS_PER_WORD)
    shift = 64 - width
    if offset + width > BITS_PER_WORD:
        value = packed[word] << np.uint64(offset)
        value |= packed[word + 1] >> np.uint64(BITS_PER_WORD - offset)
    elif not signed:
        value = packed[word] >> np.uint64(shift - offset)
        if offset:
            value &= np.uint64((1 << width) - 1)
        return value
    else:
        value = packed[word] << np.uint64(offset)
    if signed:
        value = value.view(np.int64)
        value >>= np.int64(shift)
    else:
        value >>= np.uint64(shift)
    return value


def letters(six: Array, start: int, width: int) -> Array:
    """A text field from (rows, characters) six-bit bytes: ASCII, zero from the first "@" on."""
    count = width // 6
    first, shift = divmod(start, 6)
    chars = six[:, first : first + count]
    if shift:
        following = six[:, first + 1 : first + count + 1]
        chars = (chars << np.uint8(shift)) | (following >> np.uint8(6 - shift))
        chars &= np.uint8(63)
    ascii_letters = np.where(chars < 32, chars + np.uint8(64), chars)
    ascii_letters[np.logical_or.accumulate(chars == 0, axis=1)] = 0
    return ascii_letters


def joined(chars: Array) -> Array:
    """Letters (rows, count) as numpy bytes; they end at the first zero, trailing blanks go."""
    chars = np.ascontiguousarray(chars)
    return np.strings.rstrip(chars.view(f"S{chars.shape[1]}")[:, 0], b" ")


_SMALL = {
    "i": ((8, np.int8), (32, np.int32)),
    "u": ((8, np.uint8), (16, np.uint16), (32, np.uint32)),
}


def read_field(field: Field, packed: Array, six: Array | None) -> Array:
    """One field of all rows in the smallest dtype that holds it; text needs `six`."""
    if field.kind == "t":
        assert six is not None
        return joined(letters(six, field.start, field.width))
    value = number(packed, field.start, field.width, field.kind == "i")
    if field.kind == "b":
        return value.astype(bool)
    for bits, dtype in _SMALL[field.kind]:
        if field.width <= bits:
            return value.astype(dtype)
    return value


def read_layout(
    layout: Layout, packed: Array, six: Array | None, bits: Array, names: frozenset[str] | None
) -> dict[str, Array]:
    """Fields of a layout by name, of all rows: all of them, or those in `names`.

    A number that reaches past the `bits` of its payload gets AIS's own value for "not available";
    a text ends with the last character that is whole.
    """
    values = {
        f.name: read_field(f, packed, six)
        for f in layout.fields
        if names is None or f.name in names
    }
    cut = np.flatnonzero(bits < layout.bits)
    if len(cut):
        for f in layout.fields:
            if f.name not in values:
                continue
            past = cut[bits[cut] < f.end]
            if f.kind != "t":
                values[f.name][past] = f.absent
                continue
            for row in past[bits[past] > f.start].tolist():
                whole = (int(bits[row]) - f.start) // 6
                values[f.name][row] = values[f.name][row][:whole].rstrip(b" ")
    return values
