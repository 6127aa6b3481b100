"""One vessel's behaviour over time: from the fix at which it begins to the one at which it is over.

A detector says at which fixes its condition holds. Here that becomes episodes: an event is told
once the condition has held for long enough, and revised once, when it is over. Only vessels for
which the condition holds, or held before, are gone through; the state of each is one `Run`, kept
among what few vessels have.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.detector import Scene
from detect.events import Event, event_id
from detect.evidence import fix_json, moment
from detect.fixes import Fix, Fixes, metres
from detect.kept import Columns, Kept
from detect.memory import UNKNOWN
from detect.motion import KNOT, moves
from detect.picture import KEY_BITS
from geofence.geodesy import distance
from ingest.words import iso_time

# Up to so many seconds between fixes the speed says better how far a vessel came than they do:
# they are 10 m off (ITU-R M.1371-5, position accuracy), and a knot is 31 m a minute.
CLOSE_S = 60.0

Metres = NDArray[np.float64]

COLUMNS: Columns = {"known": ("?", False)}
"""What a detector keeps for `follow`: whether there is a run of the vessel in `Kept.rare`."""


class Run(NamedTuple):
    """A stretch of a vessel's fixes at which a condition held.

    Attributes:
        start: the first of them.
        last: the latest.
        about: what it is about, in the detector's own terms: id of a zone, say; "" for nothing.
        fixes: how many there are.
        metres: how far the vessel had come by the latest, by its speed.
        beyond: metres from there on, in a pause.
        peak: the greatest of what the detector measures; NaN where it measures nothing.
        note: what the detector noted at the first fix; NaN for nothing.
        shown: the fix at which the event was told; None before.
        event: that event, as last told.
        again: whether it was told again, because it went on (`Terms.again_s`).

    """

    start: Fix
    last: Fix
    about: str = ""
    fixes: int = 1
    metres: float = 0.0
    beyond: float = 0.0
    peak: float = math.nan
    note: float = math.nan
    shown: Fix | None = None
    event: Event | None = None
    again: bool = False

    @property
    def held_s(self) -> float:
        """Seconds from the first fix to the latest."""
        return (self.last.time - self.start.time) / 1e6


@dataclass(frozen=True, slots=True)
class Terms:
    """How long is long enough.

    Attributes:
        kind: of the events, one of `detect.events.KINDS`.
        rule: what the behaviour is called, and who defined it so.
        hold_s: seconds for which the condition must have held.
        gap_s: seconds of silence after which nobody knows whether it still held; the run is over.
        pause_s: seconds for which it may fail without the run being over.
        over_s: the same once the event was told, where that is longer: what has shown itself goes
            on until it has not been seen for a while.
        circle_m: until the event is told, a run that leads farther than this from its first fix
            begins anew there.
        again_s: seconds after which an event that was told is revised, because by then it means
            more; rules can ask for that.

    """

    kind: str
    rule: str
    hold_s: float
    gap_s: float
    pause_s: float = 0.0
    over_s: float = 0.0
    circle_m: float = math.inf
    again_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Look:
    """What a detector sees in the fixes at hand, a row each.

    Attributes:
        on: bool[n], where its condition holds, so that a run can begin.
        stay: bool[n], where a run that has begun goes on; None for where `on` holds.
        about: int32[n], number of what the condition is about: of a zone, say; a run does not go
            on about something else. None where it is about nothing in particular.
        names: what stands for a number in `Run.about`.
        measure: float[n], what the greatest value of is wanted; NaN says nothing. None for nothing.
        note: float[n], what is to be kept of the fix that begins a run; None for nothing.

    """

    on: NDArray[np.bool_]
    stay: NDArray[np.bool_] | None = None
    about: NDArray[np.int32] | None = None
    names: Callable[[int], str] = str
    measure: NDArray[Any] | None = None
    note: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What an event says.

    Attributes:
        words: one sentence, without the place.
        measured, threshold: values by their names, with the unit at the end.
        zone: id of the zone it is about.

    """

    words: str
    measured: dict[str, Any]
    threshold: dict[str, Any]
    zone: str | None = None


Tell = Callable[[Run, int], Proof | None]
"""What to say of a run of the vessel in a slot; None where it proves nothing (yet)."""


