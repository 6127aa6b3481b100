"""Armoured payloads into six-bit characters, words and fields.

A payload character carries six bits. Characters are taken from their ASCII armour all at once, a
byte each, then eight of them are packed to 48 bits at the top of a uint64. A field is then a shift
and a mask over one or two columns of words, for all rows of a batch together.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array
from ingest.gather import LOW_BYTES, first_bytes, windows
from ingest.layouts import Field, Layout

CHARS_PER_WORD = 8
BITS_PER_WORD = 48


def _each_byte(value: int) -> np.uint64:
    return np.uint64(value * 0x0101_0101_0101_0101)


def dearmour(text: Array, keep: Array, longest: int) -> tuple[Array, Array]:
    """Six-bit characters of payloads, and which payloads hold a character outside the alphabet.

    Args:
        text: uint64 (rows, words), the payloads' characters in order of memory.
        keep: characters to read of each payload, at most `longest`; those beyond are zero bits.
        longest: characters read of most payloads, at most 72.

    Returns:
        uint64 (rows, words), one six-bit character a byte in order of memory; bool (rows,), True
        where a character is not one of "0"-"W" and "`"-"w".
    """
    rows, words = text.shape
    six = text.view(np.uint8) - np.uint8(48)
    of_words = six.view(np.uint64)
    short = np.flatnonzero(keep < longest)
    if 2 * len(short) > rows:
        of_words &= first_bytes(keep, words)
    else:
        if longest % CHARS_PER_WORD:
            of_words[:, -1] &= LOW_BYTES[longest % CHARS_PER_WORD]
        of_words[short] &= first_bytes(keep[short], words)
    # "`" follows "W": there are eight characters between them that carry nothing.
    upper = six >= 48
    between = six >= 40
    between ^= upper
    drop = upper.view(np.uint64)
    drop <<= np.uint64(3)
    six -= drop.view(np.uint8)
    wrong: Array = np.zeros(rows, bool)
    if six.size and (six.max() > 63 or between.any()):
        between |= six > 63
        between.any(axis=1, out=wrong)
    return of_words, wrong


def pack(six: Array, out: Array | None = None) -> Array:
    """Pack (rows, words) of six-bit bytes to 48 bits at the top of each uint64, (words, rows).

    Neighbouring characters are joined to pairs, pairs to fours, fours to eights.
    """
    if out is None:
        out = np.empty(six.shape[::-1], np.uint64)
    pairs = six.view(np.uint16)
    x = pairs << np.uint16(10)
    x |= pairs >> np.uint16(4)
    x &= np.uint16(0xFFF0)
    fours = x.view(np.uint32)
    y = fours << np.uint32(16)
    y |= fours >> np.uint32(12)
    y &= np.uint32(0xFFFF_FF00)
    eights = y.view(np.uint64)
    z = eights << np.uint64(32)
    z |= eights >> np.uint64(24)
    np.bitwise_and(z.T, np.uint64(0xFFFF_FFFF_FFFF_0000), out=out)
    return out


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
    """A text field from uint64 (rows, words) of six-bit bytes: ASCII, zero from the first "@" on.

    Returns:
        uint64 (words, rows), eight characters each in order of memory, zero behind the last.
    """
    count, (first, shift) = width // 6, divmod(start, 6)
    words = -(-count // CHARS_PER_WORD)
    rows, bytes_of_row = len(six), six.shape[1] * 8
    # A field may end so close to the end of a row that its last word reaches beyond.
    flat = np.zeros(rows * bytes_of_row + 2 * CHARS_PER_WORD, np.uint8)
    flat[: rows * bytes_of_row] = six.reshape(-1).view(np.uint8)
    at = np.arange(rows) * bytes_of_row + first
    chars = np.ascontiguousarray(windows(flat, at, words * 8).view(np.uint64).T)
    if shift:
        following = np.ascontiguousarray(windows(flat, at + 1, words * 8).view(np.uint64).T)
        chars &= _each_byte(0x3F >> shift)
        chars <<= np.uint64(shift)
        following >>= np.uint64(6 - shift)
        following &= _each_byte(0x3F >> (6 - shift))
        chars |= following
    # The bit above a character's six is set where the character is not "@".
    at_sign = ~(chars + _each_byte(0x3F)) & _each_byte(0x40)
    chars ^= _each_byte(0x20)
    chars += _each_byte(0x20)
    chars &= (at_sign - np.uint64(1)) & ~at_sign
    chars[-1] &= LOW_BYTES[count - CHARS_PER_WORD * (words - 1)]
    for i in range(1, words):
        at_sign[i] |= at_sign[i - 1]
        chars[i] *= at_sign[i - 1] == 0
    return chars


def joined(chars: Array) -> Array:
    """Letters (words, rows) as numpy bytes; they end at the first zero, trailing blanks go."""
    whole = np.ascontiguousarray(chars.T).view(f"S{8 * len(chars)}")[:, 0]
    return np.strings.rstrip(whole, b" ")


_SMALL = {
    "i": ((8, np.int8), (32, np.int32)),
    "b": ((8, np.uint8),),
    "u": ((8, np.uint8), (16, np.uint16), (32, np.uint32)),
}


def read_field(field: Field, packed: Array, six: Array | None) -> Array:
    """One field of all rows in the smallest dtype that holds it; text needs `six`."""
    if field.kind == "t":
        assert six is not None
        return joined(letters(six, field.start, field.width))
    word, offset = divmod(field.start, BITS_PER_WORD)
    small = next(d for bits, d in _SMALL[field.kind] if field.width <= bits)
    if field.kind == "i" or offset + field.width > BITS_PER_WORD:
        return number(packed, field.start, field.width, field.kind == "i").astype(small)
    value = (packed[word] >> np.uint64(64 - field.width - offset)).astype(small)
    if field.width < 8 * value.itemsize:
        value &= small((1 << field.width) - 1)
    return value.view(bool) if field.kind == "b" else value


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
