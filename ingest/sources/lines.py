"""Bytes of one link into whole lines, however they were cut on their way.

Lines end with LF, as the reader has them: a CR before it stays, and one alone ends nothing.
"""

from __future__ import annotations

import numpy as np

from ingest.framing import MAX_LINE

# Of a line that is too long so much is kept that the reader counts it as too long, CR or not.
KEPT = MAX_LINE + 2

_LF = 10


class Lines:
    """Cuts what comes over one link; holds no more than the beginning of one line."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> bytes:
        """The lines that are whole with these bytes, each ending with LF; b"" where none is."""
        end = data.rfind(b"\n") + 1
        if not end:
            if len(self._tail) < KEPT:
                self._tail = (self._tail + data)[:KEPT]
            return b""
        stretch = self._tail + (data if end == len(data) else data[:end])
        self._tail = data[end : end + KEPT]
        return bounded(stretch)

    def finish(self) -> bytes:
        """The link is at its end: what is left of a last line, with LF; b"" where nothing is."""
        tail, self._tail = self._tail, b""
        return tail + b"\n" if tail else b""


def bounded(lines: bytes) -> bytes:
    """Whole lines, those that are too long cut to `KEPT` bytes and LF.

    Args:
        lines: any number of lines, each ending with LF.
    """
    if len(lines) <= KEPT + 1:
        return lines
    ends = np.flatnonzero(np.frombuffer(lines, np.uint8) == _LF)
    lengths = np.diff(ends, prepend=-1) - 1
    too_long = np.flatnonzero(lengths > KEPT)
    if not len(too_long):
        return lines
    pieces, begin = [], 0
    for end, length in zip(ends[too_long].tolist(), lengths[too_long].tolist(), strict=True):
        pieces.append(lines[begin : end - length + KEPT])
        begin = end
    pieces.append(lines[begin:])
    return b"".join(pieces)
