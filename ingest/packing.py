"""Payloads packed into words, and a hash of what was sent."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import numpy as np

from ingest.assembly import Payloads
from ingest.bits import CHARS_PER_WORD, dearmour, pack
from ingest.columns import Array
from ingest.gather import windows
from ingest.layouts import LAYOUTS

SHORT_CHARS, LONG_CHARS = 28, 72

# Rows taken out of their armour at once: 32 bytes each, some copies of them, and the second-level
# cache is full.
_BLOCK = 8192

# How a message type is read: in 4 words, in 9, or left as it is for whoever looks.
OTHER, SHORT, LONG = 0, 1, 2
SIZE = np.zeros(64, np.uint8)
# Characters that a type's own fields fill; what follows was not sent with it.
CHARS = np.full(64, LONG_CHARS, np.int64)
HAS_TEXT = np.zeros(64, bool)
for _layout in LAYOUTS:
    HAS_TEXT[list(_layout.types)] = any(f.kind == "t" for f in _layout.fields)
    for _type in _layout.types:
        _end = max(f.end for f in _layout.fields)
        SIZE[_type] = SHORT if _end <= SHORT_CHARS * 6 else LONG
        CHARS[_type] = SHORT_CHARS if SIZE[_type] == SHORT else min(-(-_end // 6), LONG_CHARS)
CHARS[27] = 16

# Six-bit value of the character that begins a payload: the message type; 63 for no such character.
_TYPE = np.full(256, 63, np.uint8)
for _value in range(64):
    _TYPE[_value + (48 if _value < 40 else 56)] = _value


class PayloadHash:
    """64-bit hashes of payloads, equal for copies of one message.

    The multipliers are drawn anew for every process, so that nobody outside can make a message
    that passes for a copy of another. They travel with the state that holds such hashes.
    """

    def __init__(self) -> None:
        self.factors = np.array([secrets.randbits(64) | 1 for _ in range(16)], np.uint64)

    def __call__(self, packed: Array, length: Array | None = None) -> Array:
        """Hashes of packed words (words, rows); `length` sets apart what the words leave out."""
        value = (packed[0] >> np.uint64(16)) * self.factors[0]
        for i in range(1, len(packed)):
            value ^= (packed[i] >> np.uint64(16)) * self.factors[i]
        if length is not None:
            value ^= length.astype(np.uint64) * self.factors[14]
        value ^= value >> np.uint64(31)
        value *= self.factors[15]
        value ^= value >> np.uint64(29)
        return value

    def of_bytes(self, payload: bytes) -> int:
        """Hash of a payload longer than the words hold."""
        digest = hashlib.blake2b(payload, digest_size=8, key=self.factors.tobytes()[:64])
        return int.from_bytes(digest.digest(), "little")


@dataclass(slots=True)
class Packed:
    """Payloads of one size.

    Attributes:
        rows: which messages of the batch.
        packed: uint64 (words, rows), 48 bits a word; for numbers.
        wrong: rows with a character outside the alphabet.
        texts: indices into `rows` of those that have text fields, ascending.
        six: uint64 (texts, words), their six-bit characters, one a byte.
    """

    rows: Array
    packed: Array
    wrong: Array
    texts: Array
    six: Array


def message_types(payloads: Payloads) -> Array:
    """Message type of each payload, uint8, 0 to 63."""
    return _TYPE[payloads.buffer[payloads.start]]


def text_words(payloads: Payloads, rows: Array, longest: int) -> Array:
    """The first `longest` characters of some payloads as uint64 (rows, words)."""
    width = -(-longest // CHARS_PER_WORD) * CHARS_PER_WORD
    return windows(payloads.buffer, payloads.start[rows], width).view(np.uint64)


def read_packed(rows: Array, text: Array, lengths: Array, types: Array, longest: int) -> Packed:
    """Take payloads out of their armour, block by block, so that the steps stay in the cache.

    Args:
        rows: which messages of the batch they are.
        text: from `text_words`.
        lengths: characters of each.
        types: message type of each.
        longest: as for `text_words`.
    """
    n, words = text.shape
    packed = np.empty((words, n), np.uint64)
    wrong = np.empty(n, bool)
    keep = np.minimum(lengths, CHARS[types])
    texts = np.flatnonzero(HAS_TEXT[types])
    six_of_texts = np.empty((len(texts), words), np.uint64)
    for start in range(0, n, _BLOCK):
        block = slice(start, start + _BLOCK)
        six, wrong[block] = dearmour(text[block], keep[block], longest)
        pack(six, packed[:, block])
        first, last = np.searchsorted(texts, (start, start + _BLOCK))
        six_of_texts[first:last] = six[texts[first:last] - start]
    return Packed(rows, packed, wrong, texts, six_of_texts)
