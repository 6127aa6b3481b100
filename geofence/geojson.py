"""Zones from GeoJSON (RFC 7946) and back, with nothing taken that has a fault.

Whatever GeoJSON can express is read: a FeatureCollection, a Feature, or a bare geometry, in
collections too. `read_zones` raises for a file with any fault; `geofence.check.check` lists all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from shapely.geometry import mapping

from geofence.check_features import read_features
from geofence.check_properties import TEXTS, clean
from geofence.check_report import Reading
from geofence.check_text import parse, read_bytes
from geofence.zone import KINDS, RISKS, Zone
from ingest.errors import ZoneError


def read_zones(
    path: str | os.PathLike[str], *, kind: str | None = None, risk: str | None = None
) -> list[Zone]:
    """The zones of a GeoJSON file (plain or gzip).

    Args:
        path: the file.
        kind: kind for features that name none, or one that is not ours: for foreign layers.
        risk: likewise.

    Raises:
        ZoneError: the file or any feature in it has a fault; nothing is taken then.

    """
    options_known(kind, risk)
    return accepted(read_data(read_bytes(Path(path)), Reading(str(path), kind, risk)))


def parse_zones(
    data: str | bytes, *, where: str = "zones", kind: str | None = None, risk: str | None = None
) -> list[Zone]:
    """The zones of GeoJSON text; as `read_zones`."""
    options_known(kind, risk)
    return accepted(read_data(_as_bytes(data), Reading(where, kind, risk)))


def accepted(reading: Reading) -> list[Zone]:
    """The zones, or the first error and how many more there are.

    Raises:
        ZoneError: there is an error.

    """
    if errors := reading.errors:
        more = f" ({len(errors) - 1} more: `vigie zones check` lists all)" * (len(errors) > 1)
        raise ZoneError(errors[0].what, where=errors[0].where, mend=errors[0].mend + more)
    return reading.zones


def options_known(kind: str | None, risk: str | None) -> None:
    """Refuse an option that names no kind or risk of ours.

    Raises:
        ZoneError: it does.

    """
    for name, value, allowed in (("kind", kind, KINDS), ("risk", risk, RISKS)):
        if value is not None and value not in allowed:
            raise ZoneError(
                f"{value!r} is not known",
                where=f"--{name}",
                mend=f"Use one of {', '.join(allowed)}",
            )


def _as_bytes(data: str | bytes) -> bytes:
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data


def read_data(data: bytes, reading: Reading) -> Reading:
    """Add the zones of GeoJSON text, and its problems; no zones where there is an error."""
    twice: list[str] = []
    try:
        values = parse(data, reading.file, twice.append)
    except ZoneError as error:
        reading.say(error.what, error.mend)
        return reading
    for key in dict.fromkeys(clean(k)[:60] for k in twice):
        reading.say(f"the key {key!r} stands twice in one object", "Remove one of them")
    read_features(values, reading)
    if reading.errors:
        reading.zones.clear()
    return reading


def zone_to_feature(
    zone: Zone, *, outline: bool = True, decimals: int | None = None
) -> dict[str, Any]:
    """A zone as a GeoJSON Feature of plain JSON values.

    Args:
        zone: the zone.
        outline: draw circles as polygons, for maps; False writes them as points with `radius_m`,
            as they came, for files.
        decimals: round degrees to so many; None leaves them exact.

    """
    if zone.centres and not outline:
        places = [list(place) for place in zone.centres]
        geometry: dict[str, Any] = (
            {"type": "Point", "coordinates": places[0]}
            if len(places) == 1
            else {"type": "MultiPoint", "coordinates": places}
        )
    else:
        geometry = {
            "type": zone.geometry.geom_type,
            "coordinates": _rounded(mapping(zone.geometry)["coordinates"], decimals),
        }
    properties = {
        **zone.extra,
        "name": zone.name,
        "kind": zone.kind,
        "risk": zone.risk,
        **{name: getattr(zone, name) for name in TEXTS},
        "valid_from": _time(zone.valid_from),
        "valid_to": _time(zone.valid_to, end=True),
        "exit_buffer_m": zone.exit_buffer_m,
        "dwell_s": zone.dwell_s,
        "crossing": zone.crossing,
        "demo": zone.demo,
    }
    if zone.radius_m is not None:
        properties["radius_m"] = zone.radius_m
    for name in ("speed_limit_kn", "course_deg"):
        if getattr(zone, name) is not None:
            properties[name] = getattr(zone, name)
    if zone.allowed:
        properties["allowed"] = list(zone.allowed)
    if zone.is_gate:
        properties["directions"] = list(zone.directions)
    return {"type": "Feature", "id": zone.id, "properties": properties, "geometry": geometry}


def write_zones(zones: Iterable[Zone], path: str | os.PathLike[str]) -> None:
    """Write zones as a GeoJSON file that `read_zones` reads back the same, all or nothing.

    Raises:
        ZoneError: the file cannot be written.

    """
    features = [zone_to_feature(zone, outline=False) for zone in zones]
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, allow_nan=False) for f in features)
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.part")
    try:
        unfinished.write_text(
            f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', encoding="utf-8"
        )
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ZoneError(
            f"the file cannot be written ({error.strerror})", where=str(path),
            mend="Check the folder and its permissions",
        ) from None  # fmt: skip


def _rounded(coordinates: Any, decimals: int | None) -> Any:
    """Nested coordinates as lists, rounded."""
    if isinstance(coordinates, float):
        return coordinates if decimals is None else round(coordinates, decimals)
    return [_rounded(part, decimals) for part in coordinates]


def _time(value: np.datetime64 | None, *, end: bool = False) -> str | None:
    """A date where it is one (the last day, for an end), else a time with Z."""
    if value is None:
        return None
    day = value.astype("datetime64[D]")
    if day == value:
        return str(day - 1 if end else day)
    return f"{np.datetime_as_string(value, 'us').rstrip('0').rstrip('.')}Z"
