"""A stretch of whole lines → its rows, as Arrow columns of cells, and the account of its lines.

One line is one row. A CSV parser sees it otherwise: an open quote or a stray carriage return would
make it join or split lines, and what that does would depend on where a chunk ended. So each line
is judged by itself first, and only lines that hold together reach the parser.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ingest.columns import Array
from ingest.tabular.header import Header
from ingest.tabular.words import ABSENT

# Rows of the longest dialect stay under 500 bytes; a longer line is noise, or an attack on memory.
MAX_LINE = 4_096

_LF, _SPACE, _TAB, _HASH = b"\n \t#"
_NUL, _CR, _QUOTE = b"\0", b"\r", b'"'


@dataclass(slots=True)
class Rows:
    """The rows of a stretch.

    Attributes:
        cells: field of `header.NAMES` → its cells, an Arrow binary array, null where the cell says
            that nothing was sent.
        line: index, within the stretch, of the line each row stands on.
        lines: number of lines in the stretch.
        ignored, rejected: lines that are no rows, by reason.
    """

    cells: dict[str, Any]
    line: Array
    lines: int
    ignored: Counter[str]
    rejected: Counter[str]


def parse(block: bytes, header: Header) -> Rows:
    """Parse whole lines, each ending in LF and none longer than MAX_LINE and its end."""
    text = np.frombuffer(block, np.uint8)
    delimiter = ord(header.delimiter)
    mark = np.flatnonzero((text == _LF) | (text == delimiter))
    ending = np.flatnonzero(text[mark] == _LF)
    end = mark[ending]
    start = np.empty_like(end)
    start[0] = 0
    start[1:] = end[:-1] + 1
    cells = np.diff(ending, prepend=-1)  # its end is a mark too: as many marks as cells
    ignored: Counter[str] = Counter()
    rejected: Counter[str] = Counter()

    stop, stray = _content(block, text, start, end)
    # Length first: of a line that is too long the reader keeps only a part.
    too_long = stop - start > MAX_LINE
    first = text[start]
    blank = stop == start
    for i in np.flatnonzero((first == _SPACE) | (first == _TAB)):
        blank[i] = not block[start[i] : stop[i]].strip()
    repeated = np.zeros(len(end), bool)
    for i in np.flatnonzero((stop - start == len(header.line)) & (first == header.line[0])):
        repeated[i] = block[start[i] : stop[i]] == header.line
    keep = np.ones(len(end), bool)
    for counter, reason, found in (
        (rejected, "too_long", too_long),
        (ignored, "blank", blank),
        (ignored, "header", repeated),
        (ignored, "comment", first == _HASH),
        (rejected, "malformed", stray),
    ):
        counter[reason] += int((keep & found).sum())
        keep &= ~found

    mended: dict[int, bytes] = {}
    if _QUOTE in block:
        quotes = np.flatnonzero(text == ord(_QUOTE))
        cells -= _quoted_delimiters(mark[text[mark] == delimiter], start, quotes)
        mended = _mend(block, text, start, stop, quotes, keep, cells, header)
    for reason, found in (("bad_quotes", cells == 0), ("column_count", cells != header.columns)):
        rejected[reason] += int((keep & found).sum())
        keep &= ~found
    line = np.flatnonzero(keep)
    if len(line) == len(end) and not mended:
        clean = block
    else:
        clean = b"".join(
            mended.get(i, b"") or block[a : b + 1]
            for i, a, b in zip(line.tolist(), start[line].tolist(), end[line].tolist(), strict=True)
        )
    return Rows(_cells(clean, header) if clean else {}, line, len(end), ignored, rejected)


def _content(block: bytes, text: Array, start: Array, end: Array) -> tuple[Array, Array]:
    """Where each line's content ends, and whether a NUL or a carriage return stands within it."""
    stray = np.zeros(len(end), bool)
    if _NUL in block:
        stray[np.searchsorted(end, np.flatnonzero(text == ord(_NUL)))] = True
    if _CR not in block:
        return end, stray
    returns = np.flatnonzero(text == ord(_CR))
    closing = text[returns + 1] == _LF  # a block ends with LF
    stray[np.searchsorted(end, returns[~closing])] = True
    stop = end.copy()
    stop[np.searchsorted(end, returns[closing])] -= 1
    return stop, stray


def _quoted_delimiters(delimiters: Array, start: Array, quotes: Array) -> Array:
    """Delimiters of each line that stand between a pair of quotes."""
    line = np.searchsorted(start, delimiters, side="right") - 1
    before = np.searchsorted(quotes, delimiters) - np.searchsorted(quotes, start[line])
    return np.bincount(line[before % 2 == 1], minlength=len(start))


def _mend(
    block: bytes, text: Array, start: Array, stop: Array, quotes: Array, keep: Array, cells: Array,
    header: Header,
) -> dict[int, bytes]:  # fmt: skip
    """Judge the lines with quotes; those that need it come back rewritten.

    A line in which every odd quote follows a delimiter and every even one stands before a delimiter
    holds together as it is. The others are read alone, strictly, and their number of cells is
    entered in `cells`: 0 where their quotes make no sense.
    """
    line = np.searchsorted(start, quotes, side="right") - 1
    begins = np.ones(len(line), bool)
    begins[1:] = line[1:] != line[:-1]
    place = np.arange(len(line)) - np.maximum.accumulate(np.where(begins, np.arange(len(line)), 0))
    delimiter = ord(header.delimiter)
    opens = (quotes == start[line]) | (text[quotes - 1] == delimiter)
    closes = (quotes + 1 == stop[line]) | (text[quotes + 1] == delimiter)
    plain = np.where(place % 2 == 0, opens, closes)
    doubtful = np.bincount(line, minlength=len(stop)) % 2 == 1
    doubtful[line[~plain]] = True
    mended: dict[int, bytes] = {}
    for i in np.flatnonzero(doubtful & keep).tolist():
        content = block[start[i] : stop[i]].decode("latin-1")
        try:
            values = next(csv.reader([content], delimiter=header.delimiter, strict=True))
        except csv.Error:
            cells[i] = 0
            continue
        cells[i] = len(values)
        out = io.StringIO()
        csv.writer(
            out, delimiter=header.delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n"
        ).writerow(values)
        mended[i] = out.getvalue().encode("latin-1")
    return mended


def _cells(clean: bytes, header: Header) -> dict[str, Any]:
    """The cells of each known column of sound rows."""
    names = [str(i) for i in range(header.columns)]
    wanted = [str(i) for i in header.index.values()]
    table = arrow_csv.read_csv(
        pa.py_buffer(clean),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=len(clean) + 1, column_names=names
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=header.delimiter, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(wanted, pa.binary()),
            include_columns=wanted,
            null_values=list(ABSENT),
            strings_can_be_null=True,
        ),
    )
    return {
        field: table.column(str(index)).combine_chunks() for field, index in header.index.items()
    }
