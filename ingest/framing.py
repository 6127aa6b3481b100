"""Bytes into sentences: lines, their kinds, the fields of AIVDM, checksums.

Arrives: a stretch of whole lines. Leaves: a `Sentences` table with one row for every sound
VDM or VDO sentence, and counts by reason of the lines that are something else. Everything is one
pass of numpy over the delimiters of the stretch; nothing looks at a single line.

    !AIVDM,<parts>,<part>,<sequence>,<channel>,<payload>,<fill>*<checksum>
    bang  c1      c2     c3         c4        c5        c6   star
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ingest.columns import Array
from ingest.gather import LOW_BYTES, SLACK, windows

# A sentence is 82 characters by the standard; a type 5 in one sentence with a TAG block and
# trailing metadata stays under 300. Longer lines are noise, or an attack on memory.
MAX_LINE = 1024

# Delimiters that are looked up behind one that begins a sentence.
_BEHIND = 8

_BANG, _DOLLAR, _COMMA, _LF, _CR = 33, 36, 44, 10, 13
_BACKSLASH, _HASH = 92, 35

_HEX = np.full(256, 255, np.uint8)
for _value, _char in enumerate(b"0123456789ABCDEF"):
    _HEX[_char] = _value
for _value, _char in enumerate(b"abcdef"):
    _HEX[_char] = 10 + _value
# Two hexadecimal characters, little-endian, to the byte they write. A bad character makes a value
# that may by chance be right; the bit above says that it is none.
_FIRST, _SECOND = _HEX[np.arange(65536) & 255], _HEX[np.arange(65536) >> 8]
_NO_HEX = 256
_HEX16 = ((_FIRST << 4) | _SECOND) + np.where((_FIRST < 16) & (_SECOND < 16), 0, _NO_HEX).astype(
    np.uint16
)

# _FROM[k] keeps all bytes of a word, in order of memory, but the first k.
_FROM = ~LOW_BYTES


def hex_pair(pairs: Array) -> tuple[Array, Array]:
    """Bytes written by pairs of hexadecimal characters (uint16, little-endian), and validity."""
    value = _HEX16[pairs]
    return value.astype(np.uint8), value < _NO_HEX


def pairs_at(buffer: Array, at: Array) -> Array:
    """The two bytes at each position, as uint16 in order of memory."""
    second = buffer[at + 1].astype(np.uint16)
    second <<= np.uint16(8)
    second |= buffer[at]
    return second


class Checksums:
    """Exclusive-or of any stretch of one buffer, from one running exclusive-or of its words."""

    def __init__(self, buffer: Array, size: int) -> None:
        self._words = buffer[: (size + 15) // 8 * 8].view(np.uint64)
        self._running = np.bitwise_xor.accumulate(self._words)

    def __call__(self, start: Array, end: Array) -> Array:
        """Exclusive-or of bytes start … end - 1, as uint8, a row."""
        x = self._from(start)
        x ^= self._from(end)
        for shift in (32, 16, 8):
            x ^= x >> np.uint64(shift)
        return x.astype(np.uint8)

    def _from(self, at: Array) -> Array:
        """Exclusive-or of all up to the end of the word that holds `at`, less what precedes it."""
        word = at >> 3
        x = self._words[word]
        x &= _FROM[at & 7]
        x ^= self._running[word]
        return x


@dataclass(slots=True)
class Sentences:
    """Sound sentences of one stretch, in line order; positions are indices into `buffer`.

    Attributes:
        buffer: the stretch, uint8, with slack behind it, and room for payloads put together.
        size: bytes of text in it.
        lines: number of lines in it.
        line_start, line_end: of every line; the end is its LF.
        line: index of the line of each sentence.
        bang: position of "!".
        payload, length: where the payload begins and its characters.
        fill: fill bits, 0 to 5.
        after: position behind the checksum.
        parts, part: of a multi-part message.
        commas: of each sentence, the one before its channel and the one before its payload.
        own: whether it is a VDO.
        check: its checksum.
        mark: which of the delimiters the "!" of each sentence is; the fields follow.
        delimiters: positions of all "," LF and "!" of the stretch, and some behind it.
        line_ends: which of them are LF.
        ignored, rejected: lines that are no sound VDM or VDO, by reason.
    """

    buffer: Array
    size: int
    lines: int
    line_start: Array
    line_end: Array
    line: Array
    bang: Array
    payload: Array
    length: Array
    fill: Array
    after: Array
    parts: Array
    part: Array
    commas: tuple[Array, Array]
    own: Array
    check: Array
    mark: Array
    delimiters: Array
    line_ends: Array
    checksums: Checksums
    ignored: Counter[str]
    rejected: Counter[str]

    def __len__(self) -> int:
        return len(self.line)

    def first_delimiters(self, rows: Array) -> Array:
        """Index of the first delimiter in the line of some sentences."""
        return self.first_of_lines(self.line[rows])

    def first_of_lines(self, lines: Array) -> Array:
        """Index of the first delimiter in some lines."""
        return np.where(lines > 0, self.line_ends[lines - 1] + 1, 0)

    def sequence(self, rows: Array) -> Array:
        """Last character of the sequence ids of some sentences, 0 where there is none."""
        c4 = self.commas[0][rows]
        return np.where(c4 - self.bang[rows] > 11, self.buffer[c4 - 1], 0)

    def channel(self, rows: Array) -> Array:
        """Last character of the channels of some sentences, 0 where there is none."""
        c4, c5 = self.commas[0][rows], self.commas[1][rows]
        return np.where(c5 - c4 > 1, self.buffer[c5 - 1], 0)


def find_sentences(stretch: bytes) -> Sentences:
    """Find the sentences in a stretch of whole lines, each ending with LF; one line at least."""
    size = len(stretch)
    buffer = np.empty((size + size // 2 + 2 * SLACK + 7) // 8 * 8, np.uint8)
    buffer[:size] = np.frombuffer(stretch, np.uint8)
    buffer[size : size + SLACK] = 0
    text = buffer[:size]
    # The last few delimiters are none: what is read behind the last line's must be somewhere.
    mask = np.ones(size + _BEHIND, bool)
    np.equal(text, _COMMA, out=mask[:size])
    mask[:size] |= text == _LF
    mask[:size] |= text == _BANG
    at = np.flatnonzero(mask)
    # Lines and sentences begin and end at the few delimiters that are no commas.
    kind = text[at[:-_BEHIND]]
    marks = np.flatnonzero(kind != _COMMA)
    is_end = kind[marks] == _LF
    end = marks[np.flatnonzero(is_end)]
    line_end = at[end]
    line_start = np.empty_like(line_end)
    line_start[0] = 0
    line_start[1:] = line_end[:-1] + 1
    lines = len(end)
    ignored: Counter[str] = Counter()
    rejected: Counter[str] = Counter()

    # The first "!" of a line begins its sentence.
    first = ~is_end
    first[1:] &= is_end[:-1]
    which = np.flatnonzero(first)
    bang = marks[which]
    line = np.cumsum(is_end)[which] if len(bang) < lines else np.arange(lines)
    commas = marks[which + 1] - bang - 1  # until the next "!" or the end of the line
    too_long = line_end - line_start > MAX_LINE
    if len(line) < lines:
        # As a rule all others are wrappers, or sentences of other kinds.
        is_other = text[line_start] == _DOLLAR
        others = int(np.count_nonzero(is_other))
        if others + len(line) == lines and not is_other[line].any() and not too_long.any():
            ignored["other_sentence"] += others
        else:
            _count_others(text, line_start, line_end, line, ignored, rejected)
    if too_long.any():
        too_long = too_long[line]
        rejected["too_long"] += int(np.count_nonzero(too_long))
        bang, line, commas = bang[~too_long], line[~too_long], commas[~too_long]

    start = at[bang]
    c4, c5, c6 = at[bang + 4], at[bang + 5], at[bang + 6]
    heads, tails = windows(buffer, start, 16), windows(buffer, c6 + 1, 4)
    words, tail = heads.view("<u8"), tails.view("<u4")[:, 0]
    head, head2 = words[:, 0], words[:, 1]

    # "!..VD?,d,d," with six commas before the line ends, then one digit and "*".
    good = commas >= 6
    good &= (head & np.uint64(0x00FF_00FF_FF00_0000)) == np.uint64(0x002C_0044_5600_0000)
    good &= (head2 & np.uint64(0x00FF_00FF)) == np.uint64(0x002C_002C)
    letter = heads[:, 5]
    good &= (letter == ord("M")) | (letter == ord("O"))
    fill = tails[:, 0] - np.uint8(48)
    star = tails[:, 1] == ord("*")
    parts, part = heads[:, 7] - np.uint8(48), heads[:, 9] - np.uint8(48)

    checksums = Checksums(buffer, size)
    given, is_hex = hex_pair(tail >> np.uint32(16))
    if b"\0" in stretch:
        good &= _without_nul(text, start, c6)
    good &= fill < 6
    whole = good & star & is_hex
    matches = checksums(start + 1, np.where(whole, c6 + 2, start + 1)) == given
    # A payload travels in at most nine parts; "0 of 0" and "3 of 2" mean nothing.
    numbered = (part >= 1) & (part <= parts) & (parts <= 9)
    sound = whole & matches & numbered & (c6 > c5 + 1)
    if not sound.all():
        bad = np.flatnonzero(~sound)
        ended = star[bad] & is_hex[bad]
        # Of a line that ends sooner only its own bytes count, not those of the next.
        own = head[bad] & LOW_BYTES[np.minimum(line_end[line[bad]] - start[bad], 8)]
        _count_unsound(own, good[bad], ended, matches[bad], numbered[bad], ignored, rejected)
        keep = np.flatnonzero(sound)
        line, start, bang = line[keep], start[keep], bang[keep]
        c4, c5, c6 = c4[keep], c5[keep], c6[keep]
        fill, parts, part, letter = fill[keep], parts[keep], part[keep], letter[keep]
        given = given[keep]
    return Sentences(
        buffer=buffer, size=size, lines=lines, line_start=line_start, line_end=line_end,
        line=line, bang=start, payload=c5 + 1, length=c6 - c5 - 1, fill=fill, after=c6 + 5,
        parts=parts, part=part,
        commas=(c4, c5),
        own=letter == ord("O"), check=given, mark=bang, delimiters=at, checksums=checksums,
        line_ends=end,
        ignored=ignored, rejected=rejected,
    )  # fmt: skip


def _without_nul(text: Array, start: Array, end: Array) -> Array:
    """Whether no byte of start … end - 1 is NUL, which later stages use for "past the end"."""
    nul = np.flatnonzero(text == 0)
    return np.searchsorted(nul, start) == np.searchsorted(nul, end)


def _count_others(
    text: Array, line_start: Array, line_end: Array, with_bang: Array,
    ignored: Counter[str], rejected: Counter[str],
) -> None:  # fmt: skip
    """Count the lines without "!": blank, comment, other sentences, wrappers, noise."""
    other = np.ones(len(line_end), bool)
    other[with_bang] = False
    rows = np.flatnonzero(other)
    if not len(rows):
        return
    start, stop = line_start[rows], line_end[rows]
    first = text[start]
    stop = stop - ((stop > start) & (text[stop - 1] == _CR))
    # Length first: of a line that is too long the reader keeps only a part.
    too_long = stop - start > MAX_LINE
    blank = stop == start
    # A line of white space only is blank too; few lines begin with one, so look at those alone.
    for i in np.flatnonzero(~blank & ~too_long & ((first == 32) | (first == 9))):
        blank[i] = not text[start[i] : stop[i]].tobytes().strip()
    comment = (first == _HASH) & ~blank & ~too_long
    sentence = (first == _DOLLAR) & ~blank & ~too_long
    for k in np.flatnonzero(~(sentence | blank | comment | too_long)).tolist():
        # Behind a log prefix or a TAG block there may be one too; few lines are left to look at.
        sentence[k] = b"$" in text[start[k] : stop[k]].tobytes()
    wrapper = (
        (first == _BACKSLASH) & (text[stop - 1] == _BACKSLASH) & ~sentence & ~blank & ~too_long
    )
    ignored["blank"] += int(np.count_nonzero(blank))
    ignored["comment"] += int(np.count_nonzero(comment))
    ignored["other_sentence"] += int(np.count_nonzero(sentence))
    ignored["wrapper"] += int(np.count_nonzero(wrapper))
    rejected["too_long"] += int(np.count_nonzero(too_long))
    rejected["not_nmea"] += int(
        np.count_nonzero(~(blank | comment | sentence | wrapper | too_long))
    )


def _count_unsound(
    head: Array, good: Array, ended: Array, matches: Array, numbered: Array,
    ignored: Counter[str], rejected: Counter[str],
) -> None:  # fmt: skip
    """Count unsound lines, each under its first fault; `head` is their first 8 bytes."""
    rest = np.ones(len(head), bool)
    is_ais = (head & np.uint64(0x0000_00FF_FF00_0000)) == np.uint64(0x0000_0044_5600_0000)
    # Five capital letters and a comma behind "!": a sentence, but not one of ours.
    named = (head >> np.uint64(48)).astype(np.uint8) == _COMMA
    for shift in (24, 32, 40):
        char = (head >> np.uint64(shift)).astype(np.uint8)
        named &= (char >= ord("A")) & (char <= ord("Z"))
    for reason, fault, counter in (
        ("other_sentence", ~is_ais & named, ignored),
        ("not_nmea", ~is_ais, rejected),
        ("malformed", ~good, rejected),
        ("checksum_missing", ~ended, rejected),
        ("checksum", ~matches, rejected),
        ("part_number", ~numbered, rejected),
    ):
        hit = rest & fault
        counter[reason] += int(np.count_nonzero(hit))
        rest = rest & ~fault
    rejected["empty_payload"] += int(np.count_nonzero(rest))
