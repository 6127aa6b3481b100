"""One MMSI in two places: which fixes belong together, and what their vessel has done.

A fix that its vessel cannot have reached is doubted. What it was shows in those that follow:

    the track goes on, and nothing more comes from there    a wild fix: dropped
    the next fix agrees with it                             the vessel jumped: it is there now
    the track goes on, and fixes go on coming from there    two use one MMSI: a track of its own
    the vessel jumps to and fro between two places          likewise

A track of its own has a key of its own, `mmsi | track << 30`, and is judged by itself. Everything
here is reckoned fix by fix, for the few vessels that it concerns; all others never come here.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from detect.events import Event
from detect.reports import Fix
from detect.settings import check
from geofence.geodesy import MEAN_RADIUS_M, NAUTICAL_MILE_M

if TYPE_CHECKING:
    from detect.config import DetectConfig

_SECOND = 1_000_000

# Numbers of tracks beside the first: a key has two bits for them.
MOST = 3

# Where units without a position say they are, and noise: never a second vessel's place.
_NOWHERE_DEGREES = 0.01


@dataclass(frozen=True, slots=True)
class TracksConfig:
    """How fixes of one MMSI are told apart. Speed and slack are `top_speed_kn`, `clock_slack_s`.

    Attributes:
        agree: fixes that must agree with each other, while the track they are not on goes on,
            before they are a track of their own: noise seldom says the same three times.
        stray_s: longest time between two of them. Half an hour is ten reports of a class A vessel
            at anchor (ITU-R M.1371-5, table 1).
        confirm_s: a vessel that jumped must have been heard from there for so long, by as many
            fixes as `agree`, before it is told; one that is back by then has not.
        remember_s: how long the place it jumped from is remembered, and how long a track of its
            own lives without a fix.

    """

    agree: int = 3
    stray_s: float = 1800.0
    confirm_s: float = 300.0
    remember_s: float = 21_600.0

    def __post_init__(self) -> None:
        check(self, "tracks", agree=(2, 100))


@dataclass(slots=True)
class Jump:
    """A jump believed.

    Attributes:
        start, end: the fixes before and after it.
        fixes: how many have come since, that one among them.
        known: time of the fix by which it was to be told, and how many there were by then.
        back: time of the first fix where it had come from, once it is back there; else None.
        event: what was told of it.

    """

    start: Fix
    end: Fix
    fixes: int = 2
    known: tuple[int, int] | None = None
    back: int | None = None
    event: Event | None = None


@dataclass(slots=True)
class Twice:
    """Two tracks under one MMSI.

    Attributes:
        since: time of the first fix of the second.
        here, there: the last fix of the first track, and that of the second by which it was clear.
        fixes: how many have come on the second.
        last: time of the last of those.
        known: how many there were when it was clear.
        event: what was told of it.

    """

    since: int
    here: Fix
    there: Fix
    fixes: int
    last: int
    known: int
    event: Event | None = None

    def end(self, last: int, settings: TracksConfig) -> int:
        """When it is over, unless both are heard again by then; `last` is the first track's."""
        return min(last, self.last) + round(settings.remember_s * _SECOND)


class Said(NamedTuple):
    """Something to be told: what, when it was clear, and of which jump or episode."""

    what: str
    time: int
    jump: Jump | None = None
    twice: Twice | None = None


@dataclass(slots=True)
class Split:
    """What is remembered of a vessel that was in two places; times are µs.

    Attributes:
        doubt: a fix that waits for the next one.
        strays: fixes dropped that agree with each other.
        ghost: where it was before its jump.
        flips: how often it has jumped back to where it came from, one time after the other.
        jump: the last jump, until it is told or of no account.
        tracks: last fix of each track of its own.
        twice: the episode of two tracks.
        said: what has come of it and was not told yet.
        seen: event time of the last that was odd.

    """

    doubt: Fix | None = None
    strays: list[Fix] = field(default_factory=list)
    ghost: Fix | None = None
    flips: int = 0
    jump: Jump | None = None
    tracks: dict[int, Fix] = field(default_factory=dict)
    twice: Twice | None = None
    said: list[Said] = field(default_factory=list)
    seen: int = 0

    @property
    def time(self) -> int:
        """Event time of the doubt, before which everything is late; far back without one."""
        return self.doubt.time if self.doubt is not None else -(1 << 62)


