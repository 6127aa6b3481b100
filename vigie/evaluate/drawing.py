"""One case as an inline SVG: land, zone outlines, tracks with times, and the places it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from ingest.columns import Array
from ingest.words import safe_text
from vigie.evaluate.cases import Case
from vigie.evaluate.chart import HEIGHT, WIDTH, Frame, ZoneShapes, land_in, outlines

AROUND_US = 3_600_000_000
"""Tracks are drawn from an hour before the case to an hour after it."""

_AT_LEAST_US = 10 * 60_000_000
_SILENT_US = 20 * 60_000_000
_MOST_FIXES = 600
_MOST_DOTS = 150
_MOST_ZONES = 8
_TICKS, _MOST_TICKS = 6, 12
_STEPS_S = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_SCALES_NM = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


@dataclass(frozen=True, slots=True)
class Track:
    """Fixes of one vessel, oldest first: time (µs), lon, lat (degrees), and what she is called."""

    name: str
    time: Array
    lon: Array
    lat: Array


def svg(case: Case, tracks: Sequence[Track], zones: ZoneShapes) -> str:
    """The picture; an empty text where there is no place to draw."""
    tracks = [_thinned(track) for track in tracks]
    lon, lat = _places(case, tracks)
    if not len(lon):
        return ""
    frame = Frame.around(lon, lat)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_text(case.kind)}">',
        f'<rect class="sea" width="{WIDTH}" height="{HEIGHT}"/>',
        _land(frame),
        *_zones(frame, zones, case.begin),
        *(_track(frame, track, number, case) for number, track in enumerate(tracks)),
        *(_mark(frame, *mark) for mark in case.marks),
        _scale(frame),
        "</svg>",
    ]
    return "".join(parts)


def _places(case: Case, tracks: Sequence[Track]) -> tuple[Array, Array]:
    """What must be seen: the tracks in the time it is about, and some time around; the marks."""
    around = max((case.end - case.begin) // 4, _AT_LEAST_US)
    lon, lat = (np.array([mark[i] for mark in case.marks], float) for i in (1, 2))
    for track in tracks:
        about = (track.time >= case.begin - around) & (track.time <= case.end + around)
        chosen = about if about.any() else ~about
        lon, lat = np.append(lon, track.lon[chosen]), np.append(lat, track.lat[chosen])
    return lon, lat


def _thinned(track: Track) -> Track:
    step = -(-len(track.time) // _MOST_FIXES) or 1
    return Track(track.name, track.time[::step], track.lon[::step], track.lat[::step])


def _text(text: str, limit: int = 60) -> str:
    return escape(safe_text(text, limit))


def _points(xy: Array) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in xy.tolist())


def _land(frame: Frame) -> str:
    path = "".join(f"M{_points(ring)}Z" for ring in land_in(frame))
    return f'<path class="land" fill-rule="evenodd" d="{path}"/>' if path else ""


def _zones(frame: Frame, zones: ZoneShapes, us: int) -> list[str]:
    """Outlines with names; where the whole picture lies inside a zone, its name alone."""
    drawn: list[str] = []
    around: list[str] = []
    for name, part in zones.near(frame, us):
        if part is None:
            around.append(name)
        elif len(drawn) < 2 * _MOST_ZONES:
            lines = outlines(part)
            path = "".join(f"M{_points(line)}" for line in lines)
            longest = max(lines, key=len)
            x, y = longest[len(longest) // 2].tolist()
            drawn.append(f'<path class="zone" d="{path}"/>')
            drawn.append(_label(name, "name", x, y - 3, 40))
    if around:
        names = ", ".join(dict.fromkeys(around))
        drawn.append(f'<text class="within" x="8" y="16">in {_text(names, 100)}</text>')
    return drawn


def _label(text: str, name: str, x: float, y: float, limit: int = 60) -> str:
    """Text at a place, to its left where it would not fit to its right."""
    y = min(max(y, 28.0), HEIGHT - 8.0)
    x = min(max(x, 4.0), WIDTH - 4.0)
    if x > 0.6 * WIDTH:
        return f'<text class="{name} left" x="{x - 6:.0f}" y="{y:.0f}">{_text(text, limit)}</text>'
    return f'<text class="{name}" x="{x + 6:.0f}" y="{y:.0f}">{_text(text, limit)}</text>'


def _track(frame: Frame, track: Track, number: int, case: Case) -> str:
    """A line between fixes, dashed where she was silent; bold during the time it is about."""
    if not len(track.time):
        return ""
    xy, hue = frame.xy(track.lon, track.lat), f"v{number % 6}"
    silent = np.diff(track.time) > _SILENT_US
    within = (track.time[1:] >= case.begin) & (track.time[:-1] <= case.end)
    parts = []
    for name, chosen in (
        ("track", ~silent & ~within), ("track bold", ~silent & within), ("track silent", silent),
    ):  # fmt: skip
        path = "".join(f"M{_points(xy[a : b + 1])}" for a, b in _runs(chosen))
        if path:
            parts.append(f'<path class="{name} {hue}" d="{path}"/>')
    shown = np.flatnonzero(_inside(xy))
    for x, y in xy[shown[:: -(-len(shown) // _MOST_DOTS) or 1]].tolist():
        parts.append(f'<circle class="fix {hue}" cx="{x:.1f}" cy="{y:.1f}" r="1.6"/>')
    parts += _times(track, xy, hue)
    if not len(shown):
        return "".join(parts)
    x, y = xy[shown[-1]].tolist()
    parts.append(_label(track.name, f"who {hue}", x, y - 6))
    return "".join(parts)


def _inside(xy: Array) -> Array:
    """Which places lie in the picture."""
    return np.asarray(((xy >= 0) & (xy <= (WIDTH, HEIGHT))).all(axis=1))


def _runs(chosen: Array) -> list[tuple[int, int]]:
    """First and last fix of each run of segments that are chosen."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _times(track: Track, xy: Array, hue: str) -> list[str]:
    inside = np.flatnonzero(_inside(xy))
    if not len(inside):
        return []
    spent = int(np.ptp(track.time[inside])) / 1e6
    step = next((s for s in _STEPS_S if spent / s <= _TICKS), _STEPS_S[-1]) * 1_000_000
    first = np.concatenate([[True], np.diff(track.time[inside] // step) > 0])
    made = []
    for row in inside[first][:_MOST_TICKS].tolist():
        (x, y), us = xy[row].tolist(), int(track.time[row])
        clock = str(np.datetime64(us // 1_000_000, "s"))[11:16]
        made.append(f'<circle class="tick {hue}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
        made.append(f'<text class="time" x="{x + 5:.0f}" y="{y + 12:.0f}">{clock}</text>')
    return made


def _mark(frame: Frame, label: str, lon: float, lat: float) -> str:
    ((x, y),) = frame.xy(np.array([lon]), np.array([lat])).tolist()
    return (
        f'<path class="mark" d="M{x - 9:.1f},{y:.1f}h6m6,0h6M{x:.1f},{y - 9:.1f}v6m0,6v6"/>'
        f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="6"/>' + _label(label, "what", x, y - 10)
    )


def _scale(frame: Frame) -> str:
    nm = max((s for s in _SCALES_NM if s / frame.nm <= WIDTH / 4), default=_SCALES_NM[0])
    long, y = nm / frame.nm, HEIGHT - 12
    return (
        f'<path class="scale" d="M12,{y - 4}v4h{long:.1f}v-4"/>'
        f'<text class="time" x="{16 + long:.0f}" y="{y}">{nm:g} nm</text>'
    )
