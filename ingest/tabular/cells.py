"""Arrow columns of cells → numpy columns of values. A cell that makes no sense counts as absent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from ingest.ahead import LATEST_US
from ingest.columns import Array
from ingest.tabular.words import number_of

# What `float` of a spreadsheet writes. Must take whatever Arrow's own parser takes, or a cell would
# mean one thing beside sound cells and another beside a bad one.
_NUMBER = r"^[ \t]*[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][-+]?[0-9]{1,3})?[ \t]*$"
_NAT = np.datetime64("NaT", "us")
_END = np.datetime64(LATEST_US, "us")
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_EPOCH_SECONDS = 10  # digits of a Unix time in this century; three more in milliseconds


def numbers(cells: Any) -> Array:
    """float64, NaN where absent or no number."""
    text = pa.StringArray.from_buffers(
        len(cells), cells.buffers()[1], cells.buffers()[2], cells.buffers()[0],
        cells.null_count, cells.offset,
    )  # fmt: skip
    try:
        values = pc.cast(text, pa.float64())
    except pa.ArrowInvalid:
        sound = pc.match_substring_regex(cells, _NUMBER)
        kept = pc.if_else(sound, cells, pa.scalar(None, pa.binary()))
        tidy = pc.ascii_trim(pc.cast(kept, pa.string()), " \t+")
        values = pc.cast(pc.replace_substring(tidy, ",", "."), pa.float64())
    result: Array = values.to_numpy(zero_copy_only=False).astype(np.float64)
    result[np.isinf(result)] = np.nan
    return result


def whole(values: Array, greatest: int) -> Array:
    """Rounded uint32; 0, which AIS uses for "not sent", where NaN or outside 0 … greatest."""
    rounded = np.rint(values)
    with np.errstate(invalid="ignore"):
        fits = (rounded >= 0) & (rounded <= greatest)
    return np.where(fits, rounded, 0).astype(np.uint32)


def coded(cells: Any, words: dict[str, int], absent: int, greatest: int) -> Array:
    """uint8 numbers of words, or of the numbers themselves; few distinct cells are expected."""
    encoded = cells.dictionary_encode()
    known = [number_of(cell, words, greatest) for cell in encoded.dictionary.to_pylist()]
    table = np.array([absent if k is None else k for k in known] + [absent], np.uint8)
    index: Array = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    return table[index]


def texts(cells: Any, width: int) -> Array:
    """`S{width}`: printable ASCII, others as "?"; ends at the first "@", no blanks at its ends."""
    chars, _ = matrix(cells, width)
    foreign = (chars > 126) | ((chars < 32) & (chars > 0))
    if foreign.any():
        chars[foreign] = ord("?")
    at = chars == ord("@")
    if at.any():
        chars[np.logical_or.accumulate(at, axis=1)] = 0
    result: Array = chars.view(f"S{width}").reshape(-1)
    if (chars[:, 0] == 32).any() or ((chars[:, :-1] == 32) & (chars[:, 1:] == 0)).any():
        result = np.char.strip(result)
    elif (chars[:, -1] == 32).any():
        result = np.char.rstrip(result)
    return result.astype(f"S{width}")


def matrix(cells: Any, width: int) -> tuple[Array, Array]:
    """The first `width` bytes of each cell, zero behind its end; and the cells' lengths."""
    rows = len(cells)
    _, offsets_buffer, data = cells.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[cells.offset : cells.offset + rows + 1]
    length = np.diff(offsets)
    if cells.null_count:
        length = np.where(cells.is_null().to_numpy(zero_copy_only=False), 0, length)
    text = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    if rows and (length == width).all() and offsets[-1] - offsets[0] == rows * width:
        return text[offsets[0] : offsets[-1]].reshape(rows, width).copy(), length
    padded = np.concatenate([text, np.zeros(width, np.uint8)])
    windows = np.ndarray((len(text) + 1,), f"V{width}", padded, strides=(1,))
    chars = windows[offsets[:-1]].view(np.uint8).reshape(rows, width)
    chars[np.arange(width) >= length[:, None]] = 0
    return chars, length


