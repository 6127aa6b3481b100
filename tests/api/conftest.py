"""A small sea in memory: a few hundred vessels in the Gulf of Aden, zones, events and alerts."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from shapely import LineString, Polygon

from api.access import Access
from api.app import create_app
from api.context import Context, Source, Status
from detect.config import DetectConfig
from detect.events import Event, event_id
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.ledger import Ledger
from ingest.records import Messages, Positions, Statics
from ingest.stations import Stations
from store.book import Book
from store.commit import Commit
from store.database import Database
from store.fleet import Fleet
from store.picture import Picture
from store.runs import begin_run
from store.writer import Writer
from vigie.planning import Planner
from watch.alert import STATES, Alert
from watch.lists import Entry, WatchList
from watch.rules import read_rules
from watch.standing import Standing

NOW = np.datetime64("2026-09-14T06:30:00", "us")
HOSTILE = b'<img src=x onerror="window.HIT=1"><script>window.HIT=1</script>'[:34]
SEA_AREA = b"85Mv070j2d>=<e<<=PQhhg`59P00"
SART = 970_123_456


def make_zones() -> ZoneSet:
    common = {"authority": "EUNAVFOR", "source": "test", "status": "current"}
    lane = Polygon([(45, 12), (53, 14.5), (53, 14.42), (45, 11.92)])
    listed = Polygon([(43.2, 12), (43.2, 11), (58, 9), (65, 14), (60, 22), (52, 15.5), (45, 13)])
    port = Polygon([(43.1, 11.6), (43.2, 11.6), (43.15, 11.7)])
    date_line = Polygon([(179, 50), (180, 50), (180, 52), (179, 52)])
    return ZoneSet((
        Zone("irtc-westbound", "IRTC westbound lane", "corridor", lane, risk="piracy", **common),
        Zone("listed", "Listed area, Indian Ocean", "war-risk", listed, risk="both", **common),
        Zone(
            "former-hra", "Former high risk area", "piracy-hra", listed, risk="piracy",
            valid_to=np.datetime64("2023-01-01", "us"), **common,
        ),
        Zone(
            "gate-bab", "Bab-el-Mandeb gate", "gate", LineString([(43.2, 12.7), (43.4, 12.5)]),
        ),
        Zone("date-line", "Date line", "other", date_line),
        Zone("port-djibouti", "Djibouti", "port", port),
    ))  # fmt: skip


def make_fleet(vessels: int = 300) -> Fleet:
    """Two lanes of traffic, anchored vessels, one that says nothing of its place."""
    random = np.random.default_rng(7)
    mmsi = np.sort(403_000_000 + random.choice(900_000, vessels - 1, replace=False))
    mmsi = np.append(mmsi, SART).astype(np.uint32)
    along = random.uniform(0, 1, vessels)
    west = random.random(vessels) < 0.5
    lon = 45 + 8 * along
    lat = np.where(west, 11.96, 11.84) + 2.5 * along + random.normal(0, 0.03, vessels)
    cog = np.where(west, 252.0, 72.0) + random.normal(0, 2, vessels)
    sog = np.round(np.clip(random.normal(13, 3, vessels), 0, 24), 1)
    still = random.random(vessels) < 0.1
    lon[still], lat[still] = 43.15 + random.normal(0, 0.05, still.sum()), 11.65
    sog[still] = 0.0
    lon[0], lat[0] = np.nan, np.nan
    lon[1], lat[1] = 179.9, 51.0
    age = random.integers(1, 300, vessels)
    age[2] = 3600
    types = np.where(random.random(vessels) < 0.2, 18, 1)
    status = np.where(still, 1, 0)
    status[-1] = 14
    types[-1] = 1
    positions = Positions.absent(
        vessels, time=NOW - age * np.timedelta64(1, "s"), mmsi=mmsi, msg_type=types,
        lon=np.round(lon * 600_000) / 600_000, lat=np.round(lat * 600_000) / 600_000,
        sog=sog, cog=np.round(cog, 1) % 360, heading=np.round(cog) % 360, status=status,
        flags=np.ones(vessels, int), station=np.where(west, 1, 2), line=np.arange(vessels),
    )  # fmt: skip
    names = np.array([f"VESSEL {i}".encode() for i in range(vessels)], "S34")
    names[3] = HOSTILE
    names[4] = b""
    statics = Statics.absent(
        vessels, time=NOW - age * np.timedelta64(1, "s"), mmsi=mmsi, name=names,
        msg_type=np.full(vessels, 5), ship_type=random.choice([30, 70, 80, 60], vessels),
        imo=9_000_000 + np.arange(vessels), to_bow=np.full(vessels, 150),
        to_stern=np.full(vessels, 30), to_port=np.full(vessels, 14),
        to_starboard=np.full(vessels, 16), draught=np.full(vessels, 9.4),
        destination=np.full(vessels, b"SINGAPORE", "S20"), callsign=np.full(vessels, b"AB12", "S7"),
        eta_month=np.full(vessels, 9), eta_day=np.full(vessels, 20),
        eta_hour=np.full(vessels, 6), eta_minute=np.full(vessels, 30), line=np.arange(vessels),
    )  # fmt: skip
    return Fleet(positions, statics, positions.time, positions.time - np.timedelta64(3, "h"))


def make_track(fleet: Fleet, row: int, points: int = 360) -> Positions:
    """Twelve hours up to the vessel's newest fix, every two minutes along its course."""
    here = fleet.positions.take(slice(row, row + 1))
    minutes = 2.0 * np.arange(points - 1, -1, -1)
    miles = here.sog[0] * minutes / 60
    course = np.radians(float(here.cog[0]))
    lat = here.lat[0] - miles * np.cos(course) / 60
    lon = here.lon[0] - miles * np.sin(course) / 60 / np.cos(np.radians(12))
    return Positions.absent(
        points, time=here.time[0] - (minutes * 60e6).astype("timedelta64[us]"),
        mmsi=np.repeat(here.mmsi, points), msg_type=np.full(points, 1), lon=lon, lat=lat,
        sog=np.repeat(here.sog, points), cog=np.repeat(here.cog, points),
        heading=np.repeat(here.heading, points), station=np.ones(points, int),
        line=np.arange(points),
    )  # fmt: skip


