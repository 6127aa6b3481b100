"""Sentences as they are: the end of a message ends a line, whatever stands before it."""

from __future__ import annotations

from collections import Counter

from ingest.framing import MAX_LINE


def nmea(topic: str, payload: bytes, rejected: Counter[str]) -> bytes:
    """Whole lines of a payload of sentences.

    Args:
        topic: not looked at.
        payload: one or many sentences, in any wrapper.
        rejected: where an empty payload is counted.

    Returns:
        Lines that end in LF. Of a line of more than `MAX_LINE` bytes as much is kept as lets a
        reader count it as too long. Lines that end in CR alone are lines, too.

    """
    payload = payload.rstrip(b"\r\n\0 ")  # some publishers send the NUL of a C string along
    if not payload:
        rejected["empty_message"] += 1
        return b""
    if b"\r" in payload and b"\n" not in payload:
        payload = payload.replace(b"\r", b"\n")
    if len(payload) > MAX_LINE:
        lines = payload.split(b"\n")
        if max(map(len, lines)) > MAX_LINE:
            payload = b"\n".join([line[: MAX_LINE + 2] for line in lines])
    return payload + b"\n"
