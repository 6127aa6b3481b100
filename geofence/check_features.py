"""The features of a GeoJSON document → zones: names, ids and what makes a zone of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from geofence.buffer import grow
from geofence.check_geometry import Shapes, count_vertices, read_geometry
from geofence.check_properties import clean, read_properties, slug
from geofence.check_report import Reading
from geofence.zone import Zone

MAX_FEATURES = 50_000
MAX_FILE_VERTICES = 500_000

# Half the width of the corridor along a cable that states none: what Australia's protection zones
# reach to either side (Telecommunications Act 1997, schedule 3A).
CABLE_M = 1852.0

# How far the safety zone of an installation may reach, about a point that states no radius
# (UNCLOS, article 60, paragraph 5).
INSTALLATION_M = 500.0

Say = Callable[[str, str], None]

_MAX_NAME = 200
_DEGREES = ("CRS84", "4326", "WGS84", "WGS 84")


def read_features(values: Any, reading: Reading) -> None:
    """Add the zones of a parsed document, and what is wrong with it."""
    features = _features(values, reading)
    _claim_ids(features, reading)
    for number, feature in enumerate(features, 1):
        _read_feature(feature, number, reading)


def _features(values: Any, reading: Reading) -> list[Any]:
    """The features of a document: of a collection, one alone, or a bare geometry dressed as one."""
    kind = values.get("type") if isinstance(values, dict) else None
    if kind is None:
        reading.say("this JSON is not GeoJSON: it has no type", "See RFC 7946, or docs/zones.md")
        return []
    _check_degrees(values, reading)
    features = values.get("features") if kind == "FeatureCollection" else None
    if kind == "FeatureCollection" and not isinstance(features, list):
        reading.say('it has no list "features"', "See RFC 7946, section 3.3")
        return []
    if kind == "Feature":
        features = [values]
    if features is None:
        features = [{"type": "Feature", "properties": {}, "geometry": values}]
    if not features:
        reading.say("the collection is empty: it has no features", "Check how it was made")
    if len(features) > MAX_FEATURES:
        reading.say(f"it has more than {MAX_FEATURES:,} features", "Split the file")
        return []
    vertices = sum(_vertices_of(feature) for feature in features)
    if vertices > MAX_FILE_VERTICES and len(features) > 1:
        reading.say(
            f"it has more than {MAX_FILE_VERTICES:,} vertices ({vertices:,})",
            "Simplify its outlines, or split the file",
        )
        return []
    return features


def _check_degrees(values: dict[str, Any], reading: Reading) -> None:
    """Refuse a layer that says its coordinates are not WGS 84 degrees (the old "crs" member)."""
    crs = values.get("crs")
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = named.get("name") if isinstance(named, dict) else None
    if isinstance(name, str) and not any(known in name.upper() for known in _DEGREES):
        reading.say(
            f"its coordinates are in {clean(name)[:80]}, not WGS 84 degrees",
            "Export the layer in EPSG:4326",
        )


def _vertices_of(feature: Any) -> int:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return _vertices_in(geometry)


def _vertices_in(geometry: Any) -> int:
    if not isinstance(geometry, dict):
        return 0
    members = geometry.get("geometries")
    if isinstance(members, list):
        return sum(_vertices_in(member) for member in members)
    return count_vertices(geometry.get("coordinates"))


def _read_feature(feature: Any, number: int, reading: Reading) -> None:
    """Add the zone or zones of one feature, or say what is wrong with it."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        reading.say("this is not a Feature", 'Give it "type": "Feature"', number)
        return
    given = feature.get("properties")
    given = {} if given is None else given
    if not isinstance(given, dict):
        reading.say("its properties are not an object", "See RFC 7946, section 3.2", number)
        return
    name = _name(given, number, reading)

    def say(what: str, mend: str) -> None:
        reading.say(what, mend, number, name)

    fields = read_properties(given, say, kind=reading.kind, risk=reading.risk)
    shapes = read_geometry(feature.get("geometry"), say)
    zone_id = _id(feature, number, name, reading, say)
    if shapes is None or fields["kind"] is None or zone_id is None:
        return
    radius = fields["radius_m"]
    if shapes.centres and radius is None and fields["kind"] == "installation":
        radius = fields["radius_m"] = INSTALLATION_M
    if shapes.centres and radius is None:
        say("a point needs a radius", 'Give it "radius_m", in metres')
        return
    if radius is not None and not shapes.centres and not _wide(shapes, fields):
        reading.say(
            "radius_m is for points and for lines that are no gates; not used here",
            "Remove it", number, name, error=False,
        )  # fmt: skip
    _add(fields, shapes, zone_id, name, number, reading, say)


