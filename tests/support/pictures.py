"""Pictures of a sea with a few vessels, and what detectors of pairs say to one after the other."""

from dataclasses import dataclass, field

import numpy as np

from detect.anchorages import Learnt
from detect.around import Around
from detect.config import DetectConfig
from detect.pairs.cpa import moved
from detect.picture import KEY_BITS, UNDER_WAY, Picture
from geofence.circle import circles
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet

START = int(np.datetime64("2026-03-01T00:00:00", "us").astype(np.int64))
SECOND = 1_000_000

HERE = (-30.0, 20.0)
"""The middle of an ocean, far from any shore and port."""

PORT = Zone(
    "port-x", "Port X", "port", circles([-31.0], [20.0], [3000.0])[0], radius_m=3000.0,
    centres=((-31.0, 20.0),),
)  # fmt: skip
PIRATES = Zone("gulf", "Gulf", "hotspot", circles([-29.0], [20.0], [20_000.0])[0], risk="piracy")

_DEFAULT = {
    "lon": (np.float64, HERE[0]), "lat": (np.float64, HERE[1]), "sog": (np.float32, 0.0),
    "cog": (np.float32, 0.0), "heading": (np.float32, np.nan), "status": (np.uint8, 0),
    "age_s": (np.float32, 5.0), "ship_type": (np.uint8, 70), "length": (np.uint16, 100),
    "beam": (np.uint16, 20), "unit": (np.uint8, 1), "motion": (np.uint8, UNDER_WAY),
}  # fmt: skip


@dataclass
class Scene:
    """What detectors ask beside the picture."""

    config: DetectConfig = field(default_factory=DetectConfig)
    zones: tuple = (PORT,)
    listed: tuple = ()
    learnt: Learnt = field(default_factory=Learnt)
    heard: dict = field(default_factory=dict)
    """What comes late: by MMSI and second of the tick, seconds of the reports."""
    now: int = 0

    def __post_init__(self):
        self.fence = Fence(ZoneSet(self.zones))
        self.around = Around(self.fence)

    def protected(self, mmsi):
        return np.isin(mmsi, self.listed)

    def by_anchorage(self, lon, lat, metres):
        return self.learnt.near(lon, lat, metres, 2**62)

    def times(self, mmsi):
        return [START + t * SECOND for t in self.heard.get((mmsi, self.now), ())]


def picture(scene, seconds, vessels):
    """The picture of some seconds after START: vessels are dicts with mmsi, track and columns."""
    vessels = sorted(vessels, key=lambda v: (v.get("track", 0), v["mmsi"]))
    columns = {
        name: np.array([v.get(name, default) for v in vessels], dtype)
        for name, (dtype, default) in _DEFAULT.items()
    }
    mmsi = np.array([v["mmsi"] for v in vessels], np.uint32)
    track = np.array([v.get("track", 0) for v in vessels], np.int64)
    time = np.full(len(vessels), START + seconds * SECOND).astype("datetime64[us]")
    places = scene.fence.lookup(columns["lon"], columns["lat"], time)
    return Picture(
        time=START + round(seconds * SECOND), line=round(seconds), mmsi=mmsi,
        key=mmsi | track << KEY_BITS, places=places,
        in_port=scene.around.in_kind(places, "port", "anchorage"), **columns,
    )  # fmt: skip


def watch(detector, scene, sea, until, start=0, every=120):
    """All events of a sea: `sea(seconds)` gives the vessels there are then."""
    events = []
    for seconds in range(start, until + 1, every):
        scene.now = seconds
        events += detector.tick(picture(scene, seconds, sea(seconds)), scene)
    return events


def off(metres, bearing=90.0, at=HERE):
    """A place so many metres from another, as columns."""
    lon, lat = moved(*(np.array([v], float) for v in (*at, 1.0, bearing)), metres / 1852 * 3600)
    return {"lon": float(lon[0]), "lat": float(lat[0])}


def sails(mmsi, seconds, *, at=HERE, sog=0.0, cog=0.0, **columns):
    """A vessel that was at a place at second 0 and sails on from there."""
    place = off(sog * seconds * 1852 / 3600, cog, at) if sog else {"lon": at[0], "lat": at[1]}
    return {"mmsi": mmsi, "sog": sog, "cog": cog, **place, **columns}


def spot(place):
    """A place given as columns, as longitude and latitude."""
    return place["lon"], place["lat"]
