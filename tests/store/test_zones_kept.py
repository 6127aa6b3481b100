from __future__ import annotations

import numpy as np
from shapely import Polygon
from shapely.geometry import shape

from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from store.zones import save_zones, saved_zones


def test_zone_sets_are_kept_by_version(database):
    area = Polygon([(0, 0), (1, 0), (1, 1)])
    until = np.datetime64("2023-01-01", "us")
    first = ZoneSet((Zone("a", "Área <b>", "watch", area, valid_to=until),))
    second = first.merge([Zone("b", "B", "gate", area)])
    for zones in (first, second, first):
        save_zones(database, zones)
    [kept] = saved_zones(database, first.version)
    assert shape(kept["geometry"]).equals(area)
    assert kept["properties"]["name"] == "Área <b>"
    assert [z["properties"]["name"] for z in saved_zones(database, second.version)] == [
        "Área <b>", "B",
    ]  # fmt: skip
    assert saved_zones(database, "none") == []
