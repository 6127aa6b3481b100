"""Vessels in a box out of 100,000, asked of the server while reports come in all the time.

The application is asked as its web server asks it, without a socket between: a box about a vessel,
of any size from a harbour's approach to an ocean. Before each question the picture takes in what
arrives in 50 ms, so that nothing can be kept ready from the one before.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from api.access import Access
from api.app import create_app
from api.context import Context, Status
from benchmarks.geofence import traffic
from benchmarks.row import REQUIRED, Row
from benchmarks.sea import MIDNIGHT, Sea
from geofence import library
from geofence.zoneset import ZoneSet
from ingest.columns import Array
from ingest.records import Positions, Statics
from ingest.stations import Stations
from store.database import Database
from store.picture import Picture

BENCH = "boxes"
VESSELS = 100_000
REQUIRED_MS = 20.0
QUESTIONS, _FULL_QUESTIONS = 300, 3000
_BETWEEN_S = 0.05
_PATHS = {
    "/api/v1/vessels": "a page of 100 as JSON",
    "/api/v1/picture": "all of them as columns",
    "/ogc/collections/vessels/items": "a page of 100 as GeoJSON",
}


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench, in CPU time of all threads: others on the machine count less."""
    areas = [zone.geometry for zone in library.load() if not zone.is_gate]
    sea = Sea(VESSELS, places=traffic(areas, VESSELS))
    picture = Picture()
    everybody = sea.positions(0, 200)
    picture.update(everybody, _identities(sea.mmsi))
    now = MIDNIGHT + np.timedelta64(200, "s")
    coming = sea.positions(200, 260, len(everybody))
    with Database.temporary() as database:
        stations = Stations()
        for number in range(20):
            stations.number(b"ST%02d" % number)
        context = Context(
            database, picture, lambda: ZoneSet(()), lambda: Status("live", now), stations=stations
        )  # fmt: skip
        app = create_app(context, access=Access.open())
        questions = _FULL_QUESTIONS if full else QUESTIONS
        known = len(picture)
        for path, answer in _PATHS.items():
            boxes = _boxes(picture, questions)
            taken = asyncio.run(_ask(app, path, boxes, picture, coming))
            case = f"{questions} boxes, {known:,} vessels, {answer}"
            yield Row.against(
                BENCH, case, f"GET {path}?bbox=…, p99", float(np.quantile(taken, 0.99)), "ms CPU",
                peer=REQUIRED, peer_value=REQUIRED_MS, less_is_better=True, must=1.0,
            )  # fmt: skip
            yield Row(BENCH, case, f"GET {path}?bbox=…, median", float(np.median(taken)), "ms CPU")


def _boxes(picture: Picture, count: int) -> list[str]:
    """Boxes about vessels, from 0.1 to 40 degrees wide, as a query has them."""
    random = np.random.default_rng(5)
    fleet = picture.fleet().positions
    fleet = fleet.take(np.isfinite(fleet.lon))
    rows = random.integers(0, len(fleet), count)
    half = 10 ** random.uniform(-1.3, 1.3, count)
    made = []
    for lon, lat, reach in zip(fleet.lon[rows], fleet.lat[rows], half, strict=True):
        west, east = ((lon + turn * reach + 180) % 360 - 180 for turn in (-1, 1))
        south, north = max(lat - reach / 2, -90), min(lat + reach / 2, 90)
        made.append(f"{west:.4f},{south:.4f},{east:.4f},{north:.4f}")
    return made


async def _ask(
    app: Any, path: str, boxes: list[str], picture: Picture, coming: Positions
) -> list[float]:
    """CPU milliseconds of each answer."""
    rows = round(len(coming) / 60 * _BETWEEN_S)
    taken = []
    for number, box in enumerate(boxes):
        first = number * rows % (len(coming) - rows)
        picture.update(coming.take(slice(first, first + rows)), Statics.empty())
        begun = time.process_time()
        status = await _get(app, path, f"bbox={box}")
        taken.append(1000 * (time.process_time() - begun))
        if status != 200:
            raise RuntimeError(f"{path}?bbox={box} was answered with {status}")
    return taken[len(taken) // 20 :]  # the first questions load what is loaded once


async def _get(app: Any, path: str, query: str) -> int:
    """Ask as a web server does; the status."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": query.encode(), "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    statuses: list[int] = []
    ended = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if ended.is_set():
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        elif not message.get("more_body"):
            ended.set()

    await app(scope, receive, send)
    return statuses[0]


def _identities(mmsi: Array) -> Statics:
    """What each vessel says of itself."""
    count = len(mmsi)
    return Statics.absent(
        count, mmsi=mmsi, time=np.repeat(MIDNIGHT, count), msg_type=np.full(count, 5),
        name=np.array([f"VESSEL {n}" for n in range(count)], "S34"),
        callsign=np.full(count, b"AB12", "S7"), imo=9_000_000 + np.arange(count),
        ship_type=np.resize([30, 60, 70, 80], count), line=np.arange(count),
    )  # fmt: skip
