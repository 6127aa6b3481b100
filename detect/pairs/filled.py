"""Silences that were told beside another vessel, and late reports that disprove them.

A network may hear a vessel all the while and deliver it later: a satellite's pass, a station whose
line was down. Where what has come leaves no stretch as long as the limit, there was no silence.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from detect.events import Event
from detect.evidence import moment
from detect.pairs.table import PairKey
from detect.picture import Surroundings
from ingest.words import iso_time

# For so long a silence that is over can still be filled, µs; and how many are remembered.
_KEEP_US = 12 * 3_600_000_000
_MOST, _MOST_TIMES = 4096, 1024


@dataclass(slots=True)
class Silence:
    """A silence that was told.

    Attributes:
        mmsi: who was silent.
        since: its last fix before, µs.
        limit: shortest silence that counts, µs.
        event: as last told.
        end: when it was over, µs; None while it lasts.
        times: of reports within it that came since, µs.

    """

    mmsi: int
    since: int
    limit: int
    event: Event
    end: int | None = None
    times: set[int] = field(default_factory=set)

    def disproved(self, now: int) -> bool:
        """Whether no stretch without a report is as long as the limit, up to its end or to now."""
        end = now if self.end is None else self.end
        return int(np.diff(sorted({self.since, *self.times, end})).max(initial=0)) < self.limit


class Silences:
    """Those told and not long over, by pair. Picklable, bounded: the first told goes first."""

    def __init__(self) -> None:
        self.told: dict[PairKey, Silence] = {}

    def add(self, pair: PairKey, silence: Silence) -> None:
        """Another was told."""
        self.told.pop(pair, None)
        self.told[pair] = silence
        if len(self.told) > _MOST:
            del self.told[next(iter(self.told))]

    def ended(self, pair: PairKey, event: Event, end: int) -> Event:
        """One is over, as this revision says; that, or its withdrawal where it was none."""
        silence = self.told.get(pair)
        if silence is None:
            return event
        silence.event, silence.end = event, end
        if not silence.disproved(end):
            return event
        del self.told[pair]
        told = dataclasses.replace(event, revision=event.revision - 1)  # this one is not told
        return _withdrawn(dataclasses.replace(silence, event=told), event.line)

    def hear(self, now: int, line: int, scene: Surroundings) -> dict[PairKey, Event]:
        """Take what was heard of them since, at a tick (µs, its line); those withdrawn, by pair."""
        gone: dict[PairKey, Event] = {}
        for pair, silence in list(self.told.items()):
            if silence.end is not None and now - silence.end > _KEEP_US:
                del self.told[pair]
                continue
            last = now if silence.end is None else silence.end - 1
            new = [t for t in scene.times(silence.mmsi) if silence.since < t <= last]
            if not new or len(silence.times) >= _MOST_TIMES:
                continue
            silence.times.update(new)
            if silence.disproved(now):
                gone[pair] = _withdrawn(silence, line)
                del self.told[pair]
        return gone


def _withdrawn(silence: Silence, line: int) -> Event:
    event, at = silence.event, iso_time(moment(min(silence.times)))
    words = f"withdrawn: {silence.mmsi} was heard meanwhile, at {at} for one, and told later"
    return dataclasses.replace(
        event, line=line, revision=event.revision + 1, withdrawn=True,
        evidence={**event.evidence, "words": words, "disproved_by": at},
    )  # fmt: skip