def times(cells: Any) -> Array:
    """`datetime64[us]` UTC; NaT where absent, no time, or after 2099.

    Read are `2020-06-30T00:00:00` with T or a blank, fraction and zone as ISO 8601 has them; the
    Danish `13/06/2024 00:00:00`, day first; and Unix time in seconds or milliseconds. A time
    without a zone is UTC.
    """
    encoded = cells.dictionary_encode()  # rows of one second write it alike
    known = np.append(_distinct_times(encoded.dictionary), _NAT)
    return known[pc.fill_null(encoded.indices, len(known) - 1).to_numpy(zero_copy_only=False)]


def _distinct_times(cells: Any) -> Array:
    chars, length = matrix(cells, 19)
    result = np.full(len(chars), _NAT)
    fixed = length == 19
    iso = fixed & (chars[:, 4] == ord("-")) & (chars[:, 7] == ord("-"))
    iso &= (chars[:, 10] == ord("T")) | (chars[:, 10] == ord(" "))
    danish = fixed & (chars[:, 2] == ord("/")) & (chars[:, 5] == ord("/"))
    danish &= chars[:, 10] == ord(" ")
    clock = (chars[:, 13] == ord(":")) & (chars[:, 16] == ord(":"))
    for rows, year, month, day in ((iso & clock, 0, 5, 8), (danish & clock, 6, 3, 0)):
        if rows.all():
            result = _calendar(chars, year, month, day)
        elif rows.any():
            result[rows] = _calendar(chars[rows], year, month, day)
    others = np.flatnonzero(~(clock & (iso | danish)) & (length > 0))
    for i in others:
        result[i] = _other_time(cells[int(i)].as_py())
    result[~(result < _END)] = _NAT
    return result


def _calendar(chars: Array, year_at: int, month_at: int, day_at: int) -> Array:
    """Times from digits at fixed places, the clock's from the 11th; NaT where there is none."""
    digit = chars - np.uint8(48)

    def number(at: int, width: int = 2) -> Array:
        total = digit[:, at].astype(np.int64)
        for i in range(at + 1, at + width):
            total = total * 10 + digit[:, i]
        return total

    year, month, day = number(year_at, 4), number(month_at), number(day_at)
    hour, minute, second = number(11), number(14), number(17)
    places = [*range(year_at, year_at + 4), month_at, month_at + 1, day_at, day_at + 1]
    places += [11, 12, 14, 15, 17, 18]
    sound = (digit[:, places] < 10).all(axis=1)
    sound &= (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    month = np.where(sound, month, 1)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    sound &= (day >= 1) & (day <= _DAYS[month]) & ((month != 2) | (day < 29) | leap)
    months = (np.where(sound, year, 1970) - 1970) * 12 + month - 1
    dates = months.astype("datetime64[M]").astype("datetime64[D]") + (day - 1)
    result: Array = dates.astype("datetime64[us]")
    result += ((hour * 60 + minute) * 60 + second) * 1_000_000
    result[~sound] = _NAT
    return result


def _other_time(cell: bytes) -> np.datetime64:
    """A time in a rarer form."""
    text = cell.decode("latin-1").strip()
    digits = re.fullmatch(r"(\d{10}|\d{13})(?:\.\d*)?", text, re.ASCII)
    danish = re.fullmatch(
        r"(\d\d)/(\d\d)/(\d{4}) (\d\d)[:.](\d\d)(?:[:.](\d\d)(?:\.\d*)?)?", text, re.ASCII
    )
    try:
        if digits:
            step = 1_000_000 if len(digits[1]) == _EPOCH_SECONDS else 1_000
            return np.datetime64(int(digits[1]) * step, "us")
        if danish:
            day, month, year, hour, minute, second = (int(g or 0) for g in danish.groups())
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                moment = moment.astimezone(UTC)
        return np.datetime64(moment.replace(tzinfo=None), "us")
    except (ValueError, OverflowError):
        return _NAT
