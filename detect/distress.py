"""Distress: beacons that are active, beacons under test, and safety texts.

Positions and messages arrive, events leave, at once and unfiltered:

    distress        a beacon (AIS-SART 970…, man overboard 972…, EPIRB-AIS 974…) with status 14, or
                    any status but 15, or a text that is no test; any other station with status 14,
                    which ITU-R M.1371 reserves for active beacons; a text SART, MOB or EPIRB
                    ACTIVE, or MAYDAY
    distress_test   a beacon with status 15, as M.1371 has beacons under test send it; a text that
                    says so
    safety_text     every other safety text (types 12 and 14)

A beacon sends a burst of eight messages a minute for days. That is one episode and one event; the
next event comes only after the beacon was silent for `SILENCE_S`. What a satellite heard of it
earlier and delivers later is the same distress. A distress without a position is a distress: when
the station's first position comes, the event is revised.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from detect.events import Event, event_id
from detect.identity import DEVICES, FORMS, form_and_flag, is_beacon
from ingest.columns import Array
from ingest.records import Messages, Positions
from ingest.words import iso_time, place, safe_text

# Silence, in event time, after which a station that is heard again begins a new episode. A beacon
# on the water is seldom heard in each of its minutes, and a satellite passes about once an hour.
SILENCE_S = 3600

# Reports that are older than the event by up to this are late and of the same episode: a satellite
# delivers when it passes over its ground station, hours after. A report older than that is not: a
# single false time far ahead must not silence a beacon for good.
LATE_S = 6 * 3600

# Episodes of one kind remembered at once. When invented beacons fill this, the episode heard
# longest ago is forgotten; a beacon forgotten so is raised anew, never lost.
CAPACITY = 10_000

KINDS = ("distress", "distress_test", "safety_text")

ACTIVE, UNDEFINED = 14, 15  # navigational status; ITU-R M.1371-5, table 45

_DISTRESS_TEXT = re.compile(rb"\b(?:SART|MOB|EPIRB)\W+ACTIVE\b|\bMAY ?DAY\b", re.IGNORECASE)
_BEACON_TEST = re.compile(rb"\bTEST\b", re.IGNORECASE)
# From other stations the word alone is no test: "GUNNERY TEST FIRING" is a safety text.
_OTHER_TEST = re.compile(rb"^\W*TEST\b|\b(?:SART|MOB|EPIRB)\W+TEST\b", re.IGNORECASE)


@dataclass(slots=True)
class Episode:
    """One station in one condition: its event as last emitted, and when it was last heard (µs)."""

    event: Event
    last: int


@dataclass(slots=True)
class DistressMemory:
    """What `distress` remembers between batches. Picklable and bounded.

    Attributes:
        silence_s: seconds of event time without a report after which an episode is over.
        capacity: most episodes of one kind remembered at once.
        episodes: by kind (so that a flood of texts displaces no beacon), then by station and (for
            safety texts) text; heard longest ago first.
        unlocated: stations in distress whose position is not known yet.

    """

    silence_s: int = SILENCE_S
    capacity: int = CAPACITY
    episodes: dict[str, OrderedDict[tuple[int, bytes], Episode]] = field(
        default_factory=lambda: {kind: OrderedDict() for kind in KINDS}
    )
    unlocated: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Report:
    """One report that may mean distress, from a position or a safety text."""

    mmsi: int
    kind: str | None  # None: nothing but the position of a station in distress
    time: np.datetime64
    line: int
    lon: float
    lat: float
    sog: float
    station: int
    msg_type: int
    status: int | None = None
    text: bytes = b""


def distress(positions: Positions, messages: Messages, memory: DistressMemory) -> list[Event]:
    """Distress events of one batch, in line order.

    Args:
        positions: position reports of the batch, in line order.
        messages: other messages of the batch, in line order; only types 12 and 14 matter.
        memory: what earlier batches left; changed in place.

    Returns:
        New events and revisions. How the rows were cut into batches changes nothing.

    """
    texts = np.flatnonzero(np.isin(messages.msg_type, (12, 14)) & (messages.text != b""))
    rows = _candidates(positions, messages.mmsi[texts], memory)
    if not len(rows) and not len(texts):
        return []
    reports = [*_from_positions(positions, rows), *_from_texts(messages, texts)]
    reports.sort(key=lambda report: report.line)
    events = [_judge(report, memory) for report in reports]
    return [event for event in events if event is not None]


def _candidates(positions: Positions, texting: Array, memory: DistressMemory) -> Array:
    """Rows of positions that can matter: a handful in a million, found without a loop."""
    chosen = is_beacon(positions.mmsi) | (positions.status == ACTIVE)
    wanted = memory.unlocated.union(texting.tolist())
    if wanted:
        chosen |= np.isin(positions.mmsi, np.array(sorted(wanted), np.uint32))
    return np.flatnonzero(chosen)


def _from_positions(positions: Positions, rows: Array) -> Iterator[_Report]:
    p = positions.take(rows)
    for i, beacon in enumerate(is_beacon(p.mmsi).tolist()):
        status = int(p.status[i])
        kind = "distress" if beacon or status == ACTIVE else None
        if beacon and status == UNDEFINED:
            kind = "distress_test"
        yield _Report(
            int(p.mmsi[i]), kind, p.time[i], int(p.line[i]), float(p.lon[i]), float(p.lat[i]),
            float(p.sog[i]), int(p.station[i]), int(p.msg_type[i]), status,
        )  # fmt: skip


def _from_texts(messages: Messages, rows: Array) -> Iterator[_Report]:
    m = messages.take(rows)
    for i, beacon in enumerate(is_beacon(m.mmsi).tolist()):
        yield _Report(
            int(m.mmsi[i]), text_kind(m.text[i], beacon), m.time[i], int(m.line[i]),
            math.nan, math.nan, math.nan, int(m.station[i]), int(m.msg_type[i]), text=m.text[i],
        )  # fmt: skip


def text_kind(text: bytes, beacon: bool) -> str:
    """Kind of event that a safety text is, sent by a beacon or by any other station."""
    if _DISTRESS_TEXT.search(text):
        return "distress"
    if (_BEACON_TEST if beacon else _OTHER_TEST).search(text):
        return "distress_test"
    return "distress" if beacon else "safety_text"


def _judge(report: _Report, memory: DistressMemory) -> Event | None:
    if report.kind is None:
        return _locate(report, memory)
    now = _us(report.time)
    episodes = memory.episodes[report.kind]
    _forget(now, report.kind, memory)
    key = (report.mmsi, report.text if report.kind == "safety_text" else b"")
    known = episodes.get(key)
    if known is not None and _same_episode(known, now, memory):
        episodes.move_to_end(key)
        known.last = max(known.last, now)
        return _revise(report, known, memory)
    event = _new(report, memory)
    episodes[key] = Episode(event, now)
    episodes.move_to_end(key)
    if len(episodes) > memory.capacity:
        _drop(memory, report.kind, next(iter(episodes)))
    if report.kind == "distress":
        change = memory.unlocated.discard if event.evidence["fix"] else memory.unlocated.add
        change(report.mmsi)
    return event


def _same_episode(known: Episode, now: int, memory: DistressMemory) -> bool:
    late = _us(known.event.time) - LATE_S * 1_000_000
    return late <= now <= known.last + memory.silence_s * 1_000_000


def _locate(report: _Report, memory: DistressMemory) -> Event | None:
    """The position of a station that called for help by text: its report is an ordinary one."""
    known = memory.episodes["distress"].get((report.mmsi, b""))
    if known is None or not _same_episode(known, _us(report.time), memory):
        return None
    return _revise(report, known, memory)


def _revise(report: _Report, known: Episode, memory: DistressMemory) -> Event | None:
    """The event again if this report adds the first position or the first text, else None."""
    event = known.event
    located = np.isnan(event.lon) and bool(np.isfinite(report.lon) and np.isfinite(report.lat))
    texted = bool(report.text) and "text" not in event.evidence
    if not located and not texted:
        return None
    evidence = dict(event.evidence)
    if texted:
        evidence["text"] = safe_text(report.text)
    if located:
        evidence["fix"] = _fix(report)
        if report.kind is not None:
            evidence["status"] = report.status
        memory.unlocated.discard(report.mmsi)
    lon, lat = (report.lon, report.lat) if located else (event.lon, event.lat)
    evidence["words"] = _words(event.kind, event.mmsi, lon, lat, evidence)
    known.event = dataclasses.replace(
        event, lon=lon, lat=lat, line=report.line, evidence=evidence, revision=event.revision + 1
    )
    return known.event


def _new(report: _Report, memory: DistressMemory) -> Event:
    assert report.kind is not None
    code, _ = form_and_flag(report.mmsi)
    evidence: dict[str, Any] = {
        "form": FORMS[code],
        "basis": "text" if report.text else "status",
        "msg_type": report.msg_type,
        "station": report.station,
        "fix": _fix(report),
        "silence_s": memory.silence_s,
        "rule": "distress (ITU-R M.1371-5: status 14 and 15, beacons' numbers and texts)",
    }
    if code in DEVICES:
        evidence["device"] = DEVICES[code]
    if report.status is not None:
        evidence["status"] = report.status
    if report.text:
        evidence["text"] = safe_text(report.text)
    evidence["words"] = _words(report.kind, report.mmsi, report.lon, report.lat, evidence)
    subjects = (report.mmsi,)
    # Two texts of one station in one second are two events.
    extra = report.text.hex() if report.kind == "safety_text" else ""
    return Event(
        event_id(report.kind, subjects, None, report.time, extra), report.kind, report.mmsi,
        report.time, report.lon, report.lat, None, report.time, report.line, subjects, evidence,
    )  # fmt: skip


def _words(kind: str, mmsi: int, lon: float, lat: float, evidence: dict[str, Any]) -> str:
    who = f"{evidence.get('device', 'station')} {mmsi}"
    says = f"text “{evidence['text']}”" if "text" in evidence else ""
    if kind == "safety_text":
        return f"{who} sent the safety {says}"
    if "status" in evidence:
        status = {ACTIVE: "14, active", UNDEFINED: "15, under test"}
        given = f"status {status.get(evidence['status'], evidence['status'])}"
        says = f"{given}, and {says}" if says else given
    what = "in distress" if kind == "distress" else "under test"
    return f"{who} {what} ({says}), {place(lon, lat)}"


def _fix(report: _Report) -> dict[str, Any] | None:
    if not (np.isfinite(report.lon) and np.isfinite(report.lat)):
        return None
    sog = round(report.sog, 1) if math.isfinite(report.sog) else None
    return {"time": iso_time(report.time), "lon": report.lon, "lat": report.lat, "sog": sog}


def _forget(now: int, kind: str, memory: DistressMemory) -> None:
    """Drop the episodes of which nothing late will come either, from the one heard longest ago."""
    episodes = memory.episodes[kind]
    limit = now - (memory.silence_s + LATE_S) * 1_000_000
    while episodes:
        key = next(iter(episodes))
        if episodes[key].last >= limit:
            return
        _drop(memory, kind, key)


def _drop(memory: DistressMemory, kind: str, key: tuple[int, bytes]) -> None:
    del memory.episodes[kind][key]
    if kind == "distress":
        memory.unlocated.discard(key[0])


def _us(time: np.datetime64) -> int:
    return int(time.astype("datetime64[us]").astype(np.int64))
