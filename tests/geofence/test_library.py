from __future__ import annotations

import csv
import gzip
import itertools
import os
from collections import Counter
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import shapely

from geofence import coast, library
from geofence.geodesy import distance, inverse
from geofence.geojson import read_zones
from geofence.zone import KINDS, RISKS

TODAY = np.datetime64("2026-11-20T12:00:00")


def zones_at(lon: float, lat: float, time: np.datetime64) -> dict[str, str]:
    """Ids and risks of the zones other than ports at a place and time."""
    return {
        zone.id: zone.risk
        for zone in library.load().filter(at=time)
        if zone.kind != "port"
        and not zone.is_gate
        and shapely.intersects_xy(zone.geometry, lon, lat)
    }


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        pytest.param(48.5, 5.0, id="off Somalia"),
        pytest.param(3.5, 3.0, id="Gulf of Guinea"),
        pytest.param(-77.2, -12.03, id="Callao anchorage"),
        pytest.param(47.0, 12.4, id="IRTC"),
    ],
)
def test_a_piracy_risk_is_in_force_today(lon: float, lat: float) -> None:
    assert {"piracy", "both"} & set(zones_at(lon, lat, TODAY).values())


@pytest.mark.parametrize(
    ("time", "area"),
    [
        ("2015-11-30T23:59:59", None),
        ("2015-12-01T00:00:00", "hra-2015"),
        ("2019-04-30T23:59:59", "hra-2015"),
        ("2019-05-01T00:00:00", "hra-2019"),
        ("2021-08-31T23:59:59", "hra-2019"),
        ("2021-09-01T00:00:00", "hra-2021"),
        ("2022-12-31T23:59:59", "hra-2021"),
        ("2023-01-01T00:00:00", None),
        ("2026-11-20T12:00:00", None),
    ],
)
def test_a_former_high_risk_area_is_one_in_its_own_years(time: str, area: str | None) -> None:
    found = [i for i in zones_at(52.0, 8.0, np.datetime64(time)) if i.startswith("hra-")]
    assert found == ([area] if area else [])


def test_everything_shipped_is_sound() -> None:
    zones = library.load()
    assert len(zones) > 5_000
    for zone in zones:
        assert zone.kind in KINDS
        assert zone.risk in RISKS
        assert zone.authority
        assert zone.source
        assert zone.geometry_basis
        assert zone.status
        assert not zone.demo
    shapes = np.array([zone.geometry for zone in zones])
    assert shapely.is_valid(shapes).all()
    bounds = shapely.bounds(shapes)
    assert (bounds[:, :2] >= (-180, -90)).all()
    assert (bounds[:, 2:] <= (180, 90)).all()


# Words that other programs may look for; all else in these two properties is for people.
STATUSES = {
    "current": 6, "check-for-newer": 5, "current-as-cited": 5, "withdrawn": 3, "historic": 2,
    "verify": 1, "verify-against-Q6099": 1, "incident-derived": 1,
}  # fmt: skip
BASES = {"published-vertices": 8, "published-limits": 5}


def test_how_current_a_published_zone_is_has_words_of_its_own() -> None:
    zones = library.load().filter(kind=set(KINDS) - {"port"})
    assert Counter(zone.status for zone in zones) == STATUSES
    bases = Counter(zone.geometry_basis for zone in zones)
    assert {basis: bases[basis] for basis in BASES} == BASES


def test_what_of_an_outline_is_ours_is_said() -> None:
    zones = {zone.id: zone for zone in library.load()}
    for name, said in {
        "jwla032-indian-ocean": "landward side closed inland by us",
        "jwla032-cabo-delgado-ts": "12 nm", "hra-2021": "F, G and H",
        "hra-2015": "15°N in the Red Sea, 22°N in the Gulf of Oman", "ukmto-vra": "uncertain",
        "ibf-azov-2024": "drawn by us", "tubbataha-atba": "points 3 and 4 look mistyped",
    }.items():  # fmt: skip
        assert said in zones[name].geometry_basis, name


