"""Entitlement in the manner of LRIT: each title, what takes it away, and what is not known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from partners import NOW, partner, policies, positions, statics
from shapely import box

from geofence.geodesy import direct
from share.ground import Ground
from share.lrit import COASTAL_M, Entitlement, Verdict, Waters, bound_for, within_of_coast

COAST = np.array([[-77.15, -12.05]])
NO_WATERS = Waters((), ())
LANDWARD = Waters(("CL", "PE"), (box(-72, -20, -71, -18), box(-78, -13, -77.2, -12)))
SEAS = Waters(("PA",), (box(-81, 6, -79, 9),))


def judged(
    lon: float, lat: float, flies: str = "PA", bound: bytes = b"", **how: Any
) -> tuple[Verdict, str]:
    entitlement = Entitlement("PE", **how)
    verdict, why = entitlement.judge(np.array([lon]), np.array([lat]), [flies], [bound])
    return Verdict(int(verdict[0])), why[0]


def test_a_flag_state_has_its_ships_wherever_they_are() -> None:
    assert judged(100, 50, "PE", flag=True)[0] == Verdict.ALLOW
    assert judged(100, 50, "PA", flag=True)[0] == Verdict.DENY
    assert judged(np.nan, np.nan, "PE", flag=True)[0] == Verdict.ALLOW
    assert judged(100, 50, "PE", flag=True, coastal=True, coast=COAST)[0] == Verdict.ALLOW


@pytest.mark.parametrize("bearing", [0.0, 45.0, 170.0, 250.0])
def test_the_coastal_limit_is_a_geodesic_one(bearing: float) -> None:
    how = {"coastal": True, "coast": COAST, "baselines": NO_WATERS, "territorial": NO_WATERS}
    for metres, verdict in ((COASTAL_M - 20, Verdict.ALLOW), (COASTAL_M + 20, Verdict.DENY)):
        lon, lat = direct(-77.15, -12.05, bearing, metres)
        assert judged(float(lon), float(lat), **how)[0] == verdict


def test_a_coastal_state_has_nothing_landward_of_others_nor_at_the_ships_own_shore() -> None:
    how = {"coastal": True, "coast": COAST, "baselines": LANDWARD, "territorial": SEAS}
    assert judged(-71.5, -19, **how)[0] == Verdict.DENY
    assert judged(-77.5, -12.5, **how)[0] == Verdict.ALLOW  # landward of its own
    how["coast"] = np.array([[-80.0, 0.0]])
    assert judged(-80, 7, "PA", **how)[0] == Verdict.DENY
    assert judged(-80, 7, "LR", **how)[0] == Verdict.ALLOW


def test_without_geometry_the_answer_is_undetermined() -> None:
    assert judged(-77.5, -12.5, coastal=True)[0] == Verdict.UNDETERMINED
    assert judged(-77.5, -12.5, coastal=True, coast=COAST)[0] == Verdict.UNDETERMINED
    some = {"coast": COAST, "baselines": NO_WATERS}
    assert judged(-77.5, -12.5, coastal=True, **some)[0] == Verdict.UNDETERMINED
    # What no geometry could change is denied outright.
    assert judged(100, 50, coastal=True, coast=COAST)[0] == Verdict.DENY
    assert judged(-77.5, -12.5, bound=b"PECLL", port=True)[0] == Verdict.UNDETERMINED


def test_a_port_state_has_ships_that_are_bound_for_it() -> None:
    how = {"port": True, "baselines": LANDWARD}
    assert judged(-77.5, -12.5, bound=b"PE CLL", **how)[0] == Verdict.ALLOW
    assert judged(-71.5, -19, bound=b"PECLL", **how)[0] == Verdict.DENY
    assert judged(-77.5, -12.5, bound=b"CLARI", **how)[0] == Verdict.DENY
    assert judged(np.nan, np.nan, bound=b"PECLL", **how)[0] == Verdict.UNDETERMINED


def test_search_and_rescue_has_everybody_in_the_area() -> None:
    how = {"sar": (box(0, 0, 5, 5),)}
    assert judged(2, 2, **how)[0] == Verdict.ALLOW
    assert judged(6, 2, **how)[0] == Verdict.DENY


@pytest.mark.parametrize(
    ("text", "bound"),
    [(b"PECLL", True), (b"PE CLL", True), (b"CLVAP>PECLL", True), (b"PECLL>CLVAP", False),
     (b"CALLAO", False), (b"PERTH", True), (b"PE", False), (b"", False)],
)  # fmt: skip
def test_a_destination_is_a_locode(text: bytes, bound: bool) -> None:
    assert bound_for(text, "PE") is bound


def test_near_the_limit_the_ellipsoid_decides() -> None:
    # Along a meridian and along the equator the sphere is off by some 10 km at this distance.
    for bearing in (0.0, 90.0):
        lon, lat = direct(0, 0, bearing, [COASTAL_M - 1, COASTAL_M + 1])
        assert within_of_coast(lon, lat, np.zeros((1, 2))).tolist() == [True, False]


def test_it_is_one_more_policy(tmp_path: Path) -> None:
    coast = {"type": "Feature", "id": "coast", "properties": {"kind": "other"},
             "geometry": box(20, 0, 21, 1).__geo_interface__}  # fmt: skip
    (tmp_path / "coast.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [coast]})
    )
    lrit = {"state": "NL", "flag": True, "coastal": True, "coast": tmp_path / "coast.geojson"}
    among = policies(partner(lrit=lrit))
    other = {"mmsi": 636_000_001, "lon": 5.0}
    seen = among.see(positions({}, other), statics({"mmsi": 636_000_001, "name": b"X"}))
    found = among["p"].judge(seen, NOW)
    assert found.positions.tolist() == [0, Ground.LRIT_UNDETERMINED]
    assert found.statics.tolist() == [Ground.LRIT_UNDETERMINED]
    far = among.see(positions({"mmsi": 636_000_001, "lon": -90.0, "time": 1}))
    assert among["p"].judge(far, NOW).positions.tolist() == [Ground.LRIT_DENIED]
