"""From the topic of a message to the shape of what it holds, and to the station it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from paho.mqtt.client import topic_matches_sub

from ingest.shapes import SHAPES, Shape
from ingest.shapes.tag import station_name, tag_block
from ingest.sources.mqtt_config import Topic

# Topics remembered: some feeds have one for each vessel.
_MOST = 65_536

_Route = tuple[Shape, bytes]


class Topics:
    """Makes lines of messages by the first of the patterns that their topics match."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = topics
        self._routes: dict[str, _Route | None] = {}

    def lines(self, topic: str, payload: bytes, rejected: Counter[str]) -> bytes:
        """Whole lines of a message, or nothing; what makes none is counted by reason."""
        try:
            route = self._routes[topic]
        except KeyError:
            route = self._find(topic)
        if route is None:
            rejected["other_topic"] += 1
            return b""
        shape, tag = route
        made = shape(topic, payload, rejected)
        return _tagged(made, tag) if tag and made else made

    def _find(self, topic: str) -> _Route | None:
        route = next(
            (
                (SHAPES[t.shape], _tag(topic, t.station_level))
                for t in self._topics
                if topic_matches_sub(t.filter, topic)
            ),
            None,
        )
        if len(self._routes) >= _MOST:
            self._routes.clear()
        self._routes[topic] = route
        return route


def _tag(topic: str, level: int | None) -> bytes:
    """A TAG block with the station that a level of the topic names; nothing where none does."""
    levels = topic.split("/")
    if level is None or level > len(levels):
        return b""
    return tag_block(station_name(levels[level - 1]), None)


def _tagged(lines: bytes, tag: bytes) -> bytes:
    """The lines, with the TAG block before each sentence of AIS that has none of its own."""
    return b"".join([
        tag + line if line[:1] == b"!" else line for line in lines.splitlines(keepends=True)
    ])  # fmt: skip
