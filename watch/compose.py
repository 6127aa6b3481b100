"""What an alert says: the line for the queue, and the evidence in values and in words."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from detect.events import Event, event_id
from geofence.zone import Zone
from ingest.words import iso_time, place, safe_text
from watch.alert import Alert
from watch.lists import WatchList
from watch.rules import Rule
from watch.situation import Situation
from watch.vessel import Vessel

_Named = tuple[str, Zone | None, bool]  # id of a zone, the zone, whether the vessel is in it now

_VERBS = {
    "zone_enter": "entered",
    "zone_inside": "inside",
    "zone_dwell": "stays in",
    "zone_exit": "left",
    "zone_cross": "crossed",
    "gate_passage": "passed",
    "port_stop": "stopped in",
    "port_call": "called at",
    "port_disruption": "disrupted at",
    "approach": "closing on",
    "loitering": "in",
    "speed_over": "in",
    "wrong_way": "in",
    "fishing": "in",
    "safety_zone": "in",
    "cable_threat": "over",
}

MAX_TITLE, MAX_WORDS = 200, 2000


def alert(
    situation: Situation,
    vessel: Vessel,
    zone_of: Callable[[str], Zone | None],
    lists: WatchList,
    line: int,
) -> Alert:
    """The alert of a situation as things stand: its first form, or the next revision.

    Args:
        situation: with the rule that applies and what is in it.
        vessel: as known now.
        zone_of: the zone of an id, None if it is not loaded any more.
        lists: the watch lists.
        line: the line whose processing makes this revision.

    """  # fmt: skip
    rule, before = situation.rule, situation.alert
    assert rule is not None
    if not situation.events:
        assert before is not None
        return dataclasses.replace(
            before, state=situation.state, updated=situation.updated, line=line,
            revision=before.revision + 1,
        )  # fmt: skip
    events = list(situation.events.values())
    named = dict.fromkeys(event.zone for event in events if event.zone is not None)
    zones = [(name, zone_of(name), name in situation.inside) for name in named]
    lead = events[0]
    shown: dict[str, Any] = {
        "title": _title(rule, vessel, lead, zones),
        "updated": situation.updated,
        "events": tuple(situation.events),
        "evidence": _evidence(situation, rule, vessel, zones, lists),
        "line": line,
    }
    if before is None:
        return Alert(
            id=_alert_id(rule, lead), rule=rule.id, priority=rule.priority,
            state="active-unacknowledged", kind=lead.kind, mmsi=lead.mmsi, subjects=lead.subjects,
            zone=lead.zone, time=lead.time, lon=lead.lon, lat=lead.lat,
            instruction=rule.instruction, **shown,
        )  # fmt: skip
    if math.isnan(before.lon):
        shown |= {"lon": lead.lon, "lat": lead.lat}
    return dataclasses.replace(before, state=situation.state, revision=before.revision + 1, **shown)


def _alert_id(rule: Rule, lead: Event) -> str:
    """An id that no later revision changes: from the rule and the event that raised the alert."""
    return event_id(
        f"alert:{rule.id}", lead.subjects, rule.situation, lead.episode, f"{lead.kind}|{lead.id}"
    )


def _title(rule: Rule, vessel: Vessel, lead: Event, zones: list[_Named]) -> str:
    """One line for the queue."""
    # What concerns no vessel says what it concerns: a station, an area.
    text = f"{rule.title}: {vessel.label if lead.subjects else lead.evidence.get('subject', '')}"
    others = [str(mmsi) for mmsi in lead.subjects if mmsi != lead.mmsi]
    if others:
        left = f" and {len(others) - 2} more" if len(others) > 3 else ""
        text += f" and {', '.join(others[: 2 if left else 3])}{left}"
    if lead.zone is not None:
        name, zone, _ = zones[0]
        text += f" {_VERBS.get(lead.kind, lead.kind)} {zone.name if zone else name}"
        if "direction" in lead.evidence:
            text += f", {lead.evidence['direction']}"
        if len(zones) > 1:
            more = len(zones) - 1
            text += f" and {more} more zone{'s' if more > 1 else ''}"
    else:
        if "text" in lead.evidence:
            text += f" “{lead.evidence['text']}”"
        if lead.kind != "safety_text":
            text += f", {place(lead.lon, lead.lat)}"
    return safe_text(text, MAX_TITLE)


def _evidence(
    situation: Situation, rule: Rule, vessel: Vessel, zones: list[_Named], lists: WatchList
) -> dict[str, Any]:
    """Everything that made the alert, as plain JSON values."""
    events = list(situation.events.values())
    shown: dict[str, Any] = {
        "words": " ".join(filter(None, (_words(vessel, events, zones), situation.note))),
        "vessel": vessel.as_evidence(),
        "events": [_event(event) for event in events],
        "zones": [_zone(*zone) for zone in zones],
        "rule": {
            "title": rule.title, "author": rule.author, "review": rule.review.isoformat(),
            "source": rule.source,
        },
    }  # fmt: skip
    listed = lists.find(vessel)
    if listed is not None:
        entry, by = listed
        shown["listed"] = {
            "by": by, "name": safe_text(entry.name), "note": safe_text(entry.note),
            "source": entry.source,
        }  # fmt: skip
    if situation.left_out:
        shown["events_left_out"] = situation.left_out
    return shown


def _words(vessel: Vessel, events: list[Event], zones: list[_Named]) -> str:
    """A few sentences: who, what happened first and last, where the vessel is now."""
    first, last = events[0], events[-1]
    text = f"{first.evidence.get('words') or _plain(first)}."
    if first.zone is not None or vessel.name:
        known = vessel.as_evidence()
        who = [vessel.label, known.get("type", "")]
        who += [f"{vessel.length} m"] if vessel.length else []
        who += [f"flag {vessel.flag}"] if vessel.flag else []
        text = f"{', '.join(filter(None, who))}: {text}"
    if last.time != first.time:
        text += f" Last: {last.evidence.get('words') or _plain(last)}, {iso_time(last.time)}."
    now_in = [zone.name if zone else name for name, zone, inside in zones if inside]
    if len(now_in) > 1:
        text += f" Now in: {'; '.join(now_in)}."
    return safe_text(text, MAX_WORDS)


def _plain(event: Event) -> str:
    return (
        f"{_VERBS.get(event.kind, event.kind)} {event.zone or ''} at {place(event.lon, event.lat)}"
    )


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id, "kind": event.kind, "time": iso_time(event.time), "zone": event.zone,
        "lon": event.lon if event.lon == event.lon else None,
        "lat": event.lat if event.lat == event.lat else None,
        "revision": event.revision, "evidence": event.evidence,
    }  # fmt: skip


def _zone(name: str, zone: Zone | None, inside: bool) -> dict[str, Any]:
    if zone is None:
        return {"id": name, "inside": inside}
    return {
        "id": name, "name": safe_text(zone.name), "kind": zone.kind, "risk": zone.risk,
        "authority": safe_text(zone.authority), "status": safe_text(zone.status), "inside": inside,
    }  # fmt: skip