def make_alerts(fleet: Fleet) -> tuple[list[Event], list[list[Alert]]]:
    events, logs = [], []
    kinds = [("alarm", "piracy-area", "zone_enter")] * 3 + [
        ("warning", "war-area", "zone_inside")
    ] * 9
    kinds += [("caution", "gate", "gate_passage")] * 14 + [("emergency", "distress", "distress")]
    for i, (priority, rule, kind) in enumerate(kinds):
        row = len(fleet) - 1 if kind == "distress" else 10 + i
        vessel = fleet.take(slice(row, row + 1))
        mmsi, lon, lat = (
            int(vessel.statics.mmsi[0]),
            *map(float, (vessel.positions.lon[0], vessel.positions.lat[0])),
        )
        time = NOW - np.timedelta64(7 * i + 5, "m")
        zone = None if kind == "distress" else "listed"
        name = vessel.statics.name[0].decode()
        words = f"{name} was heard inside Listed area, 13.2 kn on course 252°"
        evidence = {"words": words, "fix": {"time": "2026-09-14T06:00:00Z", "lon": lon, "lat": lat}}
        event = Event(
            event_id(kind, (mmsi,), zone, time), kind, mmsi, time, lon, lat, zone, time, i, (mmsi,),
            evidence,
        )  # fmt: skip
        alert = Alert(
            event_id(rule, (mmsi,), zone, time), rule, priority, STATES[0], kind, mmsi, (mmsi,),
            zone, time, time, lon, lat,
            "AIS-SART active" if kind == "distress" else f"{name} in piracy-risk waters",
            "Call the vessel on VHF 16 and tell the reporting centre.", (event.id,), evidence, i,
        )  # fmt: skip
        log = [alert]
        if i % 5 == 4:
            log.append(dataclasses.replace(alert, state="normal", revision=1, updated=NOW))
        events.append(event)
        logs.append(log)
    return events, logs


def make_messages(mmsi: int) -> Messages:
    """Binary messages and a safety text; the newest is cut short."""
    payloads = [SEA_AREA, b">5?Per18=HB1U:1@E=B0m<L", b"8"]
    return Messages.absent(
        3, time=NOW - np.arange(3, 0, -1) * np.timedelta64(60, "s"), mmsi=np.full(3, mmsi),
        msg_type=np.array([8, 14, 8]), payload=np.array(payloads, object),
        fill=np.array([0, 2, 0]), text=np.array([b"", b"RCVD YR TEST MSG", b""], object),
        line=np.arange(3),
    )  # fmt: skip


def make_context(vessels: int = 300) -> Context:
    fleet = make_fleet(vessels)
    placed = np.flatnonzero(np.isfinite(fleet.positions.lon))[:60]
    messages = make_messages(int(fleet.statics.mmsi[5]))
    events, logs = make_alerts(fleet)
    picture = Picture()
    picture.update(fleet.positions, fleet.statics, messages)
    database = Database.temporary()
    run = begin_run(database, [], {})
    tracks = [make_track(fleet, row) for row in placed]
    tracks.append(fleet.positions.take(np.setdiff1d(np.arange(vessels), placed)))
    Writer(database).commit(
        Commit(
            run.number, 1000, Positions.concat(tracks), fleet.statics, messages, events=events,
            alerts=[alert for log in logs for alert in log],
        )
    )  # fmt: skip
    ledger = Ledger(lines=120_000, used=118_900, messages=110_000, stored=92_000, duplicates=17_990)
    ledger.ignored["comment"] = 300
    ledger.rejected["checksum"] = 800
    ledger.dropped["type_0"] = 10
    stations = Stations()
    stations.number(b"ADEN")
    stations.number(b"DJIBOUTI")
    zones = make_zones()
    status = Status(
        "replay", NOW, "gulf-of-aden.nmea.gz", 10.0, False, ledger,
        (Source("gulf-of-aden.nmea.gz", "reading", 120_000, NOW, 0.4),), "TAG blocks",
    )  # fmt: skip
    listed = WatchList((Entry(mmsi=int(fleet.statics.mmsi[5]), note="of interest", on="wanted"),))
    planner = Planner(Standing(read_rules(), zones, listed), DetectConfig(), Book())

    async def taken(body: dict[str, Any]) -> None:
        assert planner.known.resolve(body) is planner.now

    planner.put = taken
    return Context(
        database, picture, lambda: planner.standing.zones, lambda: status, stations=stations,
        watch_list=lambda: planner.standing.lists, planning=planner,
    )  # fmt: skip


@pytest.fixture(scope="session")
def context() -> Iterator[Context]:
    made = make_context()
    yield made
    assert isinstance(made.database, Database)
    made.database.close()


@pytest.fixture
def own_context() -> Iterator[Context]:
    """A small sea that a test may change."""
    made = make_context(60)
    yield made
    assert isinstance(made.database, Database)
    made.database.close()


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(
        create_app(context, access=Access.open()), raise_app_exceptions=False
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client