def follow(
    fixes: Fixes, kept: Kept, scene: Scene, look: Look, terms: Terms, tell: Tell
) -> list[Event]:
    """The events of all vessels: told where a run has held for long enough, revised at its end.

    Args:
        fixes: at hand.
        kept: the detector's, with at least `COLUMNS`.
        scene: at hand.
        look: what the detector sees.
        terms: how long is long enough.
        tell: asked when a run has held for long enough, at each fix until it has an answer; and
            again when it is over.

    """
    rows = np.flatnonzero(look.on)
    if not len(rows) and not kept.rare:
        return []
    concerned = kept.known[fixes.vessels]
    concerned[np.searchsorted(fixes.heads, rows, side="right") - 1] = True
    numbers = np.flatnonzero(concerned)
    if not len(numbers):
        return []
    walk = _Walk(fixes, scene, look, terms, tell, numbers)
    for slot, head, tail in zip(
        fixes.vessels[numbers].tolist(), fixes.heads[numbers].tolist(),
        fixes.tails[numbers].tolist(), strict=True,
    ):  # fmt: skip
        run = walk.go(slot, head, tail, kept.rare.get(slot))
        kept.known[slot] = run is not None
        if run is not None:
            kept.rare[slot] = run
        else:
            kept.rare.pop(slot, None)
    return walk.events


class _Walk:
    """Goes through the fixes of one vessel after the other."""

    def __init__(
        self, fixes: Fixes, scene: Scene, look: Look, terms: Terms, tell: Tell,
        numbers: NDArray[np.int64],
    ) -> None:  # fmt: skip
        self.events: list[Event] = []
        self._fixes, self._scene, self._look = fixes, scene, look
        self._terms, self._tell = terms, tell
        self._hold, self._gap, self._pause = (
            round(s * 1e6) for s in (terms.hold_s, terms.gap_s, terms.pause_s)
        )
        self._over = max(self._pause, round(terms.over_s * 1e6))
        self._again = terms.again_s * 1e6
        self._legs = _way(fixes, moves(scene).speed, numbers)

    def go(self, slot: int, head: int, tail: int, run: Run | None) -> Run | None:
        """The vessel's run after its fixes from `head` to `tail`, where it has one then."""
        fixes, rows = self._fixes, slice(head, tail + 1)
        times, legs = fixes.time[rows].tolist(), self._legs[rows].tolist()
        silent = (fixes.time[rows] - fixes.time0[rows] > self._gap).tolist()
        on, look = self._look.on[rows].tolist(), self._look
        stay = on if look.stay is None else look.stay[rows].tolist()
        about = [""] * len(on)
        if look.about is not None:
            about = [look.names(number) for number in look.about[rows].tolist()]
        peak = [math.nan] * len(on) if look.measure is None else look.measure[rows].tolist()
        for i, row in enumerate(range(head, tail + 1)):
            if run is not None and (silent[i] or row in fixes.unlinked):
                self._end(slot, run, times[i], "then silent" if silent[i] else "then far away")
                run = None
            if run is not None:
                if about[i] == run.about and (on[i] or stay[i]):
                    run = self._longer(run, row, legs[i], peak[i])
                elif on[i] or times[i] - run.last.time > (
                    self._over if run.event is not None else self._pause
                ):
                    self._end(slot, run, times[i])
                    run = None
                else:
                    run = run._replace(beyond=run.beyond + legs[i])
            if run is None and on[i]:
                fix = fixes.fix(row)
                note = math.nan if look.note is None else float(look.note[row])
                run = Run(fix, fix, about[i], peak=peak[i], note=note)
            if run is not None and run.last.time == times[i]:
                run = self._due(slot, run)
        return run

    def _longer(self, run: Run, row: int, leg: float, peak: float) -> Run | None:
        """The run with one more fix; None where that lies out of its circle."""
        fix = self._fixes.fix(row)
        if run.event is None and metres(run.start, fix) > self._terms.circle_m:
            return None
        return run._replace(
            last=fix, fixes=run.fixes + 1, metres=run.metres + run.beyond + leg, beyond=0.0,
            peak=peak if peak > run.peak or math.isnan(run.peak) else run.peak,
        )  # fmt: skip

    def _due(self, slot: int, run: Run) -> Run:
        """The run, with the event told, or told again, if it has held for long enough."""
        held = run.last.time - run.start.time
        if held < self._hold or (run.event is not None and (run.again or held < self._again)):
            return run
        proof = self._tell(run, slot)
        if proof is None:
            return run
        run = run._replace(shown=run.shown or run.last, again=held >= self._again)
        event = (
            told(self._scene, slot, run, self._terms, proof)
            if run.event is None
            else _revised(
                self._scene.line_of(run.last.time), run.event, _evidence(run, self._terms, proof)
            )
        )
        self.events.append(event)
        return run._replace(event=event)

    def _end(self, slot: int, run: Run, us: int, how: str = "") -> None:
        """The run is over, as a fix at a time shows: revise the event that was told of it."""
        if run.event is not None:
            line = self._scene.line_of(us)
            event = ended(line, run, self._terms, self._tell(run, slot), how)
            self.events.append(event)


