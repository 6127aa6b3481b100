r"""AIS-catcher's JSON into the sentences it was decoded from.

    {"protocol":"jsonaiscatcher","stationid":"Harbour","msgs":[
      {"rxuxtime":1790467197.36,"nmea":["!AIVDM,…","!AIVDM,…"],"type":5,"mmsi":…}, …]}

That is the envelope of its HTTP output (which says the name of the station); over MQTT, and with
its "LIST" protocol, each message stands alone, several on lines of their own. Whatever else
AIS-catcher has decoded is left aside: what counts is what was on the air. Each sentence gets a TAG
block with the station and the time of reception there: `\s:Harbour,c:1790467197360*hh\!AIVDM,…`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from ingest.framing import MAX_LINE
from ingest.shapes.tag import ROOM, milliseconds, station_name, tag_block

_SENTENCE = re.compile(rf"[!$][ -~]{{1,{MAX_LINE - ROOM}}}", re.ASCII)
# A message has nine parts at most.
_MOST_PARTS = 9


def aiscatcher(topic: str, payload: bytes, rejected: Counter[str]) -> bytes:
    """Lines of a payload of AIS-catcher.

    Args:
        topic: not looked at.
        payload: the envelope, one message, an array of messages, or several on lines of their own.
        rejected: counts `not_json`, `not_aiscatcher`, messages `without_nmea` and those with a
            `bad_sentence`.

    Returns:
        Lines that end in LF, the parts of a message one behind the other.

    """
    found: list[bytes] = []
    for value in _values(payload, rejected):
        for station, message in _messages(value, rejected):
            found += _lines(station, message, rejected)
    found.append(b"")
    return b"\n".join(found)


def _values(payload: bytes, rejected: Counter[str]) -> Iterator[Any]:
    """The JSON values of a payload: as a rule one; else one a line, each an object."""
    try:
        yield orjson.loads(payload)
        return
    except orjson.JSONDecodeError:
        lines = [line for line in payload.split(b"\n") if line.strip()]
    if len(lines) < 2 or not all(line.lstrip()[:1] == b"{" for line in lines):
        lines = [b""]
    for line in lines:
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            rejected["not_json"] += 1


def _messages(value: Any, rejected: Counter[str]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The messages in a JSON value, each with what names its station."""
    station = None
    if isinstance(value, dict):
        station, value = value.get("stationid"), value.get("msgs", [value])
    if not isinstance(value, list):
        rejected["not_aiscatcher"] += 1
        return
    for message in value:
        if isinstance(message, dict):
            yield station or message.get("stationid") or message.get("station_id"), message
        else:
            rejected["not_aiscatcher"] += 1


def _lines(station: Any, message: dict[str, Any], rejected: Counter[str]) -> list[bytes]:
    """The sentences of one message; none where one of them is no sentence."""
    sentences = message.get("nmea")
    if isinstance(sentences, str):
        sentences = [sentences]
    if not isinstance(sentences, list) or not sentences:
        rejected["without_nmea"] += 1
        return []
    if len(sentences) > _MOST_PARTS or not all(
        isinstance(s, str) and _SENTENCE.fullmatch(s) for s in sentences
    ):
        rejected["bad_sentence"] += 1
        return []
    times = [milliseconds(message.get(key)) for key in ("toa", "rxuxtime")]
    tag = tag_block(station_name(station), times[0] if times[0] is not None else times[1])
    return [tag + sentence.encode() for sentence in sentences]
