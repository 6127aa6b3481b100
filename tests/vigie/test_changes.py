"""Changes that stand among the lines of a journal take effect at their place, however it is cut."""

from __future__ import annotations

from typing import Any

import pytest
from sentences import checksum, make_message

from geofence import library
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from ingest.control import Control
from ingest.journaled import JournalReader
from ingest.stations import Stations
from vigie.core import Core, InForce
from watch.lists import WatchList
from watch.rules import load_rules

T0 = 1_789_444_800
ONE, OTHER = "port-djjib", "port-yeade"


def in_force(*names: str) -> InForce:
    zones = ZoneSet(tuple(z for z in library.load() if z.id in names))
    return InForce(zones, load_rules(), WatchList(), Fence(zones))


@pytest.fixture(scope="module")
def plans() -> dict[str, InForce]:
    return {ONE: in_force(ONE), OTHER: in_force(OTHER)}


def place_of(name: str) -> tuple[float, float]:
    (zone,) = (z for z in library.load() if z.id == name)
    west, south, east, north = zone.geometry.bounds
    return (west + east) / 2, (south + north) / 2


def fix(second: int, mmsi: int, name: str) -> bytes:
    lon, lat = place_of(name)
    (line,) = make_message({"type": 1, "mmsi": mmsi, "lon": lon, "lat": lat, "speed": 1.0})
    tag = f"s:a,c:{(T0 + second) * 1000},t:{(T0 + second) * 1000}"
    return f"\\{tag}*{checksum(tag)}\\{line}\r\n".encode()


def change(second: int, kind: str, **body: Any) -> bytes:
    at = (T0 + second) * 1_000_000
    return Control(kind, at, body).write(at)


@pytest.mark.parametrize("chunk", [1, 97, 1 << 20])
def test_a_change_holds_from_its_line_on(plans: dict[str, InForce], chunk: int) -> None:
    data = b"".join((
        fix(0, 211_000_001, ONE), fix(1, 211_000_002, OTHER),
        change(2, "plan", name=OTHER),
        fix(3, 211_000_003, ONE), fix(4, 211_000_004, OTHER),
        change(5, "source", source="north", state="silent"),
        change(6, "somebody-else", x=1), change(6, "plan", name="nobody knows"),
        fix(7, 211_000_005, OTHER),
        change(8, "source", source="north", state="heard"),
    ))  # fmt: skip
    now = plans[ONE]
    core = Core(now.zones, now.rules, now.lists, fence=now.fence)
    core.resolve = lambda body: plans.get(body["name"])
    reader = JournalReader(Stations(), batch_rows=1)
    events = []
    for at in range(0, len(data), chunk):
        batch = reader.feed(data[at : at + chunk])
        if batch is not None:
            events += core.step(batch).events
    step = core.step(reader.finish())
    events += step.events
    assert [(e.kind, e.mmsi, e.line, e.revision) for e in events] == [
        ("zone_inside", 211_000_001, 0, 0), ("zone_inside", 211_000_004, 4, 0),
        ("source_silent", 0, 5, 0), ("zone_inside", 211_000_005, 8, 0), ("source_silent", 0, 9, 1),
    ]  # fmt: skip
    assert core.plan == {"name": "nobody knows"}
    assert core.events == {"zone_inside": 3, "source_silent": 1}
    assert core.alerts["source-silent"] == 1
    assert core.ledger.lines == 10
    again = Core.restore(core.state(), now.zones, now.rules, fence=now.fence)
    assert again.plan == core.plan
