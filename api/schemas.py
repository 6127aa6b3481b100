"""The shapes of answers, for the OpenAPI document; fields that are columns come from the table."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.plain import model_of
from detect.events import KINDS as EVENT_KINDS
from ingest.records import Messages, Positions, Statics
from watch.actions import ACTIONS, DISPOSITIONS
from watch.alert import PRIORITIES, STATES
from watch.log import TOLD

Time = datetime.datetime

FIX = ("time", "lon", "lat", "sog", "cog", "heading", "rot", "status", "altitude", "msg_type")
IDENTITY = (
    "name", "callsign", "imo", "ship_type", "aid_type", "to_bow", "to_stern", "to_port",
    "to_starboard", "draught", "destination", "eta_month", "eta_day", "eta_hour", "eta_minute",
    "mothership", "vendor",
)  # fmt: skip
HISTORY = ("time", "msg_type", "part", *IDENTITY)
MESSAGE = ("time", "mmsi", "msg_type", "payload", "fill", "text")

_STATION = (str | None, Field(description="station that heard it first"))
_FLAGS = (list[str], Field(description="what a reader should know of this report"))

Fix = model_of(
    "Fix", "One position report.", Positions, FIX,
    status_name=(str | None, Field(description="navigational status in words")),
    age_s=(float, Field(description="event time now less the time of the report (s)")),
    station=_STATION, flags=_FLAGS,
)  # fmt: skip
Identity = model_of(
    "Identity", "What a station says of itself, the newest of each.", Statics, IDENTITY,
    type_name=(str | None, Field(description="type of ship, or of aid, in words")),
    length=(int | None, Field(description="length over all (m)")),
    beam=(int | None, Field(description="beam (m)")),
    eta=(str | None, Field(description="ETA as `MM-DD hh:mm` UTC; the year is never sent")),
)  # fmt: skip
StaticReport = model_of(
    "StaticReport", "One static report as it was sent.", Statics, HISTORY, station=_STATION
)
Message = model_of(
    "Message", "One message that is neither position nor static.", Messages, MESSAGE,
    station=_STATION,
    decoded=(dict[str, Any], Field(description="fields of the payload, or `error`")),
)  # fmt: skip


class Vessel(BaseModel):
    """A vessel, aid or other station with its newest fix."""

    mmsi: int = Field(description="MMSI exactly as sent", examples=[403000001])
    form: str = Field(description="what the form of the MMSI says it is", examples=["vessel"])
    flag: str | None = Field(description="ISO 3166-1 code of the state that issued the MMSI")
    heard: Time | None = Field(description="event time of its newest report of any kind")
    identity: Identity  # type: ignore[valid-type]
    fix: Fix | None = Field(description="newest position report")  # type: ignore[valid-type]


class VesselDetail(Vessel):
    """A vessel with its static reports, newest first."""

    first_heard: Time | None = Field(description="event time of its first report")
    history: list[StaticReport] = Field(  # type: ignore[valid-type]
        description="distinct static reports, newest first: identity changes show here"
    )


class Identities(BaseModel):
    """Who a station said it was, from the first time it was heard."""

    mmsi: int
    form: str = Field(description="what the form of the MMSI says it is", examples=["vessel"])
    flag: str | None = Field(description="ISO 3166-1 code of the state that issued the MMSI")
    first_heard: Time = Field(description="event time of its first report")
    last_heard: Time = Field(description="event time of its last report of any kind")
    reports: list[StaticReport] = Field(  # type: ignore[valid-type]
        description="static reports that give another name, call sign, IMO number, type or size"
        " than the one of that type before, newest first"
    )


class Page(BaseModel):
    """A page of a longer list."""

    next: str | None = Field(description="`after` for the next page; null on the last one")


class VesselPage(Page):
    """Vessels in order of MMSI."""

    time: Time | None = Field(description="event time that freshness is counted from")
    vessels: list[Vessel]


class MessagePage(Page):
    """Messages of one vessel, newest first."""

    messages: list[Message]  # type: ignore[valid-type]


class Event(BaseModel):
    """Something that happened, with the evidence that shows it."""

    id: str = Field(description="16 hex digits, the same in any run", examples=["9f3c0a51b2d47e68"])
    kind: Literal[EVENT_KINDS]  # type: ignore[valid-type]
    mmsi: int
    subjects: list[int] = Field(description="all MMSIs concerned")
    time: Time = Field(description="event time at which it became true")
    lon: float | None
    lat: float | None
    zone: str | None = Field(description="id of the zone")
    episode: Time = Field(description="when the episode began that it belongs to")
    evidence: dict[str, Any] = Field(description="what shows it; `words` is one sentence")
    revision: int = Field(description="0 at first; a higher one replaces a lower")
    withdrawn: bool = Field(description="late data proved it wrong")


class EventPage(Page):
    """Events, newest first."""

    events: list[Event]


class Alert(BaseModel):
    """One situation that an officer should know of."""

    id: str = Field(description="16 hex digits, the same in any run", examples=["5b1e77c09a3df642"])
    rule: str = Field(description="id of the rule that raised it")
    priority: Literal[PRIORITIES]  # type: ignore[valid-type]
    state: Literal[STATES]  # type: ignore[valid-type]
    kind: str = Field(description="kind of the event that raised it")
    mmsi: int
    subjects: list[int] = Field(description="all MMSIs concerned")
    zone: str | None = Field(description="id of the zone that raised it")
    time: Time = Field(description="event time at which the situation began")
    updated: Time = Field(description="event time of the last change")
    lon: float | None
    lat: float | None
    title: str
    instruction: str = Field(description="what the rule's author wants done")
    events: list[str] = Field(description="ids of the events in it, oldest first")
    evidence: dict[str, Any] = Field(description="what shows it; `words` is for people")
    revision: int
    exercise: bool = Field(description="raised in a drill")
    owner: str | None = Field(description="who has taken it, or was handed it")
    acknowledged_by: str | None = Field(description="who acknowledged it as it stands")
    acknowledged_until: Time | None = Field(
        description="event time until which nothing of this vessel and rule rings; null where it"
        " was not acknowledged for a time"
    )
    silenced_until: Time | None = Field(description="until when it is silent, at the desk")
    escalated: int = Field(description="how often it was told anew, acknowledged by nobody")
    disposition: Literal[DISPOSITIONS] | None = Field(  # type: ignore[valid-type]
        description="what it was closed as"
    )
    comments: int = Field(description="texts that people wrote to it; its log has them")
    changed_by: str | None = Field(description="who did something about it last")
    changed: Time | None = Field(description="when, at the desk")


class AlertPage(Page):
    """Alerts, newest first."""

    stream: str = Field(description="`after` for the stream, to go on from this list")
    alerts: list[Alert]


class AlertDetail(Alert):
    """An alert with all its revisions."""

    log: list[Alert] = Field(description="every revision, oldest first")


class LogEntry(BaseModel):
    """One thing that was done about an alert."""

    model_config = ConfigDict(populate_by_name=True)

    revision: int = Field(description="of the alert, that it made")
    at: Time = Field(
        description="when, UTC: the time at the desk; of what the data brought about, event time"
    )
    time: Time = Field(description="event time when it took effect")
    actor: str = Field(description="who; `watch` is the watch itself", examples=["j.diaz"])
    role: str | None
    from_: str | None = Field(alias="from", description="address it was done from")
    action: Literal[(*ACTIONS, *TOLD)] = Field(  # type: ignore[valid-type]
        description=f"of people: {', '.join(ACTIONS)}; of the watch itself: {', '.join(TOLD)}"
    )
    text: str | None = Field(description="what was written")
    to: str | None = Field(description="whom it was transferred to")
    disposition: str | None = Field(description="what it was closed as")
    until: Time | None = Field(description="how long it holds")
    state: Literal[STATES] = Field(description="afterwards")  # type: ignore[valid-type]


class AlertLog(BaseModel):
    """What was done about an alert, oldest first."""

    entries: list[LogEntry]


class NotDone(BaseModel):
    """An alert that was not changed."""

    id: str
    why: str = Field(description="how it stands, who did that, and what can be done")


class Handled(BaseModel):
    """What became of an action on several alerts."""

    done: list[Alert] = Field(description="as they stand now")
    refused: list[NotDone]


class Health(BaseModel):
    """Whether the watch is well."""

    status: Literal["ok", "degraded"]
    mode: Literal["live", "replay", "exercise"]
    recording: str | None
    speed: float | None = Field(description="event seconds a second; null for full speed")
    finished: bool = Field(description="the replay is over; `faults` say if by one")
    event_time: Time | None = Field(description="greatest event time so far")
    time_basis: str = Field(description="where event times come from")
    vessels: int = Field(description="vessels in the picture")
    zones: int
    faults: list[str] = Field(description="what is wrong, in words")
    remarks: list[str] = Field(
        description="what should be known of what is shown, in words: that a recording was cut"
        " off, or judged by other rules"
    )


class LedgerReport(BaseModel):
    """What became of every line and message."""

    lines: int
    used: int
    ignored: dict[str, int] = Field(description="not AIS, by reason")
    rejected: dict[str, int] = Field(description="not a sound sentence, by reason")
    waiting: int = Field(description="lines whose other parts may still come")
    messages: int
    stored: int
    duplicates: int
    dropped: dict[str, int] = Field(description="sound sentences without meaning, by reason")
    balanced: bool = Field(
        description="lines = used + ignored + rejected + waiting, "
        "and messages = stored + duplicates + dropped"
    )


class SourceReport(BaseModel):
    """One recording or feed."""

    name: str
    state: str
    lines: int
    last: Time | None = Field(description="event time of its newest line")
    share: float | None = Field(description="part of a recording already read, 0 to 1")
    feed: dict[str, Any] | None = Field(
        description="how a live feed fares: `kind`, `links`, `rate` (lines a second over a minute),"
        " `lag_s` (receive time less event time), `bytes`, `accepted`, `ignored` and `unsound`"
        " lines by reason, `echoes` (our own lines that came back), `errors`, `last_error`,"
        " `last_heard`, `station`, `lon`, `lat`, `priority`; null for a recording"
    )


class Sources(BaseModel):
    """What is being read, and which stations were heard."""

    sources: list[SourceReport]
    stations: list[str] = Field(description="names of stations, in order of first appearance")


class Geometry(BaseModel):
    """A GeoJSON geometry (RFC 7946)."""

    type: str
    coordinates: list[Any]


class Feature(BaseModel):
    """A GeoJSON feature."""

    type: Literal["Feature"]
    id: str | int
    geometry: Geometry
    properties: dict[str, Any]


class ZonePage(Page):
    """Zones as a GeoJSON feature collection, in order of id."""

    type: Literal["FeatureCollection"]
    version: str = Field(description="changes when any zone does")
    features: list[Feature]


class Names(BaseModel):
    """Names by MMSI, of those that have sent one."""

    names: dict[str, str]
