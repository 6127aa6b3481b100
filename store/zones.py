"""The zone sets that runs were judged by, kept so that an alert can still show its zone."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa

from geofence.geojson import zone_to_feature
from geofence.zoneset import ZoneSet
from store.database import Database
from store.sql import insert, one, transaction


def save_zones(database: Database, zones: ZoneSet) -> None:
    """Keep a zone set under its version; one that is there already is left as it is."""
    rows = [
        {
            "version": zones.version, "id": zone.id, "name": zone.name, "kind": zone.kind,
            "risk": zone.risk,
            "geojson": orjson.dumps(zone_to_feature(zone, outline=False)).decode(),
        }
        for zone in zones
    ]  # fmt: skip
    with database.cursor() as cursor, transaction(cursor):
        known = one(cursor, "SELECT 1 FROM zones WHERE version = ? LIMIT 1", [zones.version])
        if known is None and rows:
            insert(cursor, "zones", pa.Table.from_pylist(rows))


def saved_zones(database: Database, version: str) -> list[dict[str, Any]]:
    """The zones of a version as GeoJSON features, circles as points; none if it is not kept."""
    with database.cursor() as cursor:
        rows = cursor.execute(
            "SELECT geojson FROM zones WHERE version = ? ORDER BY rowid", [version]
        ).fetchall()
    return [orjson.loads(text) for (text,) in rows]
