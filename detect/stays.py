"""The events of one stay of a vessel in a zone: entered or inside, dwelt, left.

All events of a stay share its episode, the time of the first fix in the zone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from detect.events import Event, event_id
from detect.evidence import duration, fix_json, moment, shown, where
from detect.fixes import Fix
from geofence.zone import Zone


class Scene(NamedTuple):
    """One fix of a vessel and a zone.

    Attributes:
        mmsi: the vessel.
        zone: the zone.
        fix: the fix that decides.
        before: the vessel's fix before it, None where that is the first.
        line: the line whose processing brought the fix.

    """

    mmsi: int
    zone: Zone
    fix: Fix
    before: Fix | None
    line: int

    @property
    def name(self) -> str:
        """The zone's name, safe to show."""
        return shown(self.zone.name, self.zone.id)


def entered(scene: Scene) -> Event:
    """The vessel was outside and is inside."""
    before = ""
    if scene.before is not None:
        before = f"; last outside {duration(scene.fix.time - scene.before.time)} before"
    words = f"entered {scene.name} at {where(scene.fix)}{before}"
    return _event("zone_enter", scene, scene.fix.time, words)


def inside(scene: Scene) -> Event:
    """The vessel was inside already when first heard, or when the zone came into force."""
    if scene.before is None:
        first, why = "when first heard, at", "first fix"
    else:
        first, why = "when it came into force; the vessel was at", "zone came into force"
    words = f"inside {scene.name} {first} {where(scene.fix)}"
    return _event("zone_inside", scene, scene.fix.time, words, reason=why)


def dwelt(scene: Scene, since: int) -> Event:
    """The vessel has been inside for as long as the zone's limit."""
    limit = scene.zone.dwell_s or 0.0
    words = (
        f"inside {scene.name} for {duration(scene.fix.time - since)} "
        f"(limit {duration(round(limit * 1e6))}), at {where(scene.fix)}"
    )
    return _event(
        "zone_dwell", scene, since, words, dwell_s=limit, inside_s=_inside_s(scene, since)
    )


def left(scene: Scene, since: int, because: str = "") -> Event:
    """The vessel is outside by more than the exit buffer; or the zone is no more, `because`."""
    stayed = f"inside for {duration(scene.fix.time - since)}"
    buffer = scene.zone.exit_buffer_m
    if because:
        words = (
            f"no longer in {scene.name}: {because}; the vessel was at {where(scene.fix)}; {stayed}"
        )
    else:
        by = f", more than {buffer:.0f} m outside" if buffer > 0 else ""
        words = f"left {scene.name}{by}, at {where(scene.fix)}; {stayed}"
    more: dict[str, Any] = {"reason": because} if because else {}
    return _event(
        "zone_exit", scene, since, words,
        inside_s=_inside_s(scene, since), exit_buffer_m=buffer, **more,
    )  # fmt: skip


def _inside_s(scene: Scene, since: int) -> float:
    return (scene.fix.time - since) / 1e6


def _event(kind: str, scene: Scene, since: int, words: str, **more: Any) -> Event:
    episode, subjects = moment(since), (scene.mmsi,)
    return Event(
        id=event_id(kind, subjects, scene.zone.id, episode),
        kind=kind, mmsi=scene.mmsi, time=moment(scene.fix.time), lon=scene.fix.lon,
        lat=scene.fix.lat, zone=scene.zone.id, episode=episode, line=scene.line, subjects=subjects,
        evidence={
            "words": words, "zone": scene.name, "fix": fix_json(scene.fix),
            "before": fix_json(scene.before), **more,
        },
    )  # fmt: skip
