"""What arrives as messages of a broker or an HTTP request, into lines.

A shape is a function of topic and payload to whole lines, each ending in LF. What a payload says
that is no AIS is counted by reason and never raised. The shapes:

    nmea         sentences in any wrapper, one or many a message
    aiscatcher   AIS-catcher's JSON: the sentences in it, with its station and times
    digitraffic  Digitraffic's JSON, which was never NMEA: a private sentence with the original
    auto         whichever of these the message looks like
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal

from ingest.shapes.aiscatcher import aiscatcher
from ingest.shapes.digitraffic import TOPIC, digitraffic
from ingest.shapes.plain import nmea

Shape = Callable[[str, bytes, Counter[str]], bytes]
ShapeName = Literal["auto", "nmea", "aiscatcher", "digitraffic"]


def auto(topic: str, payload: bytes, rejected: Counter[str]) -> bytes:
    """Lines of a payload whose shape shows: in the topic, or as JSON by its first character."""
    if payload[:1] == b"!":  # as a rule
        return nmea(topic, payload, rejected)
    if TOPIC.fullmatch(topic):
        return digitraffic(topic, payload, rejected)
    if payload.lstrip()[:1] in (b"{", b"["):
        return aiscatcher(topic, payload, rejected)
    return nmea(topic, payload, rejected)


SHAPES: dict[ShapeName, Shape] = {
    "auto": auto, "nmea": nmea, "aiscatcher": aiscatcher, "digitraffic": digitraffic,
}  # fmt: skip

__all__ = ["SHAPES", "Shape", "ShapeName", "aiscatcher", "auto", "digitraffic", "nmea"]