def test_the_published_zones_are_all_there() -> None:
    zones = library.load()
    assert len(zones.filter(kind=set(KINDS) - {"port"})) == 24
    assert zones.by_id("callao-anchorage-pt").radius_m == 3 * 1852
    gate = zones.by_id("gate-bab-el-mandeb")
    assert gate.is_gate
    # From Africa to Arabia the Red Sea is to the left.
    assert gate.directions == ("southbound, out of the Red Sea", "northbound, into the Red Sea")
    (start, end) = gate.geometry.coords
    assert start[0] < end[0]
    assert start[1] < end[1]


def test_kinds_are_chosen() -> None:
    assert {zone.kind for zone in library.load({"gate", "hotspot"})} == {"gate", "hotspot"}
    assert {zone.kind for zone in library.load({"port"})} == {"port"}


def test_ports_are_circles_that_reach_the_water() -> None:
    ports = library.load({"port"})
    assert len(ports) >= 5_000
    places = np.array([zone.centres[0] for zone in ports])
    radii = np.array([zone.radius_m for zone in ports])
    assert radii.min() >= 3_000
    assert radii.max() <= 10_500
    assert len(np.unique(radii)) > 10
    ashore = np.where(coast.on_land(*places.T), coast.distance_from_shore(*places.T), 0)
    sea = np.array(["river" not in zone.geometry_basis for zone in ports])
    sea &= ashore < 5_000
    assert sea.sum() > 5_000
    assert (radii[sea] >= ashore[sea] + 3_000).all()
    for zone in ports:
        assert zone.exit_buffer_m == 1000
        assert not zone.crossing
        assert zone.extra["locode"].lower() == zone.id.removeprefix("port-")


def test_a_port_is_there_once() -> None:
    """A call at it is then one event: UN/LOCODE has many places under two codes."""
    ports = library.load({"port"})
    places = [zone.centres[0] for zone in ports]
    assert len(set(places)) == len(places)
    of_name: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for zone in ports:
        key = (zone.extra["locode"][:2], zone.name.casefold())
        of_name.setdefault(key, []).append(zone.centres[0])
    for name, twins in of_name.items():
        for one, other in itertools.combinations(twins, 2):
            assert distance(*one, *other) > 15_000, name


def test_a_port_is_as_wide_as_it_says() -> None:
    rotterdam = library.load().by_id("port-nlrtm")
    ring = shapely.get_coordinates(rotterdam.geometry)
    metres, _ = inverse(*rotterdam.centres[0], *ring.T)
    np.testing.assert_allclose(metres, rotterdam.radius_m, atol=0.01)


@pytest.mark.parametrize(
    "code", ["NLRTM", "BEANR", "DEHAM", "SGSIN", "HKHKG", "USLAX", "USNYC", "PECLL", "DJJIB"]
)
def test_the_great_ports_are_there(code: str) -> None:
    assert f"port-{code.lower()}" in library.load()


def test_the_file_shipped_can_be_read_like_any_other() -> None:
    with resources.as_file(resources.files(library) / "zones.geojson") as path:
        assert len(read_zones(path)) == 24


def test_ports_lie_where_the_world_port_index_has_them() -> None:
    folder = os.environ.get("VIGIE_RECORDINGS")
    index = Path(folder or ".") / "nga-world-port-index-2023.csv.gz"
    if not folder or not index.exists():
        pytest.skip("VIGIE_RECORDINGS names no folder with the World Port Index")
    ports = {zone.extra["locode"]: zone.centres[0] for zone in library.load({"port"})}
    off = []
    with gzip.open(index, "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            place = ports.get(row["UN/LOCODE"].replace(" ", ""))
            if place is not None:
                off.append(float(distance(*place, float(row["Longitude"]), float(row["Latitude"]))))
    assert len(off) > 2_000
    assert np.median(off) < 2_500
    assert np.mean(np.array(off) > 20_000) < 0.03
