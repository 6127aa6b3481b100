"""Listed vessels: seen, and lost.

Who keeps the lists hands over by what the vessels on them are known (`Marks`); this says when one
is heard for the first time or again, and when it has not been heard for a while: it left range, or
switched off. By its MMSI a vessel is known at its first position; by IMO number, call sign or name
once it has said that, and then at its next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.events import Event, event_id
from detect.evidence import duration, fix_json, moment, where
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.reports import Fix
from detect.settings import check
from ingest.records import Statics
from ingest.words import iso_time

if TYPE_CHECKING:
    from detect.detector import Scene

SEEN, LOST = "listed_seen", "listed_lost"
KINDS = (SEEN, LOST)

BY = {"mmsi": "MMSI", "imo": "IMO number", "callsign": "call sign", "name": "name"}
"""By what a vessel may be known, and how people call it."""

# Vessels known by what they said, remembered at once: beyond, who was told of first is forgotten.
CAPACITY = 10_000

_SECOND = 1_000_000
_NEVER = 1 << 62


def listed_key(text: str | bytes) -> str:
    """A name or call sign as lists are searched: capitals, one space between words."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return " ".join(text.upper().split())


@dataclass(frozen=True)
class Marks:
    """By what the vessels on all lists are known; names and call signs as `listed_key` has them."""

    mmsis: frozenset[int] = frozenset()
    imos: frozenset[int] = frozenset()
    callsigns: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @cached_property
    def numbers(self) -> NDArray[np.uint32]:
        """The MMSIs, ascending."""
        return np.array(sorted(self.mmsis), np.uint32)

    def __bool__(self) -> bool:
        return bool(self.mmsis or self.imos or self.callsigns or self.names)

    def holds(self, by: str, value: object) -> bool:
        """Whether a vessel of this MMSI, IMO number, call sign or name is listed."""
        return value in getattr(self, f"{by}s")


NOBODY = Marks()


@dataclass(frozen=True, slots=True)
class ListedConfig:
    """When a listed vessel is lost.

    Attributes:
        lost_s: seconds without a position. A class A vessel at anchor reports every 3 minutes, a
            class B one at rest likewise (ITU-R M.1371-5, tables 1 and 2); a satellite passes about
            once an hour.
        longest_s: who came back after more than that is waited for twice as long the next time,
            but no longer than this: passes of a satellite may be hours apart, and a vessel that
            it hears is not lost and seen anew with each.

    """

    lost_s: float = 3600.0
    longest_s: float = 43_200.0

    def __post_init__(self) -> None:
        check(self, "listed", lost_s=(60, 2_592_000), longest_s=(60, 2_592_000))


class Known(NamedTuple):
    """By what a vessel was known to be listed, what that is, and from which event time (µs) on."""

    by: str
    value: object
    since: int


@dataclass(slots=True)
class Sighting:
    """A listed vessel in range.

    Attributes:
        event: as last told.
        last: its last fix.
        known: by what it is known.
        patience: for how long it may be silent (µs).

    """

    event: Event
    last: Fix
    known: Known
    patience: int

    @property
    def due(self) -> int:
        """When it is lost (µs)."""
        return self.last.time + self.patience


@dataclass(slots=True)
class Lookout:
    """What is remembered of listed vessels.

    Attributes:
        said: vessels known by what they said, by MMSI.
        seen: those in range.
        lost: of those lost, when they were last heard and how long they were waited for (µs).
        due: before this event time (µs) nobody can be lost.
        numbers: the MMSIs in `said`, ascending.

    """

    said: dict[int, Known] = field(default_factory=dict)
    seen: dict[int, Sighting] = field(default_factory=dict)
    lost: dict[int, tuple[int, int]] = field(default_factory=dict)
    due: int = _NEVER
    numbers: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))

    def hear(self, mmsi: int, known: Known | None) -> None:
        """A vessel has said who it is; None for one that is not listed any more."""
        if known is None:
            del self.said[mmsi]
        else:
            self.said[mmsi] = known
            if len(self.said) > CAPACITY:
                del self.said[next(iter(self.said))]
        self.numbers = np.array(sorted(self.said), np.uint32)


