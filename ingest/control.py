r"""Changes of what the watch works by, as they stand in the journal.

    \s:vigie,c:<effective>,t:<written>*hh\$PVIG,C,<kind>,<JSON>*hh

A change takes effect between the line before it and the line after it, live and in every replay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from ingest.private import CONTROL, checksum, private

# Who signs what no source has sent.
SIGNED = b"vigie"

KIND = re.compile("[a-z][a-z-]{0,31}")
_MOST = 700  # bytes of JSON: with its escapes and its stamp a line stays within MAX_LINE


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
        """The line that says it, written down at `at` (µs), with its end.

        Raises:
            ValueError: it is too long for a line.
        """
        text = orjson.dumps(self.body)
        if len(text) > _MOST or not KIND.fullmatch(self.kind):
            raise ValueError(f"a {self.kind} of {len(text)} bytes is no change for the journal")
        tag = b"s:%b,c:%013d,t:%013d" % (SIGNED, self.time // 1000, at // 1000)
        sentence = private(CONTROL, self.kind.encode(), text)
        return b"\\%b*%02X\\%b\r\n" % (tag, checksum(tag), sentence)


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
