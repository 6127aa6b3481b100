"""Identity: a vessel that says it is another than it said before, or what cannot be true.

Static reports arrive, events leave, at once and in line order. Each vessel's name, call sign, IMO
number, trade and length are held against what it said before; a value that is another one (see
`detect.alike`) must be said twice before it counts, for noise seldom says the same twice. A report
that leaves a field out says nothing about it, so that the parts of a type 24, a type 19 and a type
5 go together; one that is older than the last change says what was true then.

Vessels that keep to what they said are compared as arrays. Only those that do not are gone through
one by one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect import identity_told as told
from detect.alike import LENGTHS, TOWING, TRADES, plain, same_callsign, same_length, same_name
from detect.events import Event
from detect.identity import DOUBTFUL, craft, form
from detect.identity_told import Change, Episode
from detect.imo import imo_fails, imo_sound
from detect.imo_shared import SharedImos
from detect.settings import check
from detect.slots import DEFAULT_CAPACITY, Piece, Slots, fit
from detect.whereabouts import Whereabouts
from ingest.records import Positions, Statics

TELLING = (5, 19, 24)
"""Message types that say who a vessel is; rows of a CSV come as these too."""

_TELLING = np.zeros(256, bool)
_TELLING[list(TELLING)] = True

FIELDS = ("name", "callsign", "imo", "type", "size")

_COLUMNS = {
    "name": "S20", "callsign": "S7", "imo": "u4", "type": "u1", "size": "u2", "since": "u4",
    "told": "u1",
}  # fmt: skip

# What is wrong and was told, as bits.
_IMO_BAD, _MID = 1, 2

# Vessels remembered that are just now saying something else, and episodes: beyond, the one that
# nothing happened to for longest is forgotten.
CAPACITY = 10_000

# Values of one field that one vessel may be trying at a time.
_MOST_SAID = 4

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class IdentityConfig:
    """When a vessel counts as having changed its identity. All ours.

    Attributes:
        reports: so many reports must say the new thing.
        over_s: seconds between the first and the last of them at least: copies of one report, and
            a burst of noise, are one.
        within_s: seconds after which a thing said once is forgotten: satellites bring a static
            report a day.
        pause_s: changes that follow each other within so many seconds are one episode; a static
            report comes every 6 minutes (ITU-R M.1371-5, annex 1, table 1).
        length_m, length_part: a length that differs by more than both, metres and part of the
            larger one, is another: a draught mark or a bulbous bow is not.
        shared_s: one IMO number sent under two MMSIs within so many seconds is told; a ship that
            changes her flag changes her MMSI once.

    """

    reports: int = 2
    over_s: float = 60.0
    within_s: float = 86_400.0
    pause_s: float = 3600.0
    length_m: float = 10.0
    length_part: float = 0.1
    shared_s: float = 86_400.0

    def __post_init__(self) -> None:
        check(self, "identity_change", reports=(1, 100), over_s=(0, 86_400), pause_s=(0, 604_800),
              length_m=(0, 500), length_part=(0, 1))  # fmt: skip


@dataclass(slots=True)
class Said:
    """A value said by somebody who said another before: in how many reports, from when to when."""

    value: Any
    first: int
    last: int
    reports: int = 1

    def again(self, us: int) -> None:
        """Say it once more."""
        self.first, self.last = min(self.first, us), max(self.last, us)
        self.reports += 1

    def change(self, what: str, before: Any) -> Change:
        """As a change from something else."""
        return Change(what, before, self.value, self.first, self.last, self.reports)


@dataclass(slots=True)
class Doubt:
    """What a vessel said lately that it had not said before, by field."""

    last: int
    said: dict[str, list[Said]] = field(default_factory=dict)


class IdentityMemory:
    """What is remembered of each vessel's identity. Picklable, bounded; for one thread.

    Args:
        vessels: most of them remembered at once.

    """

    def __init__(self, vessels: int = DEFAULT_CAPACITY) -> None:
        self.slots = Slots(vessels)
        self._known = {name: np.zeros(self.slots.room, dtype) for name, dtype in _COLUMNS.items()}
        self._doubts: OrderedDict[int, Doubt] = OrderedDict()
        self._episodes: OrderedDict[tuple[str, int], Episode] = OrderedDict()
        self._places, self._sharers = Whereabouts(CAPACITY), Whereabouts(CAPACITY)
        self._shared = SharedImos(vessels)

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        own = sum(column.nbytes for column in self._known.values())
        return own + self.slots.nbytes + self._shared.nbytes

    def step(self, statics: Statics, positions: Positions, settings: IdentityConfig) -> list[Event]:
        """Events of the next stretch of lines.

        Args:
            statics: its static reports, in line order.
            positions: its positions, in line order.
            settings: when a change counts.

        Returns:
            New events and revisions. How the rows were cut into batches changes nothing.

        """
        telling = _TELLING[statics.msg_type] & ~np.isnat(statics.time)
        telling &= craft(statics.mmsi)
        if not telling.all():
            statics = statics.take(telling)
        self._places.now(positions)
        self._sharers.now(positions)
        events: list[Event] = []
        if len(statics):
            said = _said(statics)
            for piece in self.slots.pieces(statics.mmsi, statics.line):
                events += self._piece(statics, said, piece, settings)
            events += self._share(statics, said["imo"], settings)
        self._places.remember()
        self._sharers.remember()
        return events

    def _piece(
        self, statics: Statics, said: dict[str, NDArray[Any]], piece: Piece,
        settings: IdentityConfig,
    ) -> Iterator[Event]:  # fmt: skip
        """Events of a stretch in which no vessel is forgotten."""
        slots, known = piece.slots, self._known
        for name, column in known.items():
            blank = column.dtype.type()
            known[name] = fit(column, self.slots.room, blank)
            known[name][piece.recycled] = blank
        here = {name: values[piece.rows] for name, values in said.items()}
        odd = here["imo_bad"] & (known["told"][slots] & _IMO_BAD == 0)
        odd |= here["mid"] & (known["told"][slots] & _MID == 0)
        for name in ("since", *FIELDS):
            column, values = known[name], here[name]
            there = values != np.zeros((), values.dtype)
            # What is said for the first time is so from now on: of several, the first.
            first = np.flatnonzero(there & (column[slots] == np.zeros((), values.dtype)))[::-1]
            column[slots[first]] = values[first]
            if name in FIELDS:
                odd |= there & _other(name, column[slots], values)
        if not odd.any():
            return
        talking = np.zeros(self.slots.room, bool)
        talking[slots[odd]] = True
        for at in np.flatnonzero(talking[slots]).tolist():
            row = at + piece.rows.start
            says = {name: values[at].item() for name, values in here.items()}
            yield from self._judge(statics, row, int(slots[at]), says, settings)

    def _judge(
        self, statics: Statics, row: int, slot: int, said: dict[str, Any], settings: IdentityConfig
    ) -> Iterator[Event]:
        """One report of a vessel that does not keep to what it said, or says what cannot be."""
        if said["since"] < self._known["since"][slot]:
            return  # late: what was true before the last change
        us = int(statics.time[row].astype("datetime64[us]").astype(np.int64))
        mmsi, line = int(statics.mmsi[row]), int(statics.line[row])
        changes: list[Change] = []
        wrong: list[Change] = []
        for name in FIELDS:
            before = self._known[name][slot].item()
            if not said[name] or _alike(name, before, said[name], settings):
                continue
            heard = self._heard(mmsi, line, name, said[name], us, settings)
            if heard is not None:
                self._known[name][slot] = said[name]
                if not (name == "name" and not plain(before)):
                    changes.append(heard.change(name, before))
        for name, bit, value in (
            ("imo_bad", _IMO_BAD, int(statics.imo[row])), ("mid", _MID, mmsi),
        ):  # fmt: skip
            if said[name] and not self._known["told"][slot] & bit:
                heard = self._heard(mmsi, line, name, value, us, settings)
                if heard is not None:
                    self._known["told"][slot] |= bit
                    wrong.append(heard.change(name, None))
        if changes:
            since = max(change.first for change in changes) // _SECOND
            self._known["since"][slot] = max(int(self._known["since"][slot]), since)
            yield from self._tell(("", mmsi), mmsi, changes, us, line, settings)
        if wrong:
            yield from self._tell(("wrong", mmsi), mmsi, wrong, us, line, settings)

    def _heard(
        self, mmsi: int, line: int, name: str, value: Any, us: int, settings: IdentityConfig
    ) -> Said | None:
        """Take note of something new; itself once it was said often enough."""
        doubt = self._doubts.pop(mmsi, None) or Doubt(us)
        self._doubts[mmsi] = doubt
        doubt.last = max(doubt.last, us)
        self._places.want(mmsi, line)
        within = settings.within_s * _SECOND
        values = [v for v in doubt.said.get(name, ()) if abs(us - v.last) <= within]
        heard = next((v for v in values if _alike(name, v.value, value, settings)), None)
        if heard is None:
            heard = Said(value, us, us)
            values.append(heard)
        else:
            heard.again(us)
        doubt.said[name] = values[-_MOST_SAID:]
        self._prune(us - within)
        if heard.reports < settings.reports or heard.last - heard.first < settings.over_s * _SECOND:
            return None
        doubt.said[name].remove(heard)
        return heard

    def _prune(self, limit: float) -> None:
        """Forget vessels that have not said anything odd for long, or longest of too many."""
        while self._doubts:
            oldest = next(iter(self._doubts))
            if len(self._doubts) <= CAPACITY and self._doubts[oldest].last >= limit:
                return
            del self._doubts[oldest]
            self._places.forget(oldest)

    def _tell(
        self, key: tuple[str, int], mmsi: int, changes: list[Change], us: int, line: int,
        settings: IdentityConfig,
    ) -> Iterator[Event]:  # fmt: skip
        """The event of changes that belong together by their key, new or revised."""
        shared = key[0] == "imo"
        fix = (self._sharers if shared else self._places).at(mmsi, line)
        pause_s = settings.shared_s if shared else settings.pause_s
        episode = self._episodes.pop(key, None)
        # Both ways: a report with a false time must not swallow what comes after it.
        if episode is not None and abs(us - episode.last) <= pause_s * _SECOND:
            self._episodes[key] = episode
            if told.go_on(episode, changes, us, line, fix):
                yield episode.event
            return
        needed = {"reports": settings.reports, "over_s": settings.over_s}
        self._episodes[key] = episode = told.begin(mmsi, changes, us, line, fix, needed)
        if len(self._episodes) > CAPACITY:
            self._episodes.popitem(last=False)
        yield episode.event

    def _share(
        self, statics: Statics, imo: NDArray[np.uint32], settings: IdentityConfig
    ) -> Iterator[Event]:
        """Events of IMO numbers that several vessels send: one a number."""
        rows, want = np.flatnonzero(imo), self._sharers.want
        if not len(rows):
            return
        for row, change in self._shared.step(statics, rows, imo[rows], settings, want):
            us = int(statics.time[row].astype("datetime64[us]").astype(np.int64))
            key, line = ("imo", int(change.after)), int(statics.line[row])
            yield from self._tell(key, change.by, [change], us, line, settings)


def _said(statics: Statics) -> dict[str, NDArray[Any]]:
    """What the reports say, comparable; 0 or b"" for nothing."""
    length = statics.to_bow.astype(np.uint16) + statics.to_stern
    length[(length > LENGTHS) | TOWING[statics.ship_type]] = 0
    seconds = statics.time.astype("datetime64[s]").astype(np.int64)
    return {
        "name": statics.name.astype("S20"),
        "callsign": statics.callsign.astype("S7"),
        "imo": imo_sound(statics.imo),
        "type": np.where(TRADES[statics.ship_type] > 0, statics.ship_type, np.uint8(0)),
        "size": length,
        "since": np.clip(seconds, 1, 0xFFFF_FFFF).astype(np.uint32),
        "imo_bad": imo_fails(statics.imo),
        "mid": form(statics.mmsi) == DOUBTFUL,
    }


def _other(name: str, before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether values differ; those that differ may still be alike."""
    if name == "type":
        return TRADES[before] != TRADES[after]
    different: NDArray[np.bool_] = before != after
    return different


_SAME: dict[str, Callable[[Any, Any], bool]] = {
    "name": same_name, "callsign": same_callsign,
    "type": lambda one, other: bool(TRADES[one] == TRADES[other]),
}  # fmt: skip


def _alike(name: str, one: Any, other: Any, settings: IdentityConfig) -> bool:
    if name == "size":
        return same_length(one, other, settings.length_m, settings.length_part)
    if name in ("name", "callsign") and not plain(other):
        return True  # punctuation is no name
    return bool(_SAME[name](one, other)) if name in _SAME else bool(one == other)
