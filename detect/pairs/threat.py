"""Craft that close on what is protected: how they move, which have done so for how long, and words.

What is remembered are the craft that approach something now and those whose approach was told: few,
and not more than a given number. A flood beyond that is left out, the latecomers first.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from detect.events import Event, event_id
from detect.evidence import duration, moment, shown
from detect.pairs.cpa import closest, courses
from detect.pairs.join import arc_m
from detect.pairs.shown import distance, knots, seen, spot
from detect.pairs.targets import Targets
from detect.picture import KEY_BITS, Picture
from geofence.geodesy import NAUTICAL_MILE_M
from ingest.words import iso_time

if TYPE_CHECKING:
    from detect.pairs.approach import ApproachConfig

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Name = int | str
"""Key of a vessel, or id of an asset's zone."""

_NAMED = 5  # craft described in words
_LISTED = 64  # craft kept in the evidence


@dataclass(frozen=True, slots=True)
class Threat:
    """How craft move against targets; one row a pair of them.

    Attributes:
        targets: those of the picture.
        target, craft: int64[n], row of `targets` and of the picture.
        metres, cpa_m, tcpa_s: how far off, how near and how soon, from the target's middle.
        own_kn: how fast the craft's own way brings it towards where the target is now.
        is_target: the craft is the target, or another track of it.
        inside: the craft is in the asset already.

    """

    targets: Targets
    target: Indices
    craft: Indices
    metres: Floats
    cpa_m: Floats
    tcpa_s: Floats
    own_kn: Floats
    is_target: NDArray[np.bool_]
    inside: NDArray[np.bool_]

    @classmethod
    def of(cls, picture: Picture, targets: Targets, target: Indices, craft: Indices) -> Self:
        """Of pairs of rows."""
        row = targets.row[target]
        lon, lat = targets.lon[target], targets.lat[target]
        # What is not known to move stands; an asset does.
        sog = np.where(row >= 0, np.nan_to_num(picture.sog[row].astype(np.float64)), 0.0)
        cog = np.where(row >= 0, picture.cog[row].astype(np.float64), 0.0)
        ways = towards(
            lon, lat, sog, cog,
            picture.lon[craft], picture.lat[craft], picture.sog[craft], picture.cog[craft],
        )  # fmt: skip
        inside = (row < 0) & (ways.metres < targets.radius_m[target])
        same = (row >= 0) & (picture.mmsi[row] == picture.mmsi[craft])
        return cls(targets, target, craft, *ways, same, inside)

    def chosen(self, which: NDArray[np.bool_]) -> Self:
        """Some of the rows."""
        rows = {
            f.name: getattr(self, f.name)[which]
            for f in dataclasses.fields(self)
            if f.name != "targets"
        }
        return type(self)(self.targets, **rows)

    def name(self, row: int) -> Name:
        """What the target of a row is remembered by."""
        key = int(self.targets.key[self.target[row]])
        return key if key >= 0 else self.targets.assets[-1 - key].id


class Ways(NamedTuple):
    """How craft move against targets: `Threat` has the same columns."""

    metres: Floats
    cpa_m: Floats
    tcpa_s: Floats
    own_kn: Floats


def towards(
    lon: Floats, lat: Floats, sog: Floats, cog: Floats,
    craft_lon: Floats, craft_lat: Floats, craft_sog: NDArray[Any], craft_cog: NDArray[Any],
) -> Ways:  # fmt: skip
    """How craft move against targets, one a row: degrees and knots; a target may not say its way.

    It then is taken to stand, as one does whose speed is not known.
    """
    sog, cog = np.where(np.isnan(cog), 0.0, np.nan_to_num(sog)), np.nan_to_num(cog)
    own, way = craft_sog.astype(np.float64), craft_cog.astype(np.float64)
    cpa, tcpa = closest((lon, craft_lon), (lat, craft_lat), (sog, own), (cog, way))
    place, along = courses(craft_lon, craft_lat, way)
    to, _ = courses(lon, lat, np.zeros(len(lon)))
    to = to - place
    square = (to**2).sum(axis=1)
    metres, length = arc_m(square), np.maximum(np.sqrt(square), 1e-12)
    return Ways(metres, cpa, tcpa, own * (along * to).sum(axis=1) / length)


@dataclass(slots=True)
class _Craft:
    """One craft: since when and until when (µs) it approaches, and whether it was told."""

    since: int
    last: int
    told: bool = False


@dataclass(slots=True)
class _Group:
    """All craft that approach one target, and the event about them."""

    craft: dict[int, _Craft] = field(default_factory=dict)
    event: Event | None = None


