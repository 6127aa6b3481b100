"""Running episodes of pairs: told once when they are raised, revised once when they end."""

from __future__ import annotations

import dataclasses
from typing import Any

from detect.events import Event, event_id
from detect.evidence import moment
from detect.pairs.shown import middle, seen
from detect.pairs.table import PairKey, PairTable
from detect.picture import KEY_BITS, Picture
from ingest.words import iso_time


class Episodes:
    """The events of one detector that have been told and not ended. Picklable."""

    def __init__(self) -> None:
        self.open: dict[PairKey, Event] = {}

    def begin(
        self,
        kind: str,
        pair: PairKey,
        picture: Picture,
        rows: tuple[int, int],
        since: int,
        evidence: dict[str, Any],
    ) -> Event:
        """A new event.

        Args:
            kind: one of `detect.events.KINDS`.
            pair: keys of the two tracks.
            picture: that shows it.
            rows: of the two in the picture; the first is the vessel that the event is about.
            since: µs, when the episode began.
            evidence: as in `Event`; the two vessels are added as `fixes`.

        """
        first, other = (int(picture.mmsi[row]) for row in rows)
        subjects = tuple(sorted((first, other)))
        tracks = tuple(key >> KEY_BITS for key in pair)
        extra = ",".join(map(str, tracks)) if any(tracks) else ""
        lon, lat = middle(picture, *rows)
        event = self.open[pair] = Event(
            id=event_id(kind, subjects, None, moment(since), extra), kind=kind, mmsi=first,
            time=moment(picture.time), lon=lon, lat=lat, zone=None, episode=moment(since),
            line=picture.line, subjects=subjects,
            evidence={
                **evidence, "since": iso_time(moment(since)),
                "fixes": [seen(picture, row) for row in rows],
            },
        )  # fmt: skip
        return event

    def end(self, pair: PairKey, picture: Picture, end: int, **changed: Any) -> Event:
        """The last revision of an event: when the episode ended, and its totals.

        Args:
            pair: keys of the two tracks.
            picture: that shows that it has ended.
            end: µs, the last time it was so.
            changed: entries of the evidence that are new or other than before.

        """
        event = self.open.pop(pair)
        return dataclasses.replace(
            event, revision=event.revision + 1, line=picture.line,
            evidence={**event.evidence, **changed, "end": iso_time(moment(end))},
        )  # fmt: skip

    def forget(self, table: PairTable) -> None:
        """Leave as they are the events of pairs that the table had no room for any more."""
        for pair in table.dropped:
            self.open.pop(pair, None)
        table.dropped.clear()
