"""From columns of field values to armoured payloads, driven by the decoder's own field tables.

Sixty bits, ten six-bit characters, go into one 64-bit word: no character is ever split between
two words, and a field is at most split in two.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ingest.columns import Array
from ingest.layouts import Field, Layout

WORD = 60
CHARS = 10

# Six-bit value → armoured character: 0-39 are "0" to "W", 40-63 are "`" to "w".
ARMOUR = np.array([v + 48 if v < 40 else v + 56 for v in range(64)], np.uint8)

# ASCII → six-bit text: "@A…_" are 0-31, " !…?" are 32-63; what has no code becomes a blank.
SIXBIT = np.full(256, 32, np.uint8)
SIXBIT[64:96] = np.arange(32)
SIXBIT[32:64] = np.arange(32, 64)
SIXBIT[97:123] = np.arange(1, 27)
SIXBIT[0] = 0  # padding of fixed-length text is "@"


def encode(
    layout: Layout, msg_type: Array, values: Mapping[str, Array | int], bits: int = 0
) -> Array:
    """Payload characters of `len(msg_type)` messages of one layout and length.

    Args:
        layout: the field table.
        msg_type: uint8 type of each message.
        values: by field name: integers as sent (two's complement is made here), and for text
            numpy "S" arrays. Fields that are not given are 0.
        bits: length of the messages; 0 for the layout's own.

    Returns:
        uint8 (messages, characters), and the last character's unused bits are zero.

    """
    bits = bits or layout.bits
    count = len(msg_type)
    chars = -(-bits // 6)
    words = np.zeros((-(-chars // CHARS), count), np.uint64)
    _put(words, Field("type", 0, 6), msg_type.astype(np.int64))
    for field in layout.fields:
        if field.name not in values or field.start >= bits:
            continue
        value = values[field.name]
        if field.kind == "t":
            _put_text(words, field, np.asarray(value), min(field.end, bits))
        else:
            _put(words, field, np.asarray(value, np.int64))
    six = np.empty((chars, count), np.uint8)
    for k in range(chars):
        shift = np.uint64(6 * (CHARS - 1 - k % CHARS))
        six[k] = (words[k // CHARS] >> shift).astype(np.uint8) & 63
    return ARMOUR[six].T.copy()


def fill_bits(bits: int) -> int:
    """Unused bits in the last of the characters that hold so many."""
    return -bits % 6


def _put(words: Array, field: Field, value: Array) -> None:
    """Or a field's low bits into the words."""
    raw = value.astype(np.uint64) & np.uint64((1 << field.width) - 1)
    word, offset = divmod(field.start, WORD)
    left = WORD - offset - field.width
    if left >= 0:
        words[word] |= raw << np.uint64(left)
    else:
        words[word] |= raw >> np.uint64(-left)
        words[word + 1] |= (raw << np.uint64(WORD + left)) & np.uint64((1 << WORD) - 1)


def _put_text(words: Array, field: Field, text: Array, end: int) -> None:
    """Text, six bits a character, as far as the message goes."""
    width = (end - field.start) // 6
    codes = SIXBIT[text.astype(f"S{width}").view(np.uint8).reshape(-1, width)]
    for k in range(width):
        column = codes[:, k] if len(codes) > 1 else np.broadcast_to(codes[:, k], words.shape[1])
        _put(words, Field("text", field.start + 6 * k, 6), column.astype(np.int64))
