r"""Changes of what the watch works by, as they stand in the journal.

    \s:vigie,c:<effective>,t:<written>*hh\$PVIG,C,<kind>,<JSON>*hh

A change takes effect between the line before it and the line after it, live and in every replay.
JSON that is too long for one line is cut: its first pieces stand on lines of kind "more" right
before the last one, which says how many lines there are:

    $PVIG,C,more,<JSON, first piece>*hh
    $PVIG,C,<kind>,<JSON, last piece>,2*hh
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from ingest.private import CONTROL, checksum, escape, private

# Who signs what no source has sent.
SIGNED = b"vigie"

KIND = re.compile("[a-z][a-z-]{0,31}")

# Bytes of JSON, escapes counted, on one line: with its stamp it stays within MAX_LINE.
_ON_A_LINE = 880

MOST_LINES = 32
"""Lines of one change: two hundred ids and a long text in any script take a third of them."""

MORE = b"more"
"""Kind of a line that holds a piece of the next one's JSON."""


@dataclass(frozen=True, slots=True)
class Control:
    """One change.

    Attributes:
        kind: such as "source", "zones", "rules", "lists", "start".
        time: when it takes effect, event time, µs since 1970.
        body: plain JSON values.
        line: number of its line; it takes effect before anything on later lines.
    """

    kind: str
    time: int
    body: dict[str, Any] = field(default_factory=dict)
    line: int = -1

    def write(self, at: int) -> bytes:
        """The line that says it, or the lines, written down at `at` (µs), with their ends.

        Raises:
            ValueError: it is too long for a change, or its kind is none.
        """
        pieces = _pieces(orjson.dumps(self.body))
        if len(pieces) > MOST_LINES or not KIND.fullmatch(self.kind) or self.kind == MORE.decode():
            raise ValueError(f"a {self.kind} of {len(pieces)} lines is no change for the journal")
        tag = b"s:%b,c:%013d,t:%013d" % (SIGNED, self.time // 1000, at // 1000)
        stamp = b"\\%b*%02X\\" % (tag, checksum(tag))
        *first, last = pieces
        told = [private(CONTROL, MORE, piece) for piece in first]
        count = [b"%d" % len(pieces)] if first else []
        told.append(private(CONTROL, self.kind.encode(), last, *count))
        return b"".join(b"%b%b\r\n" % (stamp, sentence) for sentence in told)


def _pieces(text: bytes) -> list[bytes]:
    """Parts of a text that, once escaped, fit a line each; at least one."""
    pieces, begin, size = [], 0, 0
    for at in range(len(text)):
        size += len(escape(text[at : at + 1]))
        if size > _ON_A_LINE:
            pieces.append(text[begin:at])
            begin, size = at, len(escape(text[at : at + 1]))
    return [*pieces, text[begin:]]


class ControlReader:
    """Changes out of the private sentences of kind C, in their order. Picklable."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def read(self, fields: list[bytes], time: int, line: int) -> Control | None:
        """The change that a sentence says, or ends; None where it is none, or not yet whole.

        Args:
            fields: of the sentence.
            time: of its stamp, µs.
            line: its number.
        """
        if len(fields) == 2 and fields[0] == MORE:
            self._pieces = [*self._pieces[-MOST_LINES:], fields[1]]
            return None
        before, self._pieces = self._pieces, []
        if len(fields) == 3 and fields[2] == b"%d" % (len(before) + 1):
            return read_control([fields[0], b"".join((*before, fields[1]))], time, line)
        return read_control(fields, time, line)


def read_control(fields: list[bytes], time: int, line: int) -> Control | None:
    """The change in a private sentence of kind C; None where it is none.

    Args:
        fields: of the sentence.
        time: of its stamp, µs.
        line: its number.
    """
    if len(fields) != 2:
        return None
    kind = fields[0].decode("latin-1")
    try:
        body = orjson.loads(fields[1])
    except orjson.JSONDecodeError:
        return None
    if not KIND.fullmatch(kind) or not isinstance(body, dict):
        return None
    return Control(kind, time, body, line)
