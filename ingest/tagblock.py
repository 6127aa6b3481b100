r"""TAG blocks before a sentence: source, time and group (NMEA 0183, section 7).

    \s:station,c:1565218798,g:1-2-1234*5E\!AIVDM,…

By the standard `t` is text; Vigie's own journal writes there when the line was received, as 13
digits of milliseconds, and nothing else is taken for that.

A block whose checksum does not hold is not believed, except that "00" stands for "not computed",
as some coastal networks write. Fields are read in rounds: the first field of every block at once,
then the second of those that have one, and so on.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from ingest.columns import Array
from ingest.framing import Sentences, hex_pair, pairs_at
from ingest.gather import digits, small_numbers, windows

# No field of a block lies beyond this many; the standard's 80 characters hold far fewer.
MAX_FIELDS = 16
_GROUP_DIGITS = 8
# Longer than this is no number of seconds, in whatever unit.
_MOST_DIGITS = 23
# Stands for any number of seconds that is greater: some date that cannot be.
_FAR_US = 1 << 60
_BACKSLASH = ord("\\")


@dataclass(slots=True)
class Tags:
    """What the TAG blocks of `rows` say; one entry a row of `rows`.

    Attributes:
        rows: sentences that carry a believed block, ascending.
        time: unix time in µs, or -1 where the block has none that can be read.
        name_start, name_length: where the station's name stands; length 0 where it has none.
        group: number of the sentence group, -1 where it has none.
        bad: number of blocks that were not believed.
        received: when the line was received, unix time in µs, or -1; None where no block says it.
    """

    rows: Array
    time: Array
    name_start: Array
    name_length: Array
    group: Array
    bad: int
    received: Array | None = None


_NONE = np.empty(0, np.int64)
NO_TAGS = Tags(_NONE, _NONE, _NONE, _NONE, _NONE, bad=0)


def read_tags(found: Sentences) -> Tags:
    """Read the TAG blocks of sentences."""
    buffer = found.buffer
    start = found.line_start[found.line]
    rows = np.flatnonzero(found.bang > start)
    begin, close = start[rows], found.bang[rows] - 1
    star = close - 3
    opened, closed = buffer[begin] == _BACKSLASH, buffer[close] == _BACKSLASH
    inside = np.flatnonzero(closed & ~opened)
    if len(inside):  # a log prefix stands before the block: it opens at the backslash before
        slashes = np.flatnonzero(buffer[: found.size] == _BACKSLASH)
        begin[inside] = slashes[np.searchsorted(slashes, close[inside]) - 1]
        opened[inside] = begin[inside] >= start[rows[inside]]
    sound = opened & closed & (star > begin) & (buffer[star] == ord("*"))
    bad = int(np.count_nonzero(opened | closed)) - int(np.count_nonzero(sound))
    rows, star, begin = rows[sound], star[sound], begin[sound] + 1
    if not len(rows):
        return dataclasses.replace(NO_TAGS, bad=bad)
    given, is_hex = hex_pair(pairs_at(buffer, star + 1))
    believed = is_hex & ((found.checksums(begin, star) == given) | (given == 0))
    bad += int(np.count_nonzero(~believed))
    rows, star, at = rows[believed], star[believed], begin[believed]
    tags = Tags(
        rows, np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.int64),
        np.zeros(len(rows), np.int64), np.full(len(rows), -1, np.int64), bad,
    )  # fmt: skip
    delimiter = found.first_delimiters(rows)
    if len(inside):
        delimiter = np.searchsorted(found.delimiters, at)
    todo = np.arange(len(rows))
    for _ in range(MAX_FIELDS):
        if not len(todo):
            break
        comma = found.delimiters[delimiter]
        stop = np.minimum(comma, star[todo])
        key = pairs_at(buffer, at)
        value, length = at + 2, np.maximum(stop - at - 2, 0)
        for code, read in _FIELDS:
            hit = key == int.from_bytes(code, "little")
            if hit.all():  # as a rule all blocks of a feed have the same fields in this place
                read(tags, buffer, todo, value, length)
                break
            some = np.flatnonzero(hit)
            if len(some):
                read(tags, buffer, todo[some], value[some], length[some])
        more = np.flatnonzero(comma < star[todo])
        at, delimiter, todo = comma[more] + 1, delimiter[more] + 1, todo[more]
    return tags


def read_epochs(buffer: Array, start: Array, length: Array) -> Array:
    """Unix times in µs from decimal seconds or, of 13 digits, milliseconds; else -1.

    Seconds may have a fraction. Numbers too great for any clock come out as `_FAR_US`.
    """
    if len(start) and length[0] == 13 and (length == 13).all():  # as a rule all have as many
        thousandths, ok = digits(buffer, start, 13)
        if ok.all():
            return thousandths * 1_000
    seconds, ok = digits(buffer, start, 10)
    time = np.where(ok & (length == 10), seconds * 1_000_000, -1)
    rest = np.flatnonzero(time < 0)
    if not len(rest):
        return time
    size = length[rest]
    longer = rest[size == 13]
    thousandths, whole = digits(buffer, start[longer], 13)
    time[longer] = np.where(whole, thousandths * 1_000, -1)
    few = rest[(size > 0) & (size <= 8)]  # "0", of a station without a clock
    value, whole = small_numbers(buffer, start[few], length[few])
    time[few] = np.where(whole, value * 1_000_000, -1)
    point = rest[(size > 11) & (size <= 19) & ok[rest] & (buffer[start[rest] + 10] == ord("."))]
    if len(point):
        places = length[point] - 11
        value, whole = small_numbers(buffer, start[point] + 11, places)
        parts = value * 1_000_000 // 10**places
        time[point] = np.where(whole, seconds[point] * 1_000_000 + parts, -1)
    many = rest[(size > 13) & (size <= _MOST_DIGITS) & ok[rest]]
    if len(many):
        is_digit = windows(buffer, start[many], _MOST_DIGITS) - np.uint8(48) < 10
        is_digit |= np.arange(_MOST_DIGITS) >= length[many, None]
        time[many[is_digit.all(axis=1)]] = _FAR_US
    for i in rest[(size > 0) & (size <= _MOST_DIGITS) & (time[rest] < 0)].tolist():
        text = buffer[start[i] : start[i] + length[i]].tobytes()
        whole_text, _, fraction = text.partition(b".")
        if whole_text.isdigit() and (fraction.isdigit() or not fraction):
            micros = int(fraction[:6].ljust(6, b"0"))
            time[i] = min(int(whole_text) * 1_000_000 + micros, _FAR_US)
    return time


def _time(tags: Tags, buffer: Array, rows: Array, start: Array, length: Array) -> None:
    tags.time[rows] = read_epochs(buffer, start, length)


def _station(tags: Tags, buffer: Array, rows: Array, start: Array, length: Array) -> None:
    tags.name_start[rows], tags.name_length[rows] = start, length


def _group(tags: Tags, buffer: Array, rows: Array, start: Array, length: Array) -> None:
    """`g:<line>-<lines>-<group>`: the digits behind the last dash, the last eight of them."""
    end = start + length
    tail = windows(buffer, np.maximum(end - _GROUP_DIGITS, 0), _GROUP_DIGITS)
    dash = (tail == ord("-")) & (np.arange(_GROUP_DIGITS) >= _GROUP_DIGITS - length[:, None])
    behind = np.where(dash.any(axis=1), dash[:, ::-1].argmax(axis=1), _GROUP_DIGITS)
    number, ok = small_numbers(buffer, end - behind, np.minimum(behind, length))
    tags.group[rows] = np.where(ok, number, -1)


def _received(tags: Tags, buffer: Array, rows: Array, start: Array, length: Array) -> None:
    if tags.received is None:
        tags.received = np.full(len(tags.rows), -1, np.int64)
    thousandths, whole = digits(buffer, start, 13)
    tags.received[rows] = np.where(whole & (length == 13), thousandths * 1_000, -1)


_FIELDS = ((b"c:", _time), (b"s:", _station), (b"g:", _group), (b"t:", _received))