class Found(NamedTuple):
    """What became of a fix.

    Attributes:
        track: number of the track it is on; -1 where it is doubted.
        before: fixes doubted earlier that are on that track after all, to go before it.
        dropped: how many doubted fixes were dropped.

    """

    track: int
    before: tuple[Fix, ...] = ()
    dropped: int = 0


ON = Found(0)


def place(split: Split, last: Fix | None, fix: Fix, flying: bool, config: DetectConfig) -> Found:
    """Say which track a fix is on, and remember what that means.

    Args:
        split: of the vessel, changed in place.
        last: the last fix on its first track; None where there is none.
        fix: the next one.
        flying: whether it flies: then nothing is too far.
        config: speeds, slack and times.

    """
    settings = config.tracks
    if split.twice is not None and last is not None:
        end = split.twice.end(last.time, settings)
        if fix.time > end:
            close(split, end)
    track = _own(split, last, fix, config) if split.tracks else -1
    if last is None or flying or track == 0 or (track < 0 and reachable(last, fix, config)):
        return _goes_on(split, fix, settings)
    split.seen = fix.time
    if track > 0:
        split.tracks[track] = fix
        if split.twice is not None:
            split.twice.last, split.twice.fixes = fix.time, split.twice.fixes + 1
        return Found(track)
    doubt = split.doubt
    if doubt is not None and reachable(doubt, fix, config):
        split.doubt = None
        return _jumps(split, last, doubt, fix, config)
    strays = split.strays
    if strays and _near(strays[-1], fix, settings.stray_s, config):
        if len(strays) + 1 < _needed(split, fix, config):
            dropped = _drop(split)
            strays.append(fix)
            split.doubt = fix  # the vessel may be about to jump there
            return Found(-1, (), dropped)
        split.strays = []
        return _second(split, last, (*strays, fix), config)
    dropped = _drop(split)
    split.doubt = fix
    return Found(-1, (), dropped)


def _goes_on(split: Split, fix: Fix, settings: TracksConfig) -> Found:
    """The fix is on the first track."""
    doubt, dropped = split.doubt, 0
    hear(split, [fix.time], settings)
    if doubt is not None:
        dropped, split.doubt = 1, None
        near = split.strays and abs(doubt.time - split.strays[-1].time) <= settings.stray_s * 1e6
        if not (near or nowhere(doubt)):
            split.strays = [doubt]
    return Found(0, (), dropped) if dropped else ON


def hear(split: Split, times: Sequence[int], settings: TracksConfig) -> None:
    """Take note of fixes on the first track, at these times in order, after a jump."""
    jump = split.jump
    if jump is None or jump.back is not None:
        return
    if jump.known is None:
        stayed = jump.end.time + round(settings.confirm_s * _SECOND)
        first = max(bisect_left(times, stayed), settings.agree - jump.fixes - 1)
        if first < len(times):
            jump.known = times[first], jump.fixes + first + 1
            split.said.append(Said("jump", times[first], jump))
    jump.fixes += len(times)


def close(split: Split, end: int) -> None:
    """End the episode of two tracks."""
    split.said.append(Said("ended", end, twice=split.twice))
    split.twice = None
    split.tracks.clear()


def _jumps(split: Split, last: Fix, doubt: Fix, fix: Fix, config: DetectConfig) -> Found:
    """Two fixes in a row agree with each other and not with the track."""
    settings = config.tracks
    back = split.ghost is not None and _near(split.ghost, doubt, settings.remember_s, config)
    split.flips = split.flips + 1 if back else 0
    if split.flips + 1 >= settings.agree:
        return _second(split, last, (doubt, fix), config)
    split.strays = []
    if nowhere(last) or nowhere(doubt):  # it has found its position, or lost it
        split.jump = split.ghost = None
        return Found(0, (doubt,))
    if back and split.jump is not None:
        if split.jump.back is None and split.jump.known is not None:
            split.said.append(Said("back", fix.time, split.jump))
        split.jump.back = doubt.time
    else:
        split.jump = Jump(last, doubt)
    split.ghost = last
    return Found(0, (doubt,))