def told(scene: Scene, slot: int, run: Run, terms: Terms, proof: Proof) -> Event:
    """A new event about a run."""
    key = int(scene.key_of(np.array([slot]))[0])
    mmsi, track = key & ((1 << KEY_BITS) - 1), key >> KEY_BITS
    episode, fix = moment(run.start.time), run.last
    return Event(
        id=event_id(terms.kind, (mmsi,), proof.zone, episode, str(track) if track else ""),
        kind=terms.kind, mmsi=mmsi, time=moment(fix.time), lon=fix.lon, lat=fix.lat,
        zone=proof.zone, episode=episode, line=scene.line_of(fix.time), subjects=(mmsi,),
        evidence=_evidence(run, terms, proof),
    )  # fmt: skip


def ended(line: int, run: Run, terms: Terms, proof: Proof | None, how: str = "") -> Event:
    """The event of a run that is over, with its end and totals.

    Args:
        line: where the revision stands.
        run: with the event as last told.
        terms: of the detector.
        proof: of the whole run; None to leave what was said.
        how: how it ended, where that is known.

    """
    assert run.event is not None
    before = run.event.evidence
    evidence = dict(before) if proof is None else _evidence(run, terms, proof)
    over = f"until {iso_time(moment(run.last.time))}" + (f", {how}" if how else "")
    evidence |= {"words": f"{evidence['words']}; {over}", "end": iso_time(moment(run.last.time))}
    return _revised(line, run.event, evidence)


def rounded(value: float, digits: int = 1) -> float | None:
    """A measured value as evidence shows it; None where there is none."""
    return round(float(value), digits) if math.isfinite(value) else None


def _revised(line: int, event: Event, evidence: dict[str, Any]) -> Event:
    return dataclasses.replace(event, line=line, evidence=evidence, revision=event.revision + 1)


def _way(fixes: Fixes, speed: NDArray[np.float32], numbers: NDArray[np.int64]) -> Metres:
    """Metres sailed to each fix of some vessels from the one before; 0 elsewhere.

    By the speed where the fixes are close together, for what they are off would add up; else by
    the straight way between them.
    """
    way = np.zeros(len(fixes))
    rows = np.concatenate([np.arange(fixes.heads[n], fixes.tails[n] + 1) for n in numbers.tolist()])
    rows = rows[fixes.time0[rows] != UNKNOWN]
    seconds = (fixes.time[rows] - fixes.time0[rows]) / 1e6
    way[rows] = speed[rows] * KNOT * seconds
    far = rows[~((seconds < CLOSE_S) & np.isfinite(speed[rows]))]
    way[far] = distance(fixes.lon0[far], fixes.lat0[far], fixes.lon[far], fixes.lat[far])
    return way


def _evidence(run: Run, terms: Terms, proof: Proof) -> dict[str, Any]:
    """What every event about a run says."""
    decide: Sequence[Fix | None] = list(dict.fromkeys((run.start, run.shown, run.last)))
    return {
        "words": proof.words, "since": iso_time(moment(run.start.time)),
        "held_s": round(run.held_s), "fixes": [fix_json(fix) for fix in decide],
        "measured": proof.measured, "threshold": proof.threshold, "rule": terms.rule,
    }  # fmt: skip