def _wide(shapes: Shapes, fields: dict[str, Any]) -> bool:
    """Whether the feature's lines are the middle of a corridor, not gates."""
    given = fields["radius_m"] is not None or fields["kind"] == "cable"
    return bool(shapes.lines) and fields["kind"] != "gate" and given


def _add(
    fields: dict[str, Any], shapes: Shapes, zone_id: str, name: str, number: int,
    reading: Reading, say: Say,
) -> None:  # fmt: skip
    """Make the zone of a feature's areas, and the gate of its lines."""
    if _wide(shapes, fields):
        shapes.areas += [grow(line, fields["radius_m"] or CABLE_M) for line in shapes.lines]
        shapes.lines.clear()
    area, line = shapes.area(fields["radius_m"]), shapes.line()
    if fields["kind"] == "gate" and area is not None:
        say("a gate is a line to pass, and this is an area", 'Draw a line, or take kind "watch"')
        return
    circles_only = bool(shapes.centres) and not shapes.areas
    fields["radius_m"] = fields["radius_m"] if circles_only else None
    fields["centres"] = tuple(shapes.centres) if circles_only else ()
    if area is not None:
        reading.zones.append(Zone(id=zone_id, name=name, geometry=area, **fields))
    if line is not None:
        if area is not None:
            zone_id = _unused(f"{zone_id}-line", number, reading)
            fields = {**fields, "radius_m": None, "centres": ()}
        reading.zones.append(Zone(id=zone_id, name=name, geometry=line, **fields))


def _name(given: dict[str, Any], number: int, reading: Reading) -> str:
    """The name to show: `name` in any case, else title or label, else file and number."""
    lower = {key.lower(): value for key, value in reversed(given.items())}
    for key in ("name", "title", "label"):
        value = given.get(key, lower.get(key))
        if isinstance(value, str | int | float) and clean(str(value)):
            return clean(str(value))[:_MAX_NAME]
    return f"{_stem(reading)} {number}"


def _stem(reading: Reading) -> str:
    return Path(reading.file).name.split(".")[0] or "zone"


def _own_id(feature: Any, reading: Reading) -> str | None:
    """The id a feature brings, as an id of ours; "" if it is none; None if it brings none."""
    if not isinstance(feature, dict):
        return None
    given = feature.get("properties")
    own = feature.get("id", given.get("id") if isinstance(given, dict) else None)
    if own is None or own == "":
        return None
    if isinstance(own, bool) or not isinstance(own, str | int | float):
        return ""
    # A bare number says nothing of its layer, and two layers would share it.
    text = own if isinstance(own, str) and not own.isdigit() else f"{_stem(reading)}-{own}"
    return slug(text) or slug(f"{_stem(reading)}-zone")


def _claim_ids(features: list[Any], reading: Reading) -> None:
    """Reserve the ids that features bring, so that none made of a name can take them."""
    for number, feature in enumerate(features, 1):
        if own := _own_id(feature, reading):
            reading.ids.setdefault(own, number)


def _id(feature: Any, number: int, name: str, reading: Reading, say: Say) -> str | None:
    """The feature's own id; else one made of its name, the same every time."""
    own = _own_id(feature, reading)
    if own is None:
        return _unused(slug(name) or slug(_stem(reading)) or "zone", number, reading)
    if own == "":
        say("its id is neither text nor number", "Write it in quotes, or leave it out")
        return None
    if reading.ids[own] != number:
        say(
            f"its id {own!r} is that of feature {reading.ids[own]} too",
            "Give each feature an id of its own",
        )
        return None
    return own


def _unused(wanted: str, number: int, reading: Reading) -> str:
    """The id wanted, or with -2, -3, … where it is taken."""
    made, count = wanted, 1
    while made in reading.ids:
        count += 1
        made = f"{wanted}-{count}"
    reading.ids[made] = number
    return made
