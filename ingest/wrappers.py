"""What stands around a sentence: trailing fields behind it, log prefixes before it.

Each reader answers for the sentences of one stretch: a unix time in µs (-1 where it says none) and
where the name of a station stands (length 0 where none).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ingest.columns import Array
from ingest.framing import Sentences
from ingest.gather import digits, windows
from ingest.tagblock import read_epochs

# The clocks farthest from UTC: UTC+14, the Line Islands.
_FARTHEST_MINUTES = 14 * 60


@dataclass(slots=True)
class Wrapped:
    """Times and station names found around sentences, one entry a row.

    Attributes:
        rows: sentences that the entries belong to.
        time: unix time in µs, -1 where it says none.
        name_start, name_length: where a station's name stands in the buffer.
    """

    rows: Array
    time: Array
    name_start: Array
    name_length: Array


def civil_us(year: Array, month: Array, day: Array, seconds: Array) -> Array:
    """Unix time in µs of a date and a second of the day; -1 where there is no such date.

    Years 1970 to 2199. Lines that follow each other say few dates, so each is counted out once.
    """
    ok = (year >= 1970) & (year < 2200) & (month <= 12) & (day <= 31)
    ok &= (seconds >= 0) & (seconds < 86_400)
    date = np.where(ok, (year * 16 + month) * 32 + day, 0)
    if not len(date) or (date == date[0]).all():
        midnight = np.full(len(date), _midnight_us(int(date[0])) if len(date) else -1, np.int64)
    else:
        dates, which = np.unique(date, return_inverse=True)
        midnight = np.array([_midnight_us(int(d)) for d in dates], np.int64)[which]
    return np.where(ok & (midnight >= 0), midnight + seconds * 1_000_000, -1)


@lru_cache(4096)
def _midnight_us(date: int) -> int:
    """Unix time in µs at which a date packed by `civil_us` begins; -1 where there is none."""
    try:
        begun = datetime.datetime(date >> 9, date >> 5 & 15, date & 31, tzinfo=datetime.UTC)
    except ValueError:
        return -1
    return int(begun.timestamp()) * 1_000_000


def trailing_fields(found: Sentences, *, timed: bool = True) -> Wrapped:
    """Fields behind the checksum: `,r003669987,1152921693`: `r` and a station, last an epoch.

    The epochs are left unread, all times -1, where not `timed`.
    """
    buffer = found.buffer
    rows = np.flatnonzero(buffer[found.after] == ord(","))
    if not len(rows):
        return Wrapped(rows, rows, rows, rows)
    end = found.line_end[found.line[rows]]
    end = end - (buffer[end - 1] == ord("\r"))
    result = Wrapped(
        rows, np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.int64),
        np.zeros(len(rows), np.int64),
    )  # fmt: skip
    at = found.after[rows]
    delimiter = found.mark[rows] + 8  # the comma behind the checksum is the seventh after "!"
    todo = np.arange(len(rows))
    for _ in range(16):
        if not len(todo):
            break
        following = np.minimum(found.delimiters[delimiter], end[todo])
        length = following - at - 1
        station = np.flatnonzero((buffer[at + 1] == ord("r")) & (length > 1))
        result.name_start[todo[station]] = at[station] + 2
        result.name_length[todo[station]] = length[station] - 1
        if timed:
            last = np.flatnonzero((following == end[todo]) & (length >= 1) & (length <= 17))
            result.time[todo[last]] = read_epochs(buffer, at[last] + 1, length[last])
        more = np.flatnonzero(following < end[todo])
        at, delimiter, todo = following[more], delimiter[more] + 1, todo[more]
    return result


def log_prefixes(found: Sentences) -> tuple[Wrapped, Array]:
    """Times that loggers write before a sentence, or before its TAG block.

    `2022-08-18 17:09:49.123,` (date and time, blank or T between, fraction or not, offset from UTC
    or not), `12:00:01`, either in brackets or not, or an epoch of 10 or 13 digits. A time of day
    has no date: its rows are returned with µs of the day, and are True in the second array.
    """
    buffer = found.buffer
    start = found.line_start[found.line]
    first = buffer[start]
    rows = np.flatnonzero((found.bang - start >= 9) & (first != ord("\\")))
    if not len(rows):
        return Wrapped(rows, rows, rows, rows), rows > 0
    start = start[rows] + (first[rows] == ord("["))
    gap, first = found.bang[rows] - start, buffer[start]
    time = np.full(len(rows), -1, np.int64)
    dateless = np.zeros(len(rows), bool)
    dated = np.flatnonzero((gap >= 19) & (buffer[start + 4] == ord("-")))
    if len(dated):
        time[dated] = _date_and_time(buffer, start[dated])
    clock = np.flatnonzero((gap >= 9) & (buffer[start + 2] == ord(":")))
    if len(clock):
        of_day = _time_of_day(buffer, start[clock])
        more, _ = _fraction(buffer, start[clock] + 8)
        time[clock] = np.where(of_day >= 0, of_day + more, -1)
        dateless[clock] = of_day >= 0
    epoch = np.flatnonzero((time < 0) & (gap >= 11) & (first >= ord("0")) & (first <= ord("9")))
    if len(epoch):
        time[epoch] = _epoch(buffer, start[epoch])
    return Wrapped(rows, time, np.zeros_like(time), np.zeros_like(time)), dateless


def _epoch(buffer: Array, start: Array) -> Array:
    """µs of 10 digits, with a fraction or not, or of 13; -1 where more digits or fewer stand."""
    thirteen = _are_digits(windows(buffer, start, 13)).all(axis=1)
    width = np.where(thirteen, 13, 10)
    time = read_epochs(buffer, start, width)
    more, _ = _fraction(buffer, start + width)
    return np.where((time >= 0) & ~_are_digits(buffer[start + width]), time + more, -1)


def _are_digits(chars: Array) -> Array:
    return chars - np.uint8(48) < 10


def _date_and_time(buffer: Array, start: Array) -> Array:
    year, ok1 = digits(buffer, start, 4)
    month, ok2 = digits(buffer, start + 5, 2)
    day, ok3 = digits(buffer, start + 8, 2)
    of_day = _time_of_day(buffer, start + 11)
    separator = buffer[start + 10]
    ok = ok1 & ok2 & ok3 & (of_day >= 0) & ((separator == ord(" ")) | (separator == ord("T")))
    ok &= buffer[start + 7] == ord("-")
    time = civil_us(year, month, day, np.where(ok, of_day // 1_000_000, -1))
    fraction, end = _fraction(buffer, start + 19)
    return np.where(time >= 0, time + fraction - _offset(buffer, end), -1)


def _fraction(buffer: Array, at: Array) -> tuple[Array, Array]:
    """Thousandths of a second at each position, in µs, and where they end.

    `.123` and whatever digits follow, or `,123` as Python's loggers write it. 0 where none are.
    """
    value, end = np.zeros(len(at), np.int64), at.copy()
    rows = np.flatnonzero((buffer[at] == ord(".")) | (buffer[at] == ord(",")))
    if len(rows):
        count = np.logical_and.accumulate(
            _are_digits(windows(buffer, at[rows] + 1, 10)), axis=1
        ).sum(axis=1)
        good = (count == 3) | ((count > 3) & (buffer[at[rows]] == ord(".")))
        rows, count = rows[good], count[good]
        thousandths, _ = digits(buffer, at[rows] + 1, 3)
        value[rows], end[rows] = thousandths * 1_000, at[rows] + 1 + count
    return value, end


def _offset(buffer: Array, at: Array) -> Array:
    """µs by which `+02:00`, `+0200` or `+02` at each position runs ahead of UTC; 0 elsewhere."""
    result = np.zeros(len(at), np.int64)
    rows = np.flatnonzero((buffer[at] == ord("+")) | (buffer[at] == ord("-")))
    if len(rows):
        place = at[rows]
        hour, ok = digits(buffer, place + 1, 2)
        colon = buffer[place + 3] == ord(":")
        minute, given = digits(buffer, place + 3 + colon, 2)
        minutes = hour * 60 + np.where(given, minute, 0)
        minutes = np.where(ok & (minutes <= _FARTHEST_MINUTES), minutes, 0)
        result[rows] = np.where(buffer[place] == ord("-"), -minutes, minutes) * 60_000_000
    return result


def _time_of_day(buffer: Array, start: Array) -> Array:
    """µs since midnight of `12:00:01` at each position, -1 where it is not one."""
    hour, ok1 = digits(buffer, start, 2)
    minute, ok2 = digits(buffer, start + 3, 2)
    second, ok3 = digits(buffer, start + 6, 2)
    ok = ok1 & ok2 & ok3 & (hour < 24) & (minute < 60) & (second < 60)
    ok &= (buffer[start + 2] == ord(":")) & (buffer[start + 5] == ord(":"))
    return np.where(ok, (hour * 3600 + minute * 60 + second) * 1_000_000, -1)