class Listed:
    """Tells of listed vessels that are heard, and of those that are not heard any more."""

    name: ClassVar[str] = "listed"
    columns: ClassVar[Columns] = {}
    whole: ClassVar[bool] = True

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of listed vessels."""
        marks: Marks = scene.listed
        if scene.beside:
            return []  # another track of an MMSI that is looked after anyway
        look: Lookout | None = kept.common.get("lookout")
        if look is None:
            if not marks:
                return []
            look = kept.common["lookout"] = Lookout()
        _hear(look, marks, scene.statics)
        events: list[Event] = []
        for number in _of_listed(look, marks, fixes, scene).tolist():
            head, tail = int(fixes.heads[number]), int(fixes.tails[number])
            mmsi = int(scene.mmsi_of(fixes.vessels[number : number + 1])[0])
            known = _known(look, marks, mmsi)
            if known is not None:
                for row in range(head, tail + 1):
                    events += _see(look, mmsi, known, fixes.fix(row), scene)
        if scene.now >= look.due:
            events += _lose(look, marks, scene)
        return events


def _hear(look: Lookout, marks: Marks, statics: Statics) -> None:
    """Take note of vessels that say they are one of those listed."""
    for row, by, value in _said(marks, statics):
        mmsi = int(statics.mmsi[row])
        if mmsi in look.said or np.isnat(statics.time[row]):
            continue
        since = int(statics.time[row].astype("datetime64[us]").astype(np.int64))
        look.hear(mmsi, Known(by, value, since))


def _said(marks: Marks, statics: Statics) -> Iterable[tuple[int, str, object]]:
    """Rows of reports that name a listed vessel, by what, and what they say."""
    if not len(statics) or not (marks.imos or marks.callsigns or marks.names):
        return []
    found: list[tuple[int, str, object]] = []
    if marks.imos:
        rows = np.flatnonzero(np.isin(statics.imo, np.array(sorted(marks.imos), np.uint32)))
        found += [(row, "imo", int(statics.imo[row])) for row in rows.tolist()]
    for by, wanted, column in (
        ("callsign", marks.callsigns, statics.callsign), ("name", marks.names, statics.name),
    ):  # fmt: skip
        if wanted:
            texts, of = np.unique(column, return_inverse=True)
            keys = [listed_key(text) for text in texts.astype("S20").tolist()]
            fits = np.array([bool(key) and key in wanted for key in keys], bool)
            found += [(row, by, keys[of[row]]) for row in np.flatnonzero(fits[of]).tolist()]
    return sorted(found, key=lambda one: one[0])


def _of_listed(look: Lookout, marks: Marks, fixes: Fixes, scene: Scene) -> NDArray[np.int64]:
    """Which of the vessels heard are listed, counted among those heard."""
    if not len(fixes):
        return np.empty(0, np.int64)
    mmsi = scene.mmsi_of(fixes.vessels)
    return np.flatnonzero(_among(mmsi, marks.numbers) | _among(mmsi, look.numbers))


def _among(mmsi: NDArray[np.uint32], numbers: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which are among some numbers in ascending order, which may be many."""
    if not len(numbers):
        return np.zeros(len(mmsi), bool)
    at = np.minimum(np.searchsorted(numbers, mmsi), len(numbers) - 1)
    return np.asarray(numbers[at] == mmsi)


def _known(look: Lookout, marks: Marks, mmsi: int) -> Known | None:
    """By what a vessel is known to be listed; None where the list is another by now."""
    if mmsi in marks.mmsis:
        return Known("mmsi", mmsi, -_NEVER)
    known = look.said.get(mmsi)
    if known is not None and not marks.holds(known.by, known.value):
        look.hear(mmsi, None)
        known = None
    return known


