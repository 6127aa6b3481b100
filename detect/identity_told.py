"""What an event about an identity says: what changed, from what to what, and how often it was said.

Changes of one vessel that follow each other within an hour or so are one episode and one event: a
unit that changes its name with every report must not fill the log.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from detect.events import Event, event_id
from detect.evidence import duration, fix_json, moment
from detect.identity import form_and_flag
from detect.reports import Fix
from ingest.shiptypes import type_name
from ingest.words import iso_time, safe_text

KIND = "identity_change"
RULE = "identity change"

WHAT = ("name", "callsign", "imo", "type", "size", "imo_shared", "imo_bad", "mid")
"""What may have changed, or be wrong from the first (the last two): `what` in the evidence."""

MOST_SHOWN = 8
"""Changes of one episode that its event lists: the first, and the latest others."""

# The first few changes revise the event one by one, further ones when they have doubled in number.
_EACH = 4


class Change(NamedTuple):
    """Something that a vessel says otherwise than before, or that cannot be right.

    Attributes:
        what: one of WHAT.
        before, after: as sent; None where there was nothing.
        first, last: event times (µs) of the first and the last report that said so.
        reports: how many.
        by, other: MMSIs of two vessels that send the same IMO number.

    """

    what: str
    before: Any
    after: Any
    first: int
    last: int
    reports: int
    by: int = 0
    other: int = 0


@dataclass(slots=True)
class Episode:
    """Changes of one vessel that belong together: the event as last told; µs of the last change."""

    event: Event
    changes: list[dict[str, Any]] = field(default_factory=list)
    what: list[str] = field(default_factory=list)
    count: int = 0
    last: int = 0

    def again(self) -> bool:
        """Whether the latest change is one to revise the event for."""
        return self.count <= _EACH or self.count & (self.count - 1) == 0


def begin(
    mmsi: int, changes: list[Change], us: int, line: int, fix: Fix | None, needed: dict[str, Any]
) -> Episode:
    """A new episode, with its event.

    Args:
        mmsi: the vessel.
        changes: what one report has shown.
        us: event time of that report, µs.
        line: its line.
        fix: where the vessel was; None if it has not said.
        needed: how often, and over what time, it must be said, for the evidence.

    """
    subjects = tuple(sorted({mmsi, *(c.other for c in changes if c.other)}))
    start = moment(min(change.first for change in changes))
    event = Event(
        id=event_id(KIND, subjects, None, start, changes[0].what), kind=KIND, mmsi=mmsi,
        time=moment(us), lon=fix.lon if fix else float("nan"), lat=fix.lat if fix else float("nan"),
        zone=None, episode=start, line=line, subjects=subjects,
        evidence={"fixes": [fix_json(fix)] if fix else [], "threshold": needed, "rule": RULE},
    )  # fmt: skip
    episode = Episode(event)
    _join(episode, changes, us)
    return episode


def go_on(episode: Episode, changes: list[Change], us: int, line: int, fix: Fix | None) -> bool:
    """Add what one more report has shown; whether the event, now revised, is to be told again."""
    _join(episode, changes, us)
    if not episode.again():
        return False
    event = episode.event
    lon, lat = event.lon, event.lat
    if fix is not None and event.lon != event.lon:
        lon, lat = fix.lon, fix.lat
        event.evidence["fixes"] = [fix_json(fix)]
    episode.event = dataclasses.replace(
        event, line=line, revision=event.revision + 1, lon=lon, lat=lat
    )
    return True


def _join(episode: Episode, changes: list[Change], us: int) -> None:
    """Add changes to what the event of an episode says."""
    before = episode.event.evidence
    for change in changes:
        episode.changes.append(_shown(change))
        episode.count += 1
        if change.what not in episode.what:
            episode.what.append(change.what)
    del episode.changes[1 : max(1, len(episode.changes) - MOST_SHOWN + 1)]
    episode.last = max(episode.last, us)
    reports = min(change.reports for change in changes)
    over = min(change.last - change.first for change in changes)
    needed = before["threshold"]
    words = "; ".join(_words(change, episode.event.mmsi) for change in changes)
    words += (
        f"; in {reports} reports over {duration(over)} (limit {needed['reports']} over "
        f"{duration(round(needed['over_s'] * 1e6))})"
    )
    if episode.count > len(changes):
        words += f"; {episode.count} changes since {iso_time(episode.event.episode)}"
        if not changes[0].other and any(_returns(change, episode.changes) for change in changes):
            words += ", to and fro: two units may use this number"
    episode.event = dataclasses.replace(
        episode.event,
        evidence={
            **before, "words": words, "what": list(episode.what),
            "changes": list(episode.changes),
            "measured": {"changes": episode.count, "reports": reports, "over_s": round(over / 1e6)},
            "last": iso_time(moment(episode.last)),
        },
    )  # fmt: skip


def _returns(change: Change, shown: list[dict[str, Any]]) -> bool:
    after = _plain(change.after)
    return any(c["what"] == change.what and c["before"] == after for c in shown)


def _shown(change: Change) -> dict[str, Any]:
    shown = {
        "time": iso_time(moment(change.first)), "what": change.what,
        "before": _plain(change.before), "after": _plain(change.after),
    }  # fmt: skip
    return shown | ({"by": change.by, "other": change.other} if change.other else {})


def _plain(value: Any) -> Any:
    return safe_text(value) if isinstance(value, bytes) else value


def _words(change: Change, mmsi: int) -> str:
    before, after = _plain(change.before), _plain(change.after)
    if change.what == "name":
        return f"name changed from “{before}” to “{after}”"
    if change.what == "callsign":
        return f"call sign changed from {before} to {after}"
    if change.what == "imo":
        return f"IMO number changed from {before} to {after}"
    if change.what == "type":
        return f"type changed from {_type(before)} to {_type(after)}"
    if change.what == "size":
        return f"length changed from {before} m to {after} m"
    if change.what == "imo_bad":
        return f"IMO number {after} cannot be: its check digit fails"
    if change.what == "mid":
        return f"MMSI {mmsi:09d} was issued by no state" + (
            "" if form_and_flag(mmsi)[1] else ": its first digits are not allotted"
        )
    return f"IMO number {after} is sent by {change.by} and by {change.other}"


def _type(number: int) -> str:
    return f"{type_name(number) or 'type'} ({number})"
