"""Sources that fall silent: one event and one alert for each, until it is heard again.

The journal says when a source fell silent and when it was heard again (`ingest.control`), so a
replay tells the same at the same places. A dead source looks like an empty sea.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from detect.events import Event, event_id
from ingest.control import Control
from ingest.words import iso_time, safe_text
from watch.alert import Alert
from watch.rules import Rule

KIND = "source_silent"

_STATES = {
    "silent": "Nothing has come from source {name} since {since}",
    "failed": "Source {name} has given up: {error}",
}  # fmt: skip
_MOST = 1000  # names are configured, but a journal may come from anywhere


class SourceWatch:
    """Sources that are silent now. Picklable."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Event, Alert | None]] = {}

    def take(self, control: Control, rules: Sequence[Rule]) -> tuple[list[Event], list[Alert]]:
        """What a change of kind "source" gives rise to.

        Args:
            control: its body has `source`, `state` ("silent", "failed" or "heard"), and may have
                `since` (µs since 1970), `error`, `lon` and `lat`.
            rules: the rules in force; the first about this kind of event raises the alert.
        """
        name = safe_text(str(control.body.get("source", "")), 40)
        state = control.body.get("state")
        if not name:
            return [], []
        if state in _STATES and name not in self._open and len(self._open) < _MOST:
            event = _silent(name, str(state), control)
            alert = _alert(event, name, rules)
            self._open[name] = event, alert
            return [event], [alert] if alert else []
        if state == "heard" and name in self._open:
            event, alert = self._open.pop(name)
            now = _instant(control.time)
            words = f"{event.evidence['words']}; heard again at {iso_time(now)}"
            evidence = {**event.evidence, "words": words, "heard": iso_time(now)}
            over = replace(event, evidence=evidence, line=control.line, revision=1)
            if alert is None:
                return [over], []
            return [over], [
                replace(
                    alert, state="rectified-unacknowledged", updated=now, evidence=evidence,
                    line=control.line, revision=1,
                )
            ]  # fmt: skip
        return [], []


def _silent(name: str, state: str, control: Control) -> Event:
    time = _instant(control.time)
    since = control.body.get("since")
    began = _instant(since) if isinstance(since, int) and 0 <= since < 1 << 53 else time
    error = safe_text(str(control.body.get("error", "")))
    words = _STATES[state].format(
        name=name, since=iso_time(began), error=error or "no reason given"
    )
    evidence = {"source": name, "state": state, "since": iso_time(began), "words": words}
    if error:
        evidence["error"] = error
    lon, lat = (_degrees(control.body.get(k), most) for k, most in (("lon", 180), ("lat", 90)))
    return Event(
        id=event_id(KIND, (), None, time, name), kind=KIND, mmsi=0, time=time, lon=lon, lat=lat,
        zone=None, episode=time, line=control.line, subjects=(), evidence=evidence,
    )  # fmt: skip


def _alert(event: Event, name: str, rules: Sequence[Rule]) -> Alert | None:
    for rule in rules:
        if rule.enabled and KIND in rule.event:
            return Alert(
                id=event_id(f"alert|{rule.id}", (), None, event.time, name), rule=rule.id,
                priority=rule.priority, state="active-unacknowledged", kind=KIND, mmsi=0,
                subjects=(), zone=None, time=event.time, updated=event.time, lon=event.lon,
                lat=event.lat, title=f"{rule.title}: {name}", instruction=rule.instruction,
                events=(event.id,), evidence=dict(event.evidence), line=event.line,
            )  # fmt: skip
    return None


def _instant(us: int) -> np.datetime64:
    return np.datetime64(us, "us")


def _degrees(value: object, most: float) -> float:
    return float(value) if isinstance(value, int | float) and abs(value) <= most else float("nan")
