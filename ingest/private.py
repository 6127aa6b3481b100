"""Private sentences: what was never NMEA, as a line that any NMEA tool passes over.

    $PVIG,<kind>,<field>,…*hh

`P` is NMEA 0183's mark of a proprietary sentence, `VIG` stands for Vigie. A field may hold any
bytes: what the standard reserves, and everything outside printable ASCII, is written as `^` and two
hexadecimal digits, which is the standard's own way (section 5.1.3). Kinds:

    D   a message of another form: form, topic, text as it came
    C   a change of what the watch works by: kind, JSON
    J   the header of a journal's segment: see `ingest.journal.segment`
    R   a line from outside that pretended to be one of these, or that is too long to be stamped
    E   a line of our own that a source brought back: see `ingest.echo`
"""

from __future__ import annotations

import re

DATA, CONTROL, HEADER, RAW, ECHO = "D", "C", "J", "R", "E"

_RESERVED = re.compile(rb"[^ -~]|[$*,!\\^~]")
_ESCAPED = re.compile(rb"\^([0-9A-Fa-f]{2})")
_CODES = [b"^%02X" % value for value in range(256)]

# A TAG block may stand before the sentence; nothing may stand behind it but the end of the line.
_SENTENCE = re.compile(rb"(?:\\[^\\]*\\)?\$(PVIG,[^*]*)\*([0-9A-Fa-f]{2})\r?\n?")


def escape(text: bytes) -> bytes:
    """Any bytes as the characters that may stand in a field."""
    return _RESERVED.sub(lambda found: _CODES[found[0][0]], text)


def unescape(field: bytes) -> bytes:
    """The bytes that `escape` was given; a `^` without two digits stands for itself."""
    if b"^" not in field:
        return field
    return _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), field)


def checksum(text: bytes) -> int:
    """Exclusive-or of all bytes."""
    size = 1 << max(len(text) - 1, 0).bit_length()
    value = int.from_bytes(text, "little")
    while size > 1:  # halves upon each other until one byte is left
        size //= 2
        value = (value >> 8 * size) ^ (value & ((1 << 8 * size) - 1))
    return value


def private(kind: str, *fields: bytes) -> bytes:
    """A private sentence with its checksum, without an end of line.

    A line of more than `ingest.framing.MAX_LINE` bytes, TAG block and all, is counted as too long
    by whoever reads it, so the caller bounds what it takes over.

    Args:
        kind: capital letters or digits.
        fields: any bytes.

    Raises:
        ValueError: `kind` is something else.
    """
    if not re.fullmatch("[A-Z0-9]+", kind):
        raise ValueError(f"{kind!r} is no kind of private sentence")
    body = b",".join((b"PVIG", kind.encode(), *map(escape, fields)))
    return b"$%b*%02X" % (body, checksum(body))


def read_private(line: bytes) -> tuple[str, list[bytes]] | None:
    """Kind and fields of a private sentence.

    Args:
        line: with or without a TAG block before and an end of line behind; the block is not read.

    Returns:
        What `private` was given, or None if this is no such sentence or its checksum is wrong.
    """
    found = _SENTENCE.fullmatch(line)
    if found is None or checksum(found[1]) != int(found[2], 16):
        return None
    _, kind, *fields = found[1].split(b",")
    return kind.decode("latin-1"), [unescape(field) for field in fields]