def _see(look: Lookout, mmsi: int, known: Known, fix: Fix, scene: Scene) -> list[Event]:
    """One fix of a listed vessel."""
    if fix.time < known.since:
        return []
    events: list[Event] = []
    sighting = look.seen.get(mmsi)
    if sighting is not None and fix.time > sighting.due:
        events += _lost(look, mmsi, sighting, scene)
        sighting = None
    if sighting is not None:
        sighting.last = fix
    else:
        settings = scene.config.listed
        before, patience = look.lost.pop(mmsi, (None, round(settings.lost_s * _SECOND)))
        if before is not None and fix.time - before <= settings.longest_s * _SECOND:
            most = max(round(settings.longest_s * _SECOND), patience)
            patience = min(max(patience, 2 * (fix.time - before)), most)
        event = _seen(mmsi, known, fix, before, patience, scene)
        sighting = look.seen[mmsi] = Sighting(event, fix, known, patience)
        events.append(event)
    look.due = min(look.due, sighting.due)
    return events


def _lose(look: Lookout, marks: Marks, scene: Scene) -> list[Event]:
    """Those who have not been heard for too long."""
    events: list[Event] = []
    for mmsi, sighting in sorted(look.seen.items()):
        if sighting.due <= scene.now:
            if _known(look, marks, mmsi) is not None:
                events += _lost(look, mmsi, sighting, scene)
            else:
                del look.seen[mmsi]
    look.due = min((sighting.due for sighting in look.seen.values()), default=_NEVER)
    return events


def _seen(
    mmsi: int, known: Known, fix: Fix, before: int | None, patience: int, scene: Scene
) -> Event:
    again = f" again after {duration(fix.time - before)}" if before is not None else ""
    at = moment(fix.time)
    evidence = {
        "words": f"listed vessel heard{again}, known by its {BY[known.by]}; {where(fix)}",
        "by": known.by, "fixes": [fix_json(fix)], "rule": "listed vessel",
        "measured": {} if before is None else {"away_s": round((fix.time - before) / 1e6)},
        "threshold": {"lost_s": round(patience / 1e6)},
    }  # fmt: skip
    return Event(
        event_id(SEEN, (mmsi,), None, at), SEEN, mmsi, at, fix.lon, fix.lat, None, at, scene.line,
        (mmsi,), evidence,
    )  # fmt: skip


def _lost(look: Lookout, mmsi: int, sighting: Sighting, scene: Scene) -> list[Event]:
    """A listed vessel is not heard any more: that event, and the end of the one that it was."""
    del look.seen[mmsi]
    seen, fix = sighting.event, sighting.last
    look.lost[mmsi] = fix.time, sighting.patience
    if len(look.lost) > CAPACITY:
        del look.lost[next(iter(look.lost))]
    at, last, limit = moment(sighting.due), iso_time(moment(fix.time)), sighting.patience
    words = f"listed vessel not heard since {last} (limit {duration(limit)}); last {where(fix)}"
    lost = Event(
        event_id(LOST, (mmsi,), None, seen.episode), LOST, mmsi, at, fix.lon, fix.lat, None,
        seen.episode, scene.line, (mmsi,),
        {"words": words, "by": sighting.known.by, "fixes": [fix_json(fix)],
         "measured": {"silent_s": round(limit / 1e6)},
         "threshold": {"lost_s": round(limit / 1e6)}, "rule": "listed vessel"},
    )  # fmt: skip
    over = dataclasses.replace(
        seen, line=scene.line, revision=seen.revision + 1,
        evidence={
            **seen.evidence, "words": f"{seen.evidence['words']}; until {last}", "end": last,
            "fixes": [*seen.evidence["fixes"], fix_json(fix)],
        },
    )  # fmt: skip
    return [over, lost]
