"""The shipped zones, the shipped rules and a vessel: what an officer would be told."""

import numpy as np
import pytest

from detect.engine import Engine
from geofence import library
from geofence.fence import Fence
from geofence.zone import KINDS
from ingest.records import Messages, Positions, Statics
from watch.desk import Watch
from watch.rules import load_rules

SHIP = 636012345
PLACES = {
    "Somalia": (50.5, 5.0),
    "Gulf of Aden": (48.0, 12.85),
    "Gulf of Guinea": (4.0, 3.0),
    "Callao anchorage": (-77.2, -12.03),
}


@pytest.fixture(scope="module")
def zones():
    return library.load([kind for kind in KINDS if kind != "port"])


@pytest.fixture(scope="module")
def fence(zones):
    return Fence(zones)


def alerts(fence, zones, fixes, mmsi=SHIP, msg_type=1):
    """Alerts of one vessel from (ISO time, lon, lat) fixes, a fix a step."""
    engine, watch, found = Engine(fence), Watch(load_rules(), zones), []
    for line, (time, lon, lat) in enumerate(fixes):
        positions = Positions.absent(
            1, time=np.array([time], "datetime64[us]"), mmsi=np.array([mmsi]),
            lon=np.array([lon]), lat=np.array([lat]), sog=np.array([12.0]),
            msg_type=np.array([msg_type]), line=np.array([line]),
            watermark=np.array([time], "datetime64[us]"),
        )  # fmt: skip
        events = engine.step(positions, Statics.empty(), Messages.empty())
        found += watch.step(events, Statics.empty())
    return found


@pytest.mark.parametrize("place", PLACES)
def test_one_piracy_alert_today(fence, zones, place):
    (alert,) = alerts(fence, zones, [("2026-11-20", *PLACES[place])])
    assert alert.rule.startswith("piracy-area")
    assert alert.kind == "zone_inside"
    concerned = [zones.by_id(z["id"]) for z in alert.evidence["zones"]]
    assert concerned
    assert all(zone.has_risk("piracy") and zone.kind != "piracy-hra" for zone in concerned)


@pytest.mark.parametrize(
    ("time", "area"),
    [
        ("2015-11-30T23:59", None),
        ("2015-12-01", "hra-2015"),
        ("2019-04-30T23:59", "hra-2015"),
        ("2019-05-01", "hra-2019"),
        ("2021-08-31T23:59", "hra-2019"),
        ("2021-09-01", "hra-2021"),
        ("2022-12-31T23:59", "hra-2021"),
        ("2023-01-01", None),
        ("2026-11-20", "jwla032-indian-ocean"),
    ],
)
def test_the_former_high_risk_areas_in_their_own_years_alone(fence, zones, time, area):
    found = alerts(fence, zones, [(time, *PLACES["Somalia"])])
    assert [a.zone for a in found] == ([area] if area else [])
    assert all(a.rule.startswith("piracy-area") for a in found)


def test_the_reporting_area_alone_raises_nothing(fence, zones):
    assert alerts(fence, zones, [("2026-11-20", 65.0, 15.0)]) == []


def test_a_passage_through_overlapping_areas_is_one_alert(fence, zones):
    """From the open Arabian Sea into the listed area, the corridor, and out by the Red Sea."""
    track = [(62.0, 13.5), (59.0, 13.8), (53.5, 14.5), (52.0, 14.1), (47.0, 12.55), (44.0, 11.9),
             (43.2, 12.6), (41.5, 15.0), (39.5, 19.0)]  # fmt: skip
    start = np.datetime64("2026-11-20T00:00")
    hours = np.cumsum([0, 15, 28, 8, 25, 16, 6, 16, 24])
    fixes = [
        (str(start + h.astype("timedelta64[h]")), *p) for h, p in zip(hours, track, strict=True)
    ]
    found = alerts(fence, zones, fixes)
    assert len({a.id for a in found}) == 1
    assert [a.revision for a in found] == list(range(len(found)))
    assert (found[0].rule, found[0].priority) == ("piracy-area-entry", "warning")
    assert found[-1].state == "rectified-unacknowledged"
    named = {z["id"] for z in found[-1].evidence["zones"]}
    assert {"jwla032-indian-ocean", "irtc-envelope"} <= named


def test_a_war_area_without_pirates_is_a_war_alert(fence, zones):
    (alert,) = alerts(fence, zones, [("2026-11-20", 32.0, 45.0)])
    assert alert.rule == "war-area-inside"


def test_a_rescue_aircraft_over_the_area_is_no_piracy_matter(fence, zones):
    fix = ("2026-11-20", *PLACES["Gulf of Aden"])
    assert alerts(fence, zones, [fix], mmsi=111232512, msg_type=9) == []