class Threats:
    """Who approaches whom. Picklable."""

    def __init__(self) -> None:
        self.groups: dict[Name, _Group] = {}
        self.left_out = 0
        self._count = 0
        self._before = 0

    def see(self, threat: Threat, keys: NDArray[np.int64], now: int, most: int) -> None:
        """Take note of who approaches in a picture; `keys` are those of the picture's rows."""
        for row, craft in enumerate(keys[threat.craft].tolist()):
            name = threat.name(row)
            group = self.groups.get(name)
            known = group.craft.get(craft) if group else None
            if known is not None:
                if known.last < self._before:
                    known.since = now
                known.last = now
            elif self._count < most:
                self.groups.setdefault(name, _Group()).craft[craft] = _Craft(now, now)
                self._count += 1
            else:
                self.left_out += 1
        self._before = now

    def rest(self, now: int) -> None:
        """Take note that nobody approaches anything."""
        self._before = now

    def due(self, now: int, hold: int) -> list[Name]:
        """Targets that a craft has approached long enough which was not told yet."""
        return [
            name
            for name, group in self.groups.items()
            if any(not c.told and c.last == now >= c.since + hold for c in group.craft.values())
        ]

    def over(self, picture: Picture, lapse: int) -> list[Event]:
        """Forget who approaches no more; the last revisions of events that are over."""
        events, now = [], picture.time
        for name, group in list(self.groups.items()):
            last = max(craft.last for craft in group.craft.values())
            if group.event is None:
                group.craft = {k: c for k, c in group.craft.items() if c.last == now}
            elif now - last > lapse:
                events.append(_ended(group.event, picture, last))
                group.craft = {}
            else:
                group.craft = {k: c for k, c in group.craft.items() if c.last == now or c.told}
            if not group.craft:
                del self.groups[name]
        self._count = sum(len(group.craft) for group in self.groups.values())
        return events


def told(
    threats: Threats, name: Name, threat: Threat, picture: Picture, config: ApproachConfig
) -> Event:
    """The event about a target, new or revised, with all craft that approach it now."""
    group, now = threats.groups[name], picture.time
    rows = [row for row in range(len(threat.craft)) if threat.name(row) == name]
    rows.sort(key=lambda row: (float(threat.tcpa_s[row]), int(picture.key[threat.craft[row]])))
    keys = [int(picture.key[threat.craft[row]]) for row in rows]
    for key in keys:
        if key in group.craft and now >= group.craft[key].since + round(config.hold_s * 1e6):
            group.craft[key].told = True
    target = int(threat.target[rows[0]])
    row = int(threat.targets.row[target])
    before = group.event
    evidence = _evidence(rows, threat, picture, config, target)
    craft = {int(picture.mmsi[threat.craft[r]]) for r in rows[:_LISTED]}
    own = {int(picture.mmsi[row])} if row >= 0 else set()
    if before is not None:
        group.event = dataclasses.replace(
            before, revision=before.revision + 1, line=picture.line, evidence=evidence,
            subjects=tuple(sorted({*before.subjects, *craft})),
        )  # fmt: skip
        return group.event
    since = moment(min(c.since for c in group.craft.values() if c.last == now))
    subjects = tuple(sorted(own | craft))
    tracks = [key >> KEY_BITS for key in [*([name] if isinstance(name, int) else []), *keys]]
    zone = name if isinstance(name, str) else None
    extra = ",".join(map(str, tracks)) if any(tracks) else ""
    group.event = Event(
        id=event_id("approach", subjects, zone, since, extra), kind="approach",
        mmsi=int(picture.mmsi[row if row >= 0 else threat.craft[rows[0]]]), time=moment(now),
        lon=float(threat.targets.lon[target]), lat=float(threat.targets.lat[target]), zone=zone,
        episode=since, line=picture.line, subjects=subjects,
        evidence={**evidence, "since": iso_time(since)},
    )  # fmt: skip
    return group.event


def _evidence(
    rows: list[int], threat: Threat, picture: Picture, config: ApproachConfig, target: int
) -> dict[str, Any]:
    row = int(threat.targets.row[target])
    if row >= 0:
        what = f"{picture.mmsi[row]} ({knots(float(picture.sog[row]))})"
    else:
        zone = threat.targets.assets[-1 - int(threat.targets.key[target])]
        what = shown(zone.name, zone.id)
    here = spot(float(threat.targets.lon[target]), float(threat.targets.lat[target]))
    each = [
        f"{picture.mmsi[threat.craft[r]]} at {knots(float(picture.sog[threat.craft[r]]))}, "
        f"{distance(float(threat.metres[r]))} off, would pass at "
        f"{distance(float(threat.cpa_m[r]))} in {duration(round(threat.tcpa_s[r] * 1e6))}"
        for r in rows[:_NAMED]
    ]
    more = f"; and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    count = f"{len(rows)} craft close" if len(rows) > 1 else "a craft closes"
    needed = config.several_kn if len(rows) >= config.several else config.closing_kn
    words = (
        f"{count} on {what} at {here}: {'; '.join(each)}{more} (limits {config.cpa_nm:g} nm, "
        f"{duration(round(config.tcpa_s * 1e6))}, {knots(needed)} towards it)"
    )
    nearest = rows[0]
    return {
        "words": words, "rule": "approach by small or unidentified craft (MSC.1/Circ.1283)",
        "fixes": ([seen(picture, row)] if row >= 0 else [])
        + [seen(picture, int(threat.craft[r])) for r in rows[:_LISTED]],
        "measured": {
            "craft": len(rows), "cpa_m": round(float(threat.cpa_m[nearest])),
            "tcpa_s": round(float(threat.tcpa_s[nearest])),
            "distance_m": round(float(threat.metres[nearest])),
            "towards_kn": round(float(threat.own_kn[nearest]), 1),
        },
        "threshold": {
            "cpa_m": round(config.cpa_nm * NAUTICAL_MILE_M), "tcpa_s": config.tcpa_s,
            "towards_kn": needed,
        },
    }  # fmt: skip


def _ended(event: Event, picture: Picture, last: int) -> Event:
    end = iso_time(moment(last))
    return dataclasses.replace(
        event, revision=event.revision + 1, line=picture.line,
        evidence={
            **event.evidence, "end": end, "words": f"{event.evidence['words']}; until {end}",
        },
    )  # fmt: skip