def _second(split: Split, last: Fix, fixes: tuple[Fix, ...], config: DetectConfig) -> Found:
    """There are two, and these fixes, the last of them new, are of the one who is not here."""
    *before, fix = fixes
    _prune(split, fix.time, config.tracks)
    number = next((n for n in range(1, MOST + 1) if n not in split.tracks), 0)
    if not number:  # one more than there is room for: the one heard longest ago goes
        number = min(split.tracks, key=lambda n: (split.tracks[n].time, n))
    split.tracks[number] = fix
    split.flips, split.ghost = 0, None
    if split.twice is None:
        jump, since = split.jump, fixes[0].time
        if jump is not None:
            lately = jump.back is None or since - jump.back <= config.tracks.remember_s * _SECOND
            if lately:
                since = jump.end.time
            if lately and jump.known is not None:
                split.said.append(Said("never", fix.time, jump))
        split.twice = Twice(since, last, fix, len(fixes), fix.time, len(fixes))
        split.said.append(Said("twice", fix.time, twice=split.twice))
    split.jump = None
    return Found(number, tuple(before))


def _own(split: Split, last: Fix | None, fix: Fix, config: DetectConfig) -> int:
    """The track nearest to a fix of those that it may be on, 0 for the first; -1 for none."""
    oldest = fix.time - round(config.tracks.remember_s * _SECOND)
    ends = {n: end for n, end in split.tracks.items() if end.time >= oldest}
    if last is not None:
        ends[0] = last
    near = [(metres(at, fix), n) for n, at in ends.items() if reachable(at, fix, config)]
    return min(near)[1] if near else -1


def _needed(split: Split, fix: Fix, config: DetectConfig) -> int:
    """How many fixes make a track: fewer where the vessel is known to have been."""
    settings = config.tracks
    known = split.ghost is not None and _near(split.ghost, fix, settings.stray_s, config)
    return settings.agree - 1 if known else settings.agree


def _near(a: Fix, b: Fix, seconds: float, config: DetectConfig) -> bool:
    return abs(b.time - a.time) <= seconds * 1e6 and reachable(a, b, config)


def _drop(split: Split) -> int:
    dropped, split.doubt = split.doubt is not None, None
    return int(dropped)


def forgettable(split: Split, now: int, settings: TracksConfig) -> bool:
    """Let go of what is too old to matter; whether nothing is left of it."""
    limit = _prune(split, now, settings)
    if split.doubt is not None or split.tracks or split.twice is not None or split.said:
        return False
    jump = split.jump
    return split.seen < limit and (jump is None or jump.known is not None or jump.back is not None)


def _prune(split: Split, now: int, settings: TracksConfig) -> int:
    """Let go of tracks without a fix for too long; since when that is."""
    limit = now - round(settings.remember_s * _SECOND)
    split.tracks = {n: fix for n, fix in split.tracks.items() if fix.time >= limit}
    return limit


def nowhere(fix: Fix) -> bool:
    """Whether a fix lies where the equator meets Greenwich's meridian."""
    return abs(fix.lon) < _NOWHERE_DEGREES and abs(fix.lat) < _NOWHERE_DEGREES


def metres(a: Fix, b: Fix) -> float:
    """Great-circle metres between two fixes.

    The one of `geofence.geodesy`, by `math`: a decision taken for one fix alone and for the same
    fix within a batch must not differ by a rounding.
    """
    y0, y1 = math.radians(a.lat), math.radians(b.lat)
    h = (
        math.sin((y1 - y0) / 2) ** 2
        + math.cos(y0) * math.cos(y1) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    )
    return 2 * MEAN_RADIUS_M * math.asin(math.sqrt(min(h, 1.0)))


def reachable(a: Fix, b: Fix, config: DetectConfig) -> bool:
    """Whether one vessel can have been at both fixes, the first of which is believed.

    From a fix without a time of its own it may have come far; one that is far off is not believed
    for having none: a line whose time was damaged on the way may be of any time.
    """
    slack = max(config.clock_slack_s, config.loose_s) if a.loose else config.clock_slack_s
    seconds = abs(b.time - a.time) / 1e6 + slack
    return metres(a, b) <= config.top_speed_kn * NAUTICAL_MILE_M / 3600 * seconds
